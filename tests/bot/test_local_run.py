"""`thoth-bot local` on real git repositories: what a person sees, what is written, what is not."""

from __future__ import annotations

import json
import subprocess

import pytest

from bot.local.forge import IDENTITY_EMAIL, IDENTITY_NAME
from fakes.advisor import FakeAdvisor

BRANCH = "thoth/update/pipfile-lock"
OLD = FakeAdvisor({"flask": "3.0"})
NEW = FakeAdvisor({"flask": "3.1"})


def test_a_better_lock_becomes_one_commit_on_one_branch(person, run):
    head = person.git("rev-parse", "HEAD")

    ran = run(OLD)

    assert ran.code == 0
    assert person.git("for-each-ref", "--format=%(refname)").split() == [
        "refs/heads/main",
        f"refs/heads/{BRANCH}",
    ]
    assert person.git("rev-list", f"main..{BRANCH}").split() == [person.git("rev-parse", BRANCH)]
    assert person.git("rev-parse", f"{BRANCH}^") == head
    assert person.git("diff", "--name-status", "main", BRANCH) == "A\tPipfile.lock"
    (request,) = ran.data["pull_requests"]
    assert request["branch"] == BRANCH
    assert request["base"] == "main"
    assert request["files"] == {"Pipfile.lock": person.show(f"{BRANCH}:Pipfile.lock")}
    assert ran.data["check_runs"] == []
    assert ran.data["repository"] == str(person.folder)


def test_json_has_exactly_the_promised_keys(run):
    data = run(OLD).data

    assert set(data) == {"repository", "pull_requests", "check_runs"}
    assert set(data["pull_requests"][0]) == {"branch", "base", "title", "body", "files"}


def test_head_index_and_working_tree_stay_untouched(person, run):
    person.write("README", "edited\n")
    person.write("untracked", "x\n")
    before = {
        name: value for name, value in person.snapshot().items() if not name.startswith(".git/")
    }
    index = (person.folder / ".git/index").read_bytes()
    head = (person.folder / ".git/HEAD").read_bytes()

    run(OLD)

    after = {
        name: value for name, value in person.snapshot().items() if not name.startswith(".git/")
    }
    assert after == before
    assert (person.folder / ".git/index").read_bytes() == index
    assert (person.folder / ".git/HEAD").read_bytes() == head


def test_a_second_run_changes_nothing_at_all(person, run):
    first = run(OLD)
    before = person.snapshot()

    second = run(OLD)

    assert second.data == first.data
    assert person.snapshot() == before


def test_new_input_updates_the_same_branch_and_pull_request_in_place(person, run):
    run(OLD)
    first = person.git("rev-parse", BRANCH)

    ran = run(NEW)

    assert len(ran.data["pull_requests"]) == 1
    assert ran.data["pull_requests"][0]["branch"] == BRANCH
    assert person.git("rev-parse", BRANCH) != first
    assert person.git("rev-parse", f"{BRANCH}^") == person.git("rev-parse", "main")
    assert '"==3.1"' in person.show(f"{BRANCH}:Pipfile.lock")
    state = json.loads((person.folder / ".git/thoth/state.json").read_text())
    assert [each["number"] for each in state["pull_requests"]] == [1]


def test_a_changed_manifest_is_locked_again_on_top_of_the_new_base(person, run):
    run(OLD)
    head = person.commit({"Pipfile": '[packages]\nflask = "*"\ndjango = "*"\n'})

    run(OLD)

    assert person.git("rev-parse", f"{BRANCH}^") == head
    assert "django" in person.show(f"{BRANCH}:Pipfile.lock")


def test_a_base_that_moved_elsewhere_does_not_make_checks_run_again(person, run):
    run(OLD)
    before = person.git("rev-parse", BRANCH)
    person.commit({"README": "something else\n"})

    ran = run(OLD)

    assert person.git("rev-parse", BRANCH) == before
    assert len(ran.data["pull_requests"]) == 1


def test_a_base_whose_lockfile_changed_makes_the_branch_anew(person, run):
    run(OLD)
    head = person.commit({"Pipfile.lock": '{"default": {}}'})

    run(OLD)

    assert person.git("rev-parse", f"{BRANCH}^") == head


def test_a_rewritten_base_makes_the_branch_anew(person, run):
    run(OLD)
    person.write("README", "amended\n")
    person.git("commit", "--quiet", "--all", "--amend", "-m", "amended")

    run(OLD)

    assert person.git("rev-parse", f"{BRANCH}^") == person.git("rev-parse", "main")


def test_merging_the_branch_leaves_nothing_to_do(person, run):
    run(OLD)
    person.git("merge", "--quiet", BRANCH)

    ran = run(OLD)

    assert (ran.code, ran.data["pull_requests"]) == (0, [])
    state = json.loads((person.folder / ".git/thoth/state.json").read_text())
    assert state["pull_requests"][0]["state"] == "merged"


def test_after_a_merge_the_next_improvement_is_a_new_pull_request(person, run):
    run(OLD)
    person.git("merge", "--quiet", BRANCH)

    run(NEW)

    assert person.git("rev-parse", f"{BRANCH}^") == person.git("rev-parse", "main")
    state = json.loads((person.folder / ".git/thoth/state.json").read_text())
    assert [each["state"] for each in state["pull_requests"]] == ["merged", "open"]


def test_a_lock_that_became_right_otherwise_closes_the_pull_request_with_a_reason(person, run):
    run(OLD)
    person.commit({"Pipfile.lock": person.show(f"{BRANCH}:Pipfile.lock")})

    ran = run(OLD, as_json=False)

    assert ran.code == 0
    assert ran.out == (
        "Closed: pull request 1: Nothing is left to improve: "
        "`Pipfile.lock` on `main` is up to date.\n"
    )


def test_nothing_to_improve_says_so(person, run):
    run(OLD)
    person.git("merge", "--quiet", BRANCH)
    run(OLD)

    assert run(OLD, as_json=False).out == "Nothing to do: Pipfile.lock is up to date.\n"
    assert run(OLD).data == {
        "repository": str(person.folder),
        "pull_requests": [],
        "check_runs": [],
    }


def test_a_persons_commit_on_the_branch_stops_us_and_says_so(person, run):
    run(OLD)
    person.git("checkout", "--quiet", BRANCH)
    theirs = person.commit({"Pipfile.lock": "{}"}, "by hand")
    person.git("checkout", "--quiet", "main")

    ran = run(NEW, as_json=False)

    assert ran.code == 0
    assert person.git("rev-parse", BRANCH) == theirs
    assert f"Ada committed to {BRANCH}: it is left alone; delete the branch" in ran.out
    state = json.loads((person.folder / ".git/thoth/state.json").read_text())
    (comment,) = state["comments"]
    assert comment["text"].startswith("Ada committed to `thoth/update/pipfile-lock`")
    before = person.snapshot()
    run(NEW)
    assert person.snapshot() == before


def test_a_persons_work_is_not_closed_when_its_lockfile_goes(person, run):
    run(OLD)
    person.git("checkout", "--quiet", BRANCH)
    person.commit({"note": "mine"})
    person.git("checkout", "--quiet", "main")
    person.git("mv", "Pipfile", "moved")
    person.commit({"app/Pipfile": '[packages]\nflask = "*"\n'})

    ran = run(FakeAdvisor({"flask": "3.0"}, folders=("app/",)), as_json=False)

    assert "Closed" not in ran.out
    assert f"Ada committed to {BRANCH}: it is left alone" in ran.out


def test_an_amended_commit_counts_as_a_persons(person, run):
    run(OLD)
    person.git("checkout", "--quiet", BRANCH)
    person.git("commit", "--quiet", "--amend", "--no-edit", "--reset-author")
    theirs = person.git("rev-parse", "HEAD")
    person.git("checkout", "--quiet", "main")

    run(NEW)

    assert person.git("rev-parse", BRANCH) == theirs


def test_a_deleted_branch_hands_it_back(person, run):
    run(OLD)
    person.git("checkout", "--quiet", BRANCH)
    person.commit({"note": "mine"})
    person.git("checkout", "--quiet", "main")
    person.git("branch", "--quiet", "-D", BRANCH)

    run(NEW)

    assert '"==3.1"' in person.show(f"{BRANCH}:Pipfile.lock")


def test_a_conflict_is_a_failed_check_run_on_the_lines_at_fault(person, run):
    head = person.commit({"Pipfile": '[packages]\nflask = "*"\nimpossible = "<0"\n'})

    ran = run(OLD)

    assert ran.code == 1
    assert ran.data["pull_requests"] == []
    (check,) = ran.data["check_runs"]
    assert (check["name"], check["head_sha"], check["status"], check["conclusion"]) == (
        "Thoth: default",
        head,
        "completed",
        "failure",
    )
    assert check["output"]["annotations"] == [
        {
            "path": "Pipfile",
            "start_line": 3,
            "end_line": 3,
            "title": "No stack exists",
            "message": 'impossible = "<0" cannot hold; the check run says why',
            "annotation_level": "failure",
        }
    ]
    assert "impossible<0 cannot hold:\n  no release is below 0" in check["output"]["summary"]


def test_a_conflict_closes_the_pull_request_for_the_older_manifest(person, run):
    run(OLD)
    person.commit({"Pipfile": '[packages]\nimpossible = "<0"\n'})

    ran = run(OLD, as_json=False)

    assert ran.code == 1
    assert "Closed: pull request 1: No stack satisfies `Pipfile` on `main` any more." in ran.out


def test_a_conflict_that_the_index_resolved_clears_its_check_run(person, run):
    person.commit({"Pipfile": '[packages]\nimpossible = "<0"\n'})
    run(OLD)
    solved = FakeAdvisor({"impossible": "-1"}, impossible="none")

    ran = run(solved)

    assert ran.code == 0
    assert [check["conclusion"] for check in ran.data["check_runs"]] == ["success"]


def test_wrong_input_is_told_with_every_fault_and_leaves_a_check_run(person, run):
    head = person.commit({"Pipfile": "[packages]\nbroken\n"})

    ran = run(OLD)

    assert ran.code == 2
    assert ran.data["status"] == "error"
    assert ran.data["message"] == (
        "Pipfile:2: not a version: 'broken'\nPipfile: requires: unknown key: 'x'"
    )
    assert ran.data["hint"] == "write a version"
    assert ran.err.startswith("error: Pipfile:2: not a version: 'broken'\n")
    (check,) = ran.data["check_runs"]
    assert (check["name"], check["head_sha"], check["conclusion"]) == (
        "Thoth",
        head,
        "action_required",
    )
    assert [each["start_line"] for each in check["output"]["annotations"]] == [2]


def test_uncommitted_manifest_changes_are_reported_and_not_used(person, run):
    person.write("Pipfile", '[packages]\ndjango = "*"\n')

    ran = run(OLD)

    assert "note: Pipfile has uncommitted changes; Thoth read the committed one\n" in ran.err
    assert "django" not in person.show(f"{BRANCH}:Pipfile.lock")


def test_converted_line_ends_are_no_uncommitted_change(person, run):
    (person.folder / "Pipfile").write_bytes(b'[packages]\r\nflask = "*"\r\n')

    assert "uncommitted" not in run(OLD).err


def test_each_lockfile_has_its_own_branch_and_pull_request(person, run):
    person.commit({"backend/Pipfile": '[packages]\ndjango = "*"\n'})

    ran = run(FakeAdvisor({}, folders=("", "backend/")))

    branches = [each["branch"] for each in ran.data["pull_requests"]]
    assert len(set(branches)) == 2
    assert branches[0] == BRANCH
    assert branches[1].startswith("thoth/update/backend-pipfile-lock-")


def test_a_lockfile_that_no_manifest_asks_for_any_more_closes_its_pull_request(person, run):
    person.commit({"backend/Pipfile": '[packages]\ndjango = "*"\n'})
    both = FakeAdvisor({}, folders=("", "backend/"))
    run(both)
    person.git("rm", "--quiet", "backend/Pipfile")
    person.commit({})

    ran = run(both, as_json=False)

    assert "Closed: pull request 2: No manifest asks for this lockfile any more." in ran.out


def test_the_commit_is_thoths_and_keeps_every_other_file(person, run):
    person.write("script", "#!/bin/sh\n")
    (person.folder / "script").chmod(0o755)
    person.commit({"deep/er/file": "x", "Pipfile.lock": '{"default": {}}'})
    (person.folder / "Pipfile.lock").chmod(0o755)
    person.commit({})

    run(OLD)

    assert person.git("log", "-1", "--format=%an %ae %cn %ce", BRANCH) == (
        f"{IDENTITY_NAME} {IDENTITY_EMAIL} {IDENTITY_NAME} {IDENTITY_EMAIL}"
    )
    assert person.git("diff", "--raw", "--no-abbrev", "main", BRANCH).startswith(":100755 100755")
    assert person.git("diff", "--name-only", "main", BRANCH) == "Pipfile.lock"
    person.git("fsck", "--strict")


def test_the_pull_request_is_readable_text_when_not_on_a_terminal(run):
    out = run(OLD, as_json=False).out

    assert out.startswith("Opened: pull request 1: Lock 1 package in Pipfile.lock\n")
    assert "| `flask` | not locked | `3.0` | direct |" in out
    assert "<!--" not in out
    assert "&#" not in out
    assert f"merge {BRANCH}\n" in out


@pytest.mark.parametrize("layout", ["bare", "worktree", "detached", "shallow", "sha256"])
def test_every_kind_of_repository_gets_its_branch(person, run, tmp_path, layout):
    other = tmp_path / "other"
    source = person.folder.as_uri()
    match layout:
        case "bare":
            person.git("clone", "--quiet", "--bare", source, str(other))
        case "worktree":
            person.git("worktree", "add", "--quiet", "-b", "side", str(other))
        case "detached":
            person.git("clone", "--quiet", source, str(other))
            subprocess.run(["git", "checkout", "--quiet", "--detach"], cwd=other, check=True)
        case "shallow":
            person.commit({"README": "two"})
            person.git("clone", "--quiet", "--depth=1", source, str(other))
        case "sha256":
            other.mkdir()
            sha256 = type(person)(other)
            sha256.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256")
            sha256.commit({"Pipfile": '[packages]\nflask = "*"\n'})

    first = run(OLD, path=other)
    again = run(OLD, path=other)

    assert (first.code, again.code) == (0, 0)
    assert again.data == first.data
    (request,) = first.data["pull_requests"]
    assert request["base"] == {"worktree": "side", "detached": "HEAD"}.get(layout, "main")
    show = ["git", "-C", str(other), "show", f"{BRANCH}:Pipfile.lock"]
    shown = subprocess.run(show, capture_output=True, text=True, check=True).stdout
    assert request["files"] == {"Pipfile.lock": shown}


def test_a_submodule_beside_the_manifest_is_kept(person, run):
    commit = person.git("rev-parse", "HEAD")
    person.git("update-index", "--add", "--cacheinfo", f"160000,{commit},vendored")
    person.git("commit", "--quiet", "-m", "submodule")

    run(OLD)

    assert f"160000 commit {commit}\tvendored" in person.git("ls-tree", BRANCH)

"""A repository that wants to run its own programs, hide things or break out; and odd places."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from advisor_core.errors import InputError
from bot.errors import GitError
from bot.forge import CommitSha
from bot.local import git as git_module
from bot.local.git import Git, find_git
from bot.local.objects import Objects
from fakes.advisor import FakeAdvisor

BRANCH = "thoth/update/pipfile-lock"
OLD = FakeAdvisor({"flask": "3.0"})

HOOKS = [
    "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-applypatch", "post-checkout",
    "post-commit", "post-index-change", "post-merge", "post-rewrite", "pre-applypatch",
    "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase",
    "prepare-commit-msg", "reference-transaction", "sendemail-validate", "update",
]  # fmt: skip


@pytest.fixture
def trap(person, tmp_path):
    """A program that leaves a trace when it is run, and the trace's path."""
    trace = tmp_path / "trace"
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\necho ran >> {trace}\ncat\n")
    program.chmod(0o755)
    return program, trace


def test_no_hook_runs(person, run, trap):
    program, trace = trap
    hooks = person.folder / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        (hooks / name).symlink_to(program)

    ran = run(OLD)

    assert ran.code == 0
    assert not trace.exists()
    person.git("update-ref", "refs/heads/other", "HEAD")
    assert trace.exists(), "the trap itself works"


def test_nothing_that_the_configuration_names_runs(person, run, trap):
    program, trace = trap
    person.commit({".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    for key in [
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.gitProxy",
        "core.askPass", "core.alternateRefsCommand", "credential.helper", "diff.external",
        "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv",
        "diff.evil.command", "merge.evil.driver", "gpg.program", "pager.ls-tree", "alias.ls-tree",
        "alias.cat-file", "sequence.editor", "uploadpack.packObjectsHook", "init.templateDir",
    ]:  # fmt: skip
        value = f"!{program}" if key.startswith("alias.") else str(program)
        person.git("config", key, value)
    for key in ["commit.gpgSign", "log.showSignature", "filter.evil.required", "core.splitIndex"]:
        person.git("config", key, "true")
    person.write("Pipfile", '[packages]\nflask = "*"\n# edited\n')

    ran = run(OLD)

    assert ran.code == 0
    assert not trace.exists()
    assert ran.data["pull_requests"][0]["files"]["Pipfile.lock"] == person.git(
        "cat-file", "blob", f"{BRANCH}:Pipfile.lock"
    )
    person.git("status", check=False)
    assert trace.exists(), "the trap itself works"


def test_the_environment_of_the_caller_does_not_reach_git(person, run, trap, monkeypatch, tmp_path):
    program, trace = trap
    elsewhere = tmp_path / "elsewhere"
    for name, value in {
        "GIT_DIR": elsewhere,
        "GIT_WORK_TREE": elsewhere,
        "GIT_INDEX_FILE": elsewhere,
        "GIT_OBJECT_DIRECTORY": elsewhere,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": program,
        "GIT_EXTERNAL_DIFF": program,
        "GIT_PAGER": program,
        "GIT_SSH_COMMAND": program,
        "GIT_TRACE": tmp_path / "trace-of-git",
        "GIT_COMMITTER_EMAIL": "mallory@example.org",
        "GIT_AUTHOR_DATE": "nonsense",
    }.items():
        monkeypatch.setenv(name, str(value))

    ran = run(OLD)

    assert ran.code == 0
    assert not trace.exists()
    assert not elsewhere.exists()
    assert not (tmp_path / "trace-of-git").exists()


def test_replacement_refs_do_not_change_what_is_read(person, run):
    blob = person.git("rev-parse", "HEAD:Pipfile")
    other = person.git("hash-object", "-w", "--stdin", input='[packages]\nevil = "*"\n')
    person.git("replace", blob, other)

    ran = run(OLD)

    assert "evil" not in ran.out


def test_a_partial_clone_is_read_without_asking_its_remote(person, run, tmp_path, trap):
    program, trace = trap
    person.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    person.git(
        "clone",
        "--quiet",
        "--no-checkout",
        "--filter=blob:none",
        person.folder.as_uri(),
        str(clone),
    )
    subprocess.run(
        ["git", "-C", str(clone), "config", "remote.origin.url", f"ext::{program}"], check=True
    )

    ran = run(OLD, path=clone)

    assert ran.code == 2
    assert not trace.exists()
    assert "not here: the repository is a partial clone" in ran.data["message"]
    assert "git -C" in ran.data["hint"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/etc/passwd", "leaves the repository"),
        ("../outside", "leaves the repository"),
        ("Pipfile", "symbolic links lead in a circle"),
    ],
)
def test_a_linked_manifest_is_never_followed_out(person, run, target, words):
    (person.folder / "Pipfile").unlink()
    (person.folder / "Pipfile").symlink_to(target)
    person.commit({})

    ran = run(OLD)

    assert ran.code == 2
    assert ran.data["message"].startswith(f"Pipfile: {words}")


def test_a_link_inside_the_repository_is_followed(person, run):
    person.commit({"real/Pipfile": '[packages]\ndjango = "*"\n'})
    (person.folder / "Pipfile").unlink()
    (person.folder / "Pipfile").symlink_to("real/../real/Pipfile")
    person.commit({})

    assert "django" in run(OLD).data["pull_requests"][0]["files"]["Pipfile.lock"]


def test_a_linked_lockfile_is_not_written(person, run):
    (person.folder / "Pipfile.lock").symlink_to("elsewhere.lock")
    person.commit({"elsewhere.lock": '{"default": {}}'})
    before = person.git("for-each-ref")

    ran = run(OLD)

    assert ran.code == 2
    assert "Pipfile.lock: not a regular file, so Thoth does not write it" in ran.data["message"]
    assert person.git("for-each-ref") == before


def test_a_huge_file_is_refused_before_it_is_read(person, run):
    with (person.folder / "Pipfile").open("wb") as file:
        file.truncate(50_000_000)
    person.commit({})

    ran = run(OLD)

    assert ran.code == 2
    assert "Pipfile: larger than 5000000 bytes: 50000000" in ran.data["message"]


def test_a_git_lfs_pointer_is_named_as_such(person, run):
    person.commit(
        {"Pipfile": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"}
    )

    assert "Pipfile: stored with Git LFS" in run(OLD).data["message"]


def test_a_manifest_in_a_submodule_is_refused(person, run):
    commit = person.git("rev-parse", "HEAD")
    person.git("update-index", "--add", "--cacheinfo", f"160000,{commit},vendored")
    person.git("commit", "--quiet", "-m", "submodule")

    ran = run(FakeAdvisor({}, folders=("vendored/",)))

    assert "vendored/Pipfile: inside a submodule" in ran.data["message"]


def test_file_names_of_any_bytes_survive(person, run):
    names = [b"new\nline", b"tab\there", b"\xff\xfe", b"-dash", "\u202e".encode(), b"quote\"'"]
    for name in names:
        with open(os.fsencode(person.folder) + b"/" + name, "wb") as file:  # noqa: PTH123 - bytes
            file.write(name)
    person.commit({})

    run(OLD)

    listed = subprocess.run(
        ["git", "-C", str(person.folder), "ls-tree", "-z", "--name-only", BRANCH],
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    assert set(names) <= set(listed)


def test_a_hostile_base_branch_name_is_shown_spelled_out(person, run):
    person.git("checkout", "--quiet", "-b", "evil\u202e`|<!--@octocat")

    ran = run(OLD, as_json=False)

    assert "base evil\\u{202e}`|<!--@octocat" in ran.out
    assert "'evil\u202e" not in ran.out


def test_our_branch_as_a_symbolic_ref_does_not_move_what_it_names(person, run):
    head = person.git("rev-parse", "main")
    person.git("symbolic-ref", f"refs/heads/{BRANCH}", "refs/heads/main")

    ran = run(OLD)

    assert ran.code == 2
    assert "the branch is a symbolic ref" in ran.data["message"]
    assert person.git("rev-parse", "main") == head


def test_a_branch_in_the_way_is_named(person, run):
    person.git("branch", "thoth")

    ran = run(OLD)

    assert ran.code == 2
    assert "'refs/heads/thoth' exists" in ran.data["message"]
    assert ran.data["hint"].startswith("rename the branch that is in the way")


def test_a_person_with_a_branch_of_that_name_keeps_it(person, run):
    person.git("checkout", "--quiet", "-b", BRANCH)
    theirs = person.commit({"mine": "x"})
    person.git("checkout", "--quiet", "main")

    ran = run(OLD, as_json=False)

    assert person.git("rev-parse", BRANCH) == theirs
    assert "Ada committed to" in ran.out


def test_our_branch_checked_out_in_a_worktree_is_not_moved(person, run, tmp_path):
    run(OLD)
    person.git("worktree", "add", "--quiet", str(tmp_path / "side"), BRANCH)
    before = person.git("rev-parse", BRANCH)

    ran = run(FakeAdvisor({"flask": "3.1"}))

    assert ran.code == 2
    assert "the branch is checked out in a worktree" in ran.data["message"]
    assert person.git("rev-parse", BRANCH) == before


def test_head_on_our_own_branch_is_refused(person, run):
    run(OLD)
    person.git("checkout", "--quiet", BRANCH)

    ran = run(OLD)

    assert ran.code == 2
    assert "HEAD is on a branch that Thoth writes" in ran.data["message"]


def test_a_state_folder_that_leads_elsewhere_is_refused(person, run, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (person.folder / ".git/thoth").symlink_to(elsewhere)

    ran = run(OLD)

    assert ran.code == 2
    assert list(elsewhere.iterdir()) == []


def test_no_repository_is_an_input_error_with_a_way_out(run, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()

    ran = run(OLD, path=empty)

    assert ran.code == 2
    assert ran.data["message"].startswith(f"{empty}: not a git repository")
    assert "thoth-bot local --example" in ran.data["hint"]


def test_a_missing_folder_is_an_input_error(run, tmp_path):
    assert run(OLD, path=tmp_path / "none").data["message"] == f"{tmp_path}/none: no such folder"


def test_a_repository_without_a_commit_says_to_commit_first(person, run, tmp_path):
    fresh = tmp_path / "fresh"
    person.git("init", "--quiet", str(fresh))

    ran = run(OLD, path=fresh)

    assert ran.code == 2
    assert "the repository has no commit yet" in ran.data["message"]
    assert not (fresh / ".git/thoth").exists()


@pytest.mark.parametrize("inside", ["folder", ".git"])
def test_a_folder_inside_a_repository_names_the_top(person, run, inside):
    (person.folder / "folder").mkdir()

    ran = run(OLD, path=person.folder / inside)

    assert ran.code == 2
    assert f"thoth-bot local {person.folder}" in ran.data["hint"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_somebody_elses_repository_is_read_only_with_the_persons_consent(
    person, run, monkeypatch, tmp_path
):
    for path in [person.folder, *person.folder.rglob("*")]:
        os.chown(path, 12345, 12345, follow_symlinks=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SUDO_UID", raising=False)

    refused = run(OLD)
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {person.folder}\n")
    allowed = run(OLD)

    assert refused.code == 2
    assert "somebody else owns this repository" in refused.data["message"]
    assert f"safe.directory {person.folder}" in refused.data["hint"]
    assert allowed.code == 0


def test_a_damaged_repository_is_told_as_such(person, run):
    blob = person.git("rev-parse", "HEAD:Pipfile")
    damaged = person.folder / ".git/objects" / blob[:2] / blob[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(b"garbage")

    ran = run(OLD)

    assert ran.code == 2
    assert "git cat-file failed" in ran.data["message"]


def test_git_that_prints_too_much_is_stopped(person):
    git = Git(find_git(), person.folder)

    with pytest.raises(GitError, match="printed more than 10 bytes"):
        git.run("cat-file", "commit", "HEAD", limit=10)


def test_git_that_does_not_end_is_stopped(person, monkeypatch, tmp_path):
    program = tmp_path / "sleeper"
    program.write_text("#!/bin/sh\nexec sleep 100\n")
    program.chmod(0o755)
    monkeypatch.setattr(git_module, "TIMEOUT_SECONDS", 0.1)

    with pytest.raises(GitError, match="it was stopped"):
        Git(str(program), person.folder).run("cat-file")


def test_what_git_complains_of_is_one_readable_line(person):
    with pytest.raises(GitError) as caught:
        Git(find_git(), person.folder).run("cat-file", "blob", "\x1b[31mx")

    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a\0b"])
def test_a_path_out_of_the_repository_is_refused(person, path):
    objects = Objects(Git(find_git(), person.folder))

    with pytest.raises(InputError, match="leaves the repository"):
        objects.read(CommitSha(person.git("rev-parse", "HEAD")), path)


def test_the_state_is_readable_by_nobody_else(person, run):
    run(OLD)

    mode = (person.folder / ".git/thoth/state.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600

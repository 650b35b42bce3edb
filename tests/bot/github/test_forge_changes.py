"""The world changes in the middle of the work: what comes of it, and what it takes to go on."""

from __future__ import annotations

import pytest

from advisor_core.errors import InputError
from bot.errors import (
    BranchMovedError,
    ConflictError,
    ForgeError,
    GitHubError,
    GoneError,
    NotFoundError,
    SuspendedError,
    UnprocessableError,
)
from bot.forge import Annotation, BranchName, CheckRun, NewCommit
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.forges import FILE, GitHubWorld

BRANCH = BranchName("thoth/update/pipfile-lock")
PUSH = UpdateEvent("push")
ADVISOR = FakeAdvisor({"flask": "3.0"})
NEWER = FakeAdvisor({"flask": "3.1"})


async def update(world, advisor=ADVISOR, **more):
    forge = await world.open(**more)
    return await update_repository(forge, event=PUSH, propose=advisor)


def writes(github):
    return [call for call in github.calls if call.method != "GET" and call.path.startswith("/rep")]


# What is written


async def test_the_commit_is_verified_and_by_the_app(world, github, repository):
    await update(world)

    sha = repository.branch(BRANCH).sha
    commit = await world.forge.repository.client.get(f"/repos/octo/hello/commits/{sha}", dict)
    assert commit["commit"]["verification"]["verified"] is True
    assert commit["author"]["login"] == "thoth[bot]"
    (made,) = [call for call in github.calls if call.operation == "git/create-commit"]
    assert set(made.body) == {"message", "tree", "parents"}


async def test_a_first_pull_request_takes_four_writes(world, github):
    await update(world)

    assert [call.operation for call in writes(github)] == [
        "git/create-tree",
        "git/create-commit",
        "git/create-ref",
        "pulls/create",
    ]


async def test_a_run_with_nothing_new_writes_nothing(world, github):
    await update(world)
    before = len(writes(github))

    await update(world)

    assert len(writes(github)) == before


async def test_an_unchanged_repository_is_read_again_without_cost(world, github, installation):
    await update(world)
    await update(world)
    used = github.limiter.status(installation.state)["used"]
    before = len(github.calls)
    await update(world)

    assert len(github.calls) - before > 5
    assert github.limiter.status(installation.state)["used"] - used <= 3


async def test_a_large_or_binary_file_is_sent_as_a_blob(world, github, repository):
    base = await world.forge.base()
    files = {"binary": b"\xff\0", "large": b"x" * 1_500_000, "text": "ü\n".encode()}
    await world.forge.write_commit(NewCommit(BRANCH, base.head, None, files, "m"))

    assert [world.entry(BRANCH, path)[1] for path in sorted(files)] == [
        files[path] for path in sorted(files)
    ]
    sent = [call.operation for call in writes(github)]
    assert sent.count("git/create-blob") == 2


async def test_a_long_branch_name_with_odd_characters_is_asked_for_as_it_is(world):
    base = await world.forge.base()
    name = BranchName("thoth/update/ü-%41-#1-+x-&y{z}")
    sha = await world.forge.write_commit(NewCommit(name, base.head, None, {"a": b"1"}, "m"))

    assert world.head(name) == sha
    state = await world.forge.branch_state(name, base)
    assert (state.head, state.single) == (sha, True)
    pull = await world.forge.open_pull_request(name, base="main", title="t", body="b")
    assert [each.number for each in await world.forge.pull_requests()] == [pull.number]


# Trees


async def test_a_truncated_tree_is_read_folder_by_folder(world, github, repository, monkeypatch):
    from fakes.github.operations import git_objects

    world.commit("main", {f"deep/{name}/file": (FILE, name.encode()) for name in "abcdef"})
    monkeypatch.setattr(git_objects, "LARGEST_TREE_ENTRIES", 7)
    base = await world.forge.base()

    assert await world.forge.read_file(base.head, "deep/f/file") == b"f"
    assert await world.forge.read_file(base.head, "deep/missing") is None


async def test_a_folder_that_github_does_not_tell_of_is_an_input_error(
    world, github, repository, monkeypatch
):
    from fakes.github.operations import git_objects

    world.commit("main", {f"{name}": (FILE, b"x") for name in "abcdefgh"})
    monkeypatch.setattr(git_objects, "LARGEST_TREE_ENTRIES", 7)
    base = await world.forge.base()

    with pytest.raises(InputError, match="more files than GitHub tells of"):
        await world.forge.read_file(base.head, "Pipfile")


async def test_a_commit_is_read_with_one_tree_and_a_file_with_one_blob(world, github):
    world.commit("main", {"deep/er/file": (FILE, b"x")})
    base = await world.forge.base()
    for _ in range(3):
        assert await world.forge.read_file(base.head, "deep/er/file") == b"x"
        assert await world.forge.read_file(base.head, "missing/file") is None

    asked = [call.operation for call in github.calls]
    assert (asked.count("git/get-tree"), asked.count("git/get-blob")) == (1, 1)


# Repositories


async def test_a_repository_without_a_commit_is_an_input_error(github, app):
    empty = github.add_repository("octo/empty")
    world = GitHubWorld(github, empty, github.install(empty), app)
    forge = await world.open()
    forge.repository.full_name = "octo/empty"

    with pytest.raises(InputError, match="no commit") as caught:
        await forge.base()
    assert "commit the manifest" in str(caught.value)


async def test_an_archived_repository_is_left_alone(world, repository, github):
    repository.archive()

    with pytest.raises(ConflictError, match="archived") as caught:
        await update(world)
    assert caught.value.hint == "unarchive it in its settings"
    assert writes(github) == []


async def test_a_repository_archived_in_the_middle_is_told(world, github, repository):
    github.before_call(repository.archive, operation="git/create-commit")

    with pytest.raises(ConflictError, match="archived"):
        await update(world)
    assert repository.pull_requests == []


@pytest.mark.parametrize(
    "operation", ["git/get-tree", "git/create-tree", "git/create-ref", "pulls/create"]
)
async def test_a_repository_deleted_in_the_middle_is_told(world, github, repository, operation):
    github.before_call(repository.delete, operation=operation)

    with pytest.raises(NotFoundError) as caught:
        await update(world)
    assert not caught.value.temporary


async def test_another_repository_of_the_same_name_is_not_taken_for_it(world, github, repository):
    repository.delete()
    github.add_repository("octo/hello", files={"Pipfile": "[packages]\n"})

    with pytest.raises(GoneError):
        await world.forge.base()


@pytest.mark.parametrize(
    "operation",
    ["repos/get", "git/get-tree", "git/create-commit", "git/create-ref", "pulls/create"],
)
async def test_a_repository_renamed_in_the_middle_is_followed(world, github, repository, operation):
    github.before_call(lambda: repository.rename("renamed"), operation=operation)

    await update(world)
    await update(world)

    assert len(repository.pull_requests) == 1
    assert len(repository.branch(BRANCH).commits) == len(repository.branch("main").commits) + 1


@pytest.mark.parametrize("operation", ["git/get-tree", "git/create-commit", "pulls/create"])
async def test_a_repository_made_private_in_the_middle_is_worked_on(
    world, github, repository, operation
):
    github.before_call(repository.make_private, operation=operation)

    await update(world)

    assert len(repository.pull_requests) == 1


@pytest.mark.parametrize("operation", ["git/get-tree", "git/create-commit", "pulls/create"])
async def test_a_repository_taken_from_the_app_in_the_middle_is_told(
    world, github, repository, installation, operation
):
    repository.make_private()
    github.before_call(lambda: installation.remove(repository), operation=operation)

    with pytest.raises(NotFoundError) as caught:
        await update(world)
    assert "access" in caught.value.hint

    installation.add(repository)
    await update(world)
    assert len(repository.pull_requests) == 1


# Installations


@pytest.mark.parametrize("operation", ["git/get-tree", "git/create-ref", "pulls/create"])
async def test_work_goes_on_when_a_suspension_in_the_middle_is_lifted(
    world, github, repository, installation, operation
):
    github.before_call(installation.suspend, operation=operation)
    with pytest.raises(SuspendedError):
        await update(world)

    installation.unsuspend()
    await update(world)

    assert len(repository.pull_requests) == 1


async def test_an_installation_removed_in_the_middle_is_told(world, github, installation):
    github.before_call(installation.delete, operation="git/create-commit")

    with pytest.raises(GoneError, match="not installed there any more"):
        await update(world)


# Branches


@pytest.mark.parametrize("operation", ["git/create-tree", "git/create-commit"])
async def test_a_person_who_pushes_to_the_branch_in_the_middle_keeps_it(
    world, github, repository, operation
):
    await update(world)
    github.before_call(
        lambda: repository.push(BRANCH, {"Pipfile.lock": "mine"}, author="ada"), operation=operation
    )

    with pytest.raises(BranchMovedError) as caught:
        await update(world, NEWER)
    assert caught.value.temporary
    report = await update(world, NEWER)

    assert repository.branch(BRANCH).files["Pipfile.lock"] == "mine"
    assert "left alone" in report.actions[0].reason
    (pull,) = repository.pull_requests
    (comment,) = pull.comments
    assert "ada" in comment.body


async def test_a_force_push_of_the_base_in_the_middle_is_seen_the_next_time(
    world, github, repository
):
    first = repository.branch("main").sha
    repository.push("main", {"Pipfile": '[packages]\nflask = "*"\nother = "*"\n'})
    github.before_call(
        lambda: repository.push(
            "main", {"Pipfile": '[packages]\nflask = ">1"\n'}, base=first, force=True
        ),
        operation="git/create-commit",
    )
    await update(world)
    await update(world)

    branch = repository.branch(BRANCH)
    assert branch.files["Pipfile"] == repository.branch("main").files["Pipfile"]
    assert branch.commits[1:] == repository.branch("main").commits
    assert len(repository.pull_requests) == 1


async def test_a_branch_deleted_in_the_middle_is_made_anew(world, github, repository):
    await update(world)
    github.before_call(lambda: repository.delete_branch(BRANCH), operation="git/create-commit")
    with pytest.raises(BranchMovedError):
        await update(world, NEWER)

    # Deleting the branch closed the pull request: a person declined that proposal, not the newer.
    await update(world, NEWER)

    assert [pull.state for pull in repository.pull_requests] == ["closed", "open"]


async def test_a_proposal_that_a_person_declined_stays_declined_without_its_branch(
    world, repository
):
    await update(world)
    repository.pull_requests[0].close()
    repository.delete_branch(BRANCH)

    await update(world)

    assert len(repository.pull_requests) == 1
    assert BRANCH not in repository.branches


@pytest.mark.parametrize("change", ["amended", "rebased", "merged", "added"])
async def test_what_a_person_made_of_the_branch_is_the_persons(world, repository, change):
    await update(world)
    store, branch = repository.state.store, repository.branch(BRANCH)
    commit = store.commit(branch.sha)
    repository.push("main", {"README": "changed"})
    main = repository.branch("main").sha
    person = repository._world.identity(repository._world.account("ada"))
    author = person if change in {"merged", "added"} else commit.author
    parents = {
        "amended": commit.parents,
        "rebased": [main],
        "merged": [branch.sha, main],
        "added": [branch.sha],
    }[change]
    made = store.write_commit(
        tree=commit.tree, parents=parents, author=author, committer=person, message="m"
    )
    world.point(BRANCH, made)

    state = await world.forge.branch_state(BRANCH, await world.forge.base())

    assert state.foreign == person.name


async def test_a_merge_by_githubs_button_is_the_persons(world, repository):
    await update(world)
    store, branch = repository.state.store, repository.branch(BRANCH)
    commit = store.commit(branch.sha)
    person = repository._world.identity(repository._world.account("ada"))
    made = store.write_commit(
        tree=commit.tree,
        parents=[branch.sha, repository.branch("main").sha],
        author=person,
        committer=commit.committer,
        message="Merge branch 'main'",
    )
    world.point(BRANCH, made)

    state = await world.forge.branch_state(BRANCH, await world.forge.base())

    assert state.foreign == person.name


async def test_a_protected_branch_is_told_with_what_to_allow(world, repository):
    await update(world)
    repository.protect(BRANCH)

    with pytest.raises(UnprocessableError, match="pull request") as caught:
        await update(world, NEWER)
    assert "let the App write branches" in caught.value.hint


# Pull requests


async def test_a_pull_request_that_somebody_else_opened_is_told(world, repository):
    base = await world.forge.base()
    await world.forge.write_commit(NewCommit(BRANCH, base.head, None, {"a": b"1"}, "m"))
    repository.open_pull_request(BRANCH, author="ada")

    with pytest.raises(GitHubError, match="somebody else opened") as caught:
        await world.forge.open_pull_request(BRANCH, base="main", title="t", body="b")
    assert "close it" in caught.value.hint
    assert await world.forge.pull_requests() == ()


async def test_a_comment_of_somebody_else_with_the_key_does_not_count(world, repository):
    await update(world)
    await world.forge.comment(1, key="k", text="first")
    (ours,) = repository.pull_requests[0].comments
    repository.pull_requests[0].comment(ours.body.replace("first", "x").replace('"k"', '"z"'))

    await world.forge.comment(1, key="z", text="second")

    assert len(repository.pull_requests[0].comments) == 3


async def test_a_text_that_github_kept_otherwise_is_not_sent_again(world, github, repository):
    await update(world)
    issue = repository.state.issues[1]
    issue.body = issue.body.rstrip().replace("\n", "\r\n")
    before = len(writes(github))

    await update(world)

    assert len(writes(github)) == before


async def test_a_person_who_edits_the_text_gets_it_set_right(world, repository):
    await update(world)
    repository.pull_requests[0].edit(title="Mine", author="ada")

    await update(world)

    assert repository.pull_requests[0].title.startswith("Lock")


async def test_a_pull_request_closed_twice_is_closed_once(world, repository):
    await update(world)
    for _ in range(2):
        await world.forge.close_pull_request(1, reason="Nothing is left.")

    assert len(repository.pull_requests[0].comments) == 1


async def test_a_persons_pull_request_is_described(world, github, repository):
    fork = repository.fork("ada")
    fork.push("work", {"Pipfile": "[packages]\n", "README": None}, author="ada")
    number = repository.open_pull_request("ada:work", author="ada").number

    view = await world.forge.pulls.view(number)

    assert (view.number, view.is_open, view.from_fork, view.by_thoth) == (number, True, True, False)
    assert view.head_sha == fork.branch("work").sha
    assert view.base_sha == repository.branch("main").sha
    assert await world.forge.pulls.changed_paths(number) == {"Pipfile", "README"}
    assert await world.forge.read_file(view.head_sha, "Pipfile") == b"[packages]\n"


# Check runs


def many_annotations(count):
    return tuple(Annotation("Pipfile", 1, 1, f"message {number}") for number in range(count))


async def check_run(world, **more):
    base = await world.forge.base()
    return CheckRun(
        **{
            "name": "Thoth: default",
            "head_sha": base.head,
            "conclusion": "failure",
            "title": "No stack",
            "summary": "Because.",
            **more,
        }
    )


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("nth", [1, 2])
async def test_annotations_are_sent_fifty_at_a_time_and_each_once(
    world, github, repository, nth, after_effect
):
    github.fail("cut", operation="checks/update", nth=nth, after_effect=after_effect)
    wanted = await check_run(world, annotations=many_annotations(120))

    await world.forge.put_check_run(wanted)

    (run,) = repository.check_runs
    assert [each["message"] for each in run.annotations] == [
        each.message for each in wanted.annotations
    ]
    assert await world.forge.check_runs(wanted.head_sha) == (wanted,)


async def test_a_check_run_that_was_half_sent_is_completed_by_the_next_run(
    world, github, repository
):
    wanted = await check_run(world, annotations=many_annotations(120))
    github.fail(404, operation="checks/update")
    with pytest.raises(NotFoundError):
        await world.forge.put_check_run(wanted)

    await (await world.open()).put_check_run(wanted)

    assert len(repository.check_runs[0].annotations) == 120


async def test_a_check_run_that_is_there_is_not_sent_again(world, github):
    wanted = await check_run(world, annotations=many_annotations(3))
    await world.forge.put_check_run(wanted)
    before = len(writes(github))

    await world.forge.put_check_run(wanted)

    assert len(writes(github)) == before


async def test_other_annotations_make_another_run_of_the_name(world, repository):
    first = await check_run(world, annotations=many_annotations(2))
    await world.forge.put_check_run(first)
    other = await check_run(world, annotations=many_annotations(3)[1:])
    await world.forge.put_check_run(other)

    assert await world.forge.check_runs(first.head_sha) == (other,)
    assert len(repository.check_runs) == 2


async def test_texts_longer_than_github_takes_are_cut(world, repository):
    remark = Annotation("Pipfile", 1, 1, "ü" * 40_000, "t" * 300)
    wanted = await check_run(world, summary="ü" * 70_000, title="t" * 300, annotations=(remark,))

    await world.forge.put_check_run(wanted)
    await world.forge.put_check_run(wanted)

    (run,) = repository.check_runs
    assert run.summary.endswith("longer than GitHub shows.\n")
    assert len(run.summary.encode()) <= 65_535


# The fence


class LostError(Exception):
    """The worker has lost its job."""


@pytest.mark.parametrize("allowed", range(4))
async def test_a_worker_that_lost_its_job_writes_nothing_more(world, github, repository, allowed):
    count = 0

    async def fence():
        nonlocal count
        count += 1
        if count > allowed:
            raise LostError

    with pytest.raises(LostError):
        await update(world, fence=fence)
    assert len(writes(github)) == allowed

    await update(world)
    assert len(repository.pull_requests) == 1


async def test_the_fence_is_asked_again_before_a_repeated_write(world, github):
    asked = []

    async def fence():
        asked.append(len(writes(github)))

    github.fail(502, operation="git/create-tree", times=2)
    await update(world, fence=fence)

    assert asked == list(range(6))


async def test_errors_of_the_forge_say_what_to_do(world, github, repository):
    github.fail(409, operation="git/create-commit", times=None)

    with pytest.raises(ForgeError) as caught:
        await update(world)
    assert caught.value.hint

"""What is read of a repository on GitHub, and what becomes of its branches."""

from __future__ import annotations

import pytest

from advisor_core.errors import InputError
from bot.errors import (
    BranchMovedError,
    UnprocessableError,
)
from bot.forge import BranchName, NewCommit
from bot.jobs.background import in_thread
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.forges import FILE

BRANCH = BranchName("thoth/update/pipfile-lock")
PUSH = UpdateEvent("push")
ADVISOR = FakeAdvisor({"flask": "3.0"})
NEWER = FakeAdvisor({"flask": "3.1"})


async def update(world, advisor=ADVISOR, **more):
    forge = await world.open(**more)
    return await update_repository(forge, event=PUSH, propose=in_thread(advisor))


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


@pytest.mark.parametrize("by", ["ada", "thoth[bot]"])
async def test_a_merge_by_githubs_button_is_not_thoths_own(world, repository, by):
    await update(world)
    store, branch = repository.state.store, repository.branch(BRANCH)
    commit = store.commit(branch.sha)
    person = repository._world.identity(repository._world.account(by))
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

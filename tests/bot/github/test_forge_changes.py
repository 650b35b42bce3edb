"""The world changes in the middle of the work: what comes of it, and what it takes to go on."""

from __future__ import annotations

import pytest

from advisor_core.errors import InputError
from bot.errors import (
    ConflictError,
    ForgeError,
    GoneError,
    NotFoundError,
    SuspendedError,
)
from bot.forge import BranchName
from bot.jobs.background import in_thread
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.forges import GitHubWorld

BRANCH = BranchName("thoth/update/pipfile-lock")
PUSH = UpdateEvent("push")
ADVISOR = FakeAdvisor({"flask": "3.0"})


async def update(world, advisor=ADVISOR, **more):
    forge = await world.open(**more)
    return await update_repository(forge, event=PUSH, propose=in_thread(advisor))


def writes(github):
    return [call for call in github.calls if call.method != "GET" and call.path.startswith("/rep")]


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


# The worker itself


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

"""The button "Apply advice", and what a fork's pull request gets: against the strict fake of GitHub."""

from __future__ import annotations

import pytest

from bot.errors import BranchMovedError
from bot.jobs.apply import apply_advice
from bot.jobs.background import in_thread
from bot.jobs.check import check_pull_request
from fakes.advisor import FakeAdvisor

ADVISOR = FakeAdvisor({"flask": "3.0"})
APPLY = {
    "label": "Apply advice",
    "description": "Commit this lockfile to the branch",
    "identifier": "apply",
}


@pytest.fixture
def work(repository):
    """A person's pull request that changes the manifest."""
    repository.add_collaborator("ada", "write")
    repository.add_collaborator("eve", "read")
    repository.push("work", {"Pipfile": '[packages]\nflask = ">=2"\n'}, author="ada")
    return repository.open_pull_request("work")


@pytest.fixture
def fork(repository):
    repository.push("main", {"Pipfile": '[packages]\nflask = "*"\n'})
    made = repository.fork("mallory")
    made.push("work", {"Pipfile": '[packages]\nflask = ">=2"\n', ".thoth.yaml": "mode: silent\n"})
    return made


async def check(world, pull, advisor=ADVISOR):
    return await check_pull_request(await world.open(), pull.number, propose=in_thread(advisor))


async def press(world, pull, author="ada", advisor=ADVISOR):
    return await apply_advice(
        await world.open(), pull.number, author=author, propose=in_thread(advisor)
    )


async def test_a_better_lockfile_has_the_button_within_githubs_limits(world, repository, work):
    await check(world, work)
    (run,) = repository.check_runs
    assert run.actions == [APPLY]


async def test_pressed_it_commits_the_lockfile_to_the_branch_without_force(
    world, github, repository, work
):
    head = repository.branch("work").sha
    await press(world, work)
    branch = repository.branch("work")
    assert branch.commits[1] == head
    assert '"flask"' in branch.files["Pipfile.lock"]
    assert branch.messages[0].startswith("Lock 1 package in Pipfile.lock\n\nApplies what Thoth")
    (moved,) = [call for call in github.calls if call.operation == "git/update-ref"]
    assert moved.body["force"] is False
    assert await press(world, work) is None
    assert len(branch.commits) == len(repository.branch("work").commits)


async def test_afterwards_the_check_run_is_content_and_has_no_button(world, repository, work):
    await press(world, work)
    head = await check(world, work)
    (run,) = await (await world.open()).check_runs(head)
    assert run.conclusion == "success"
    assert [each.actions for each in repository.check_runs] == [[]]


async def test_who_may_not_write_is_told_once_and_nothing_is_committed(world, repository, work):
    head = repository.branch("work").sha
    await press(world, work, author="eve")
    await press(world, work, author="eve")
    assert repository.branch("work").sha == head
    (comment,) = work.comments
    assert "eve pressed `Apply advice`, which needs write access" in comment.body


async def test_an_approver_of_the_base_branch_may(world, repository, work):
    repository.push("main", {"OWNERS": "approvers: [eve]\n"})
    await press(world, work, author="eve")
    assert "Pipfile.lock" in repository.branch("work").files


async def test_owners_on_the_branch_itself_gives_no_right(world, repository, work):
    repository.push("work", {"OWNERS": "approvers: [eve]\n"})
    await press(world, work, author="eve")
    assert "Pipfile.lock" not in repository.branch("work").files


async def test_a_person_who_pushes_meanwhile_is_not_overwritten(world, repository, work):
    def advisor(files, wish=None):
        proposal = ADVISOR(files)
        repository.push("work", {"mine": "1"}, author="ada")
        return proposal

    with pytest.raises(BranchMovedError):
        await press(world, work, advisor=advisor)
    assert "mine" in repository.branch("work").files


async def test_a_fork_gets_a_check_run_by_the_policy_of_the_base_and_no_button(
    world, repository, fork
):
    pull = repository.open_pull_request("mallory:work", author="mallory")
    await check(world, pull)
    (run,) = repository.check_runs
    assert (run.conclusion, run.actions) == ("neutral", [])


async def test_nothing_is_written_to_a_fork(world, github, repository, fork):
    pull = repository.open_pull_request("mallory:work", author="mallory")
    head = fork.branch("work").sha
    await check(world, pull)
    await press(world, pull, author="octo")
    assert fork.branch("work").sha == head
    written = {call.path for call in github.calls if call.method != "GET"}
    assert not any("mallory" in path for path in written)
    assert not any("/git/" in path for path in written)

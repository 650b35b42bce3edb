"""The button "Loosen": from a conflict to a pull request with a manifest that has a stack."""

from __future__ import annotations

import pytest

from bot.jobs.background import in_thread
from bot.jobs.dashboard import update_and_tell
from bot.jobs.loosen import loosen_manifests
from bot.jobs.update import update_repository
from bot.managers.loosen import loosen_branch
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

BRANCH = loosen_branch("Pipfile")
PIPFILE = '[packages]\nflask = "<1"\nimpossible = "~=2.1,<3"\n'


def propose(files):
    """Find no stack as long as the line is as tight as it was."""
    tight = b"<3" in files.read("Pipfile")
    return FakeAdvisor({"impossible": "3.0"}, impossible="impossible" if tight else "")(files)


async def update(world):
    forge = await world.open()
    await update_repository(forge, event=UpdateEvent("push"), propose=in_thread(propose))


async def press(world):
    return await loosen_manifests(await world.open(), propose=in_thread(propose))


@pytest.fixture
def conflict(repository):
    repository.push("main", {"Pipfile": PIPFILE})
    return repository


async def test_a_conflict_on_the_base_has_the_button_within_githubs_limits(world, conflict):
    await update(world)
    (run,) = conflict.check_runs
    assert run.actions == [
        {
            "label": "Loosen",
            "description": "Propose to loosen the lines at fault",
            "identifier": "loosen",
        }
    ]


async def test_the_same_conflict_is_not_put_again_because_of_the_button(world, github, conflict):
    await update(world)
    before = len([call for call in github.calls if call.method != "GET"])
    await update(world)
    assert len([call for call in github.calls if call.method != "GET"]) == before


async def test_it_proposes_the_loosened_line_with_its_lockfile(world, conflict):
    assert await press(world) == 1
    (pull,) = conflict.pull_requests
    assert (pull.head, sorted(pull.changed_files)) == (BRANCH, ["Pipfile", "Pipfile.lock"])
    files = conflict.branch(BRANCH).files
    assert files["Pipfile"] == PIPFILE.replace('"~=2.1,<3"', '">=2.1"')
    assert '+ impossible = ">=2.1"' in pull.body
    assert "impossible<0 cannot hold" in pull.body


async def test_pressed_twice_there_is_one_pull_request(world, conflict):
    await press(world)
    await press(world)
    assert len(conflict.pull_requests) == 1
    assert len(conflict.pull_requests[0].commits) == 1


async def test_a_person_at_work_on_the_branch_is_left_alone(world, conflict):
    await press(world)
    conflict.push(BRANCH, {"mine": "1"}, author="ada")
    await press(world)
    assert "mine" in conflict.branch(BRANCH).files


async def test_a_line_that_cannot_be_loosened_brings_no_pull_request(world, conflict):
    conflict.push("main", {"Pipfile": PIPFILE.replace('"~=2.1,<3"', '">=0"\nfree = "<3"')})
    assert await press(world) == 0
    assert conflict.pull_requests == []


async def test_it_is_closed_once_the_manifest_has_a_stack_again(world, conflict):
    await press(world)
    forge = await world.open()
    await update_and_tell(forge, event=UpdateEvent("push"), propose=in_thread(propose))
    (pull,) = conflict.pull_requests
    assert pull.state == "open"
    conflict.push("main", {"Pipfile": PIPFILE.replace("~=2.1,<3", ">=2")})
    forge = await world.open()
    await update_and_tell(forge, event=UpdateEvent("push"), propose=in_thread(propose))
    assert pull.state == "closed"
    assert "`Pipfile` on `main` has a stack again" in pull.comments[-1].body


async def test_one_with_a_persons_commit_is_left_open(world, conflict):
    await press(world)
    conflict.push(BRANCH, {"mine": "1"}, author="ada")
    conflict.push("main", {"Pipfile": PIPFILE.replace("~=2.1,<3", ">=2")})
    forge = await world.open()
    await update_and_tell(forge, event=UpdateEvent("push"), propose=in_thread(propose))
    assert conflict.pull_requests[0].state == "open"


async def test_without_a_conflict_nothing_is_proposed(world, repository):
    assert await press(world) == 0
    assert repository.pull_requests == []

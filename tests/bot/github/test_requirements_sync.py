"""`requirements.txt` follows the Pipfile, where the configuration asks for it."""

from __future__ import annotations

from dataclasses import replace

from advisor_core.config.reader import parse_configuration
from bot.jobs.background import in_thread
from bot.jobs.dashboard import update_and_tell
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

BRANCH = "thoth/sync/requirements-txt"
ON = "managers:\n- name: pipfile-requirements\n"
OFF = ON + "  configuration: {enabled: false}\n"
WAITING = ON + "schedule: before 5am on monday\n"
MONDAY_AFTERNOON = 1_790_000_000.0
LOCKED = ON + "  configuration: {lockfile: true}\n"


async def run(world, configuration=ON):
    def advisor(files, wish=None):
        found = FakeAdvisor({"flask": "3.0"})(files, wish)
        return replace(
            found, configuration=parse_configuration(configuration.encode(), ".thoth.yaml")
        )

    forge = await world.open()
    await update_and_tell(
        forge,
        event=UpdateEvent("push"),
        propose=in_thread(advisor),
        clock=lambda: MONDAY_AFTERNOON,
    )


def sync(repository):
    return [each for each in repository.pull_requests if each.head == BRANCH]


async def test_it_is_proposed_kept_true_and_closed_once_it_is_so(world, github, repository):
    await run(world)
    (pull,) = sync(repository)
    text = repository.branch(BRANCH).files["requirements.txt"]
    assert text.endswith("flask\n")
    repository.push("main", {"Pipfile": '[packages]\nflask = ">=2"\n'})
    await run(world)
    assert repository.branch(BRANCH).files["requirements.txt"].endswith("flask>=2\n")
    writes = len([call for call in github.calls if call.method != "GET"])
    await run(world)
    assert len([call for call in github.calls if call.method != "GET"]) == writes
    repository.push(
        "main", {"requirements.txt": repository.branch(BRANCH).files["requirements.txt"]}
    )
    await run(world)
    assert pull.state == "closed"
    assert len(sync(repository)) == 1


async def test_with_the_lockfile_it_is_pinned(world, repository):
    await run(world, LOCKED)
    assert sync(repository) == []
    repository.pull_requests[0].merge()
    await run(world, LOCKED)
    assert "flask==3.0" in repository.branch(BRANCH).files["requirements.txt"]


async def test_without_the_manager_and_in_silence_nothing_is_proposed(world, repository):
    await run(world, "")
    await run(world, OFF)
    await run(world, "mode: silent\n" + ON)
    assert sync(repository) == []


async def test_it_is_closed_when_it_is_no_longer_asked_for(world, repository):
    await run(world)
    await run(world, OFF)
    assert [each.state for each in sync(repository)] == ["closed"]


async def test_a_persons_commit_is_left_alone(world, repository):
    await run(world)
    repository.push(BRANCH, {"mine": "1"}, author="ada")
    repository.push("main", {"Pipfile": '[packages]\nflask = ">=2"\n'})
    await run(world)
    assert "mine" in repository.branch(BRANCH).files


async def test_it_waits_for_the_schedule_unless_it_is_open_already(world, repository):
    await run(world, WAITING)
    assert sync(repository) == []
    await run(world)
    repository.push("main", {"Pipfile": '[packages]\nflask = ">=2"\n'})
    await run(world, WAITING)
    assert repository.branch(BRANCH).files["requirements.txt"].endswith("flask>=2\n")

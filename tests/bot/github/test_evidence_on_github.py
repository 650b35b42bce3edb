"""What CI says on GitHub becomes votes, and nothing else does."""

from __future__ import annotations

import json

import pytest

from bot.jobs.background import in_thread
from bot.jobs.evidence import read_evidence
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

BRANCH = "thoth/update/pipfile-lock"
PIPFILE = '[packages]\nflask = "*"\nclick = "*"\n'


def lock(**versions):
    entries = {name: {"version": f"=={version}"} for name, version in versions.items()}
    return json.dumps({"_meta": {}, "default": entries, "develop": {}})


async def look(world):
    found = (await read_evidence(await world.open(), installation_id=world.installation.id)).locks
    return [(each.outcome, sorted(each.changed), each.certainty, each.commit_sha) for each in found]


@pytest.fixture
async def head(world, repository):
    """The head of Thoth's pull request: flask 2.9 to 3.0, click stays; the base's head has passed."""
    repository.push("main", {"Pipfile": PIPFILE, "Pipfile.lock": lock(flask="2.9", click="8.1")})
    forge = await world.open()
    advisor = FakeAdvisor({"flask": "3.0", "click": "8.1"})
    await update_repository(forge, event=UpdateEvent("push"), propose=in_thread(advisor))
    return repository.branches[BRANCH]


async def test_without_ci_there_is_no_evidence(world, head):
    assert await look(world) == []


async def test_a_failure_counts_against_what_changed_when_the_base_passed(world, repository, head):
    repository.report_check("main", "success")
    repository.report_check(BRANCH, None)
    base = repository.branches["main"]
    assert await look(world) == [("passed", [], 100, base)]
    repository.report_check(BRANCH, "failure")
    assert await look(world) == [("passed", [], 100, base), ("failed", ["flask"], 100, head)]
    (_, found) = (await read_evidence(await world.open(), installation_id=7)).locks
    assert dict(found.pins) == {"flask": "3.0", "click": "8.1"}
    assert set(found.environment) == {"python", "platform"}
    number = repository.pull_requests[-1].number
    assert found.link == f"https://github.com/octo/hello/pull/{number}"
    assert not found.repository.is_private


async def test_a_red_base_is_not_held_against_the_update(world, repository, head):
    repository.report_check("main", "failure")
    repository.report_check(BRANCH, "failure")
    assert await look(world) == []


async def test_where_the_base_has_no_checks_a_failure_counts_half(world, repository, head):
    repository.report_status(BRANCH, "failure")
    assert await look(world) == [("failed", ["flask"], 50, head)]


async def test_a_base_that_moved_on_is_looked_at_where_the_branch_began(world, repository, head):
    repository.report_check("main", "success")
    repository.push("main", {"README": "more\n"})
    repository.report_check("main", "failure")
    repository.report_check(BRANCH, "failure")
    assert await look(world) == [("failed", ["flask"], 100, head)]


async def test_thoths_own_check_runs_are_no_tests(world, repository, head):
    from bot.forge import CheckRun

    forge = await world.open()
    for sha in (head, repository.branches["main"]):
        await forge.put_check_run(CheckRun("Thoth: default", sha, "success", "t", "s"))
    assert await look(world) == []


async def test_a_rerun_that_passes_replaces_the_failure_of_its_name(world, repository, head):
    for conclusion in ("failure", "success"):
        repository.report_check(BRANCH, conclusion)
    assert await look(world) == [("passed", ["flask"], 100, head)]


async def test_what_a_person_committed_to_the_branch_is_no_evidence(world, repository, head):
    repository.push(BRANCH, {"app.py": "1"}, author="ada")
    repository.report_check(BRANCH, "failure")
    assert await look(world) == []


async def test_the_result_of_a_fork_that_has_such_a_branch_is_no_evidence(world, repository, head):
    fork = repository.fork("mallory")
    fork.push(BRANCH, {"Pipfile.lock": lock(flask="9.9")}, author="mallory")
    repository.open_pull_request(f"mallory:{BRANCH}", author="mallory")
    fork.report_check(BRANCH, "failure")
    assert await look(world) == []


async def test_a_persons_pull_request_with_such_a_branch_is_no_evidence(world, repository):
    repository.push(BRANCH, {"Pipfile.lock": lock(flask="9.9")}, author="ada")
    repository.open_pull_request(BRANCH, author="ada")
    repository.report_check(BRANCH, "failure")
    assert await look(world) == []


async def test_an_error_before_any_test_is_one(world, repository, head):
    repository.report_check(BRANCH, "cancelled")
    assert await look(world) == [("error", ["flask"], 100, head)]


async def test_a_closed_pull_request_says_nothing_any_more(world, repository, head):
    repository.report_check(BRANCH, "failure")
    repository.pull_requests[-1].close()
    assert await look(world) == []


async def test_a_lockfile_that_nobody_can_read_says_nothing(world, repository):
    repository.push("main", {"Pipfile": PIPFILE, "Pipfile.lock": "{"})
    repository.report_check("main", "success")
    assert await look(world) == []
    repository.push("main", {".thoth.yaml": "mode: ["})
    repository.report_check("main", "success")
    assert await look(world) == []

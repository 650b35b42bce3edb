"""Repositories with many lockfiles, and threads with many comments: nothing is doubled there."""

from __future__ import annotations

import pytest

from bot.github import client, merging, pulls, threads
from bot.jobs.answer import answer_thread
from bot.jobs.background import in_thread
from bot.jobs.dashboard import update_and_tell
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

BRANCH = "thoth/update/pipfile-lock"


@pytest.fixture
def update(world):
    async def run(advisor):
        forge = await world.open()
        event = UpdateEvent("push")
        return await update_repository(forge, event=event, propose=in_thread(advisor))

    return run


async def test_of_many_lockfiles_a_declined_one_stays_declined(update, repository, monkeypatch):
    """At the least size at which it shows: looking for fifty takes as many requests each."""
    monkeypatch.setattr(pulls, "_MOST_BRANCHES", 2)
    folders = tuple(f"{name}/" for name in "abcd")
    repository.push("main", {f"{folder}Pipfile": "[packages]\nflask = '*'\n" for folder in folders})
    advisor = FakeAdvisor({"flask": "3.0"}, folders=folders)
    await update(advisor)
    repository.pull_requests[-1].close(author="ada")
    await update(advisor)
    assert [each.state for each in repository.pull_requests] == ["open"] * 3 + ["closed"]


async def test_in_a_thread_that_is_too_long_nothing_is_said_again_and_again(
    update, world, repository, monkeypatch
):
    monkeypatch.setattr(pulls, "MOST_COMMENTS", 100)
    monkeypatch.setattr(threads, "MOST_COMMENTS", 100)
    repository.add_collaborator("ada", "write")
    await update(FakeAdvisor({"flask": "3.0"}))
    (pull,) = repository.pull_requests
    pull.comment("/thoth help", author="ada")
    for number in range(99):
        pull.comment(f"{number}", author="eve")
    repository.push(BRANCH, {"mine": "1"}, author="ada")
    for _ in range(3):
        await update(FakeAdvisor({"flask": "3.1"}))
        forge = await world.open()
        await answer_thread(forge, pull.number, propose=in_thread(FakeAdvisor()))
    assert [each for each in pull.comments if each.via_app] == []


async def test_of_more_checks_than_are_read_one_may_be_red(update, world, repository, monkeypatch):
    monkeypatch.setattr(client, "PER_PAGE", 1)
    monkeypatch.setattr(merging, "PER_PAGE", 1)
    await update(FakeAdvisor({"flask": "3.0"}))
    for number in range(4):
        repository.report_status(BRANCH, "success", context=f"check {number}")
    head = repository.branches[BRANCH]
    forge = await world.open()
    assert {check.state for check in await forge.merging.checks(head)} == {"passed"}
    repository.report_status(BRANCH, "success", context="check 4")
    repository.report_status(BRANCH, "failure", context="check 5")
    assert "pending" in {check.state for check in await forge.merging.checks(head)}


@pytest.mark.parametrize("is_closed", [False, True])
async def test_there_is_one_dashboard_however_many_pull_requests_came_after_it(
    world, repository, monkeypatch, time, is_closed
):
    monkeypatch.setattr(client, "PER_PAGE", 2)
    monkeypatch.setattr(threads, "MOST_ISSUE_PAGES", 1)
    for number in range(6):
        forge = await world.open()
        advisor = FakeAdvisor({"flask": f"3.{number}"})
        await update_and_tell(forge, event=UpdateEvent("push"), propose=in_thread(advisor))
        repository.pull_requests[-1].merge()
        time.clock.advance(60)
        if is_closed:
            repository.issues[0].close()
    dashboards = [each for each in repository.issues if each.title == "Thoth dashboard"]
    assert len(dashboards) == 1

"""Repositories with many lockfiles, and threads with many comments: nothing is doubled there."""

from __future__ import annotations

import pytest

from bot.github import pulls, threads
from bot.jobs.answer import answer_thread
from bot.jobs.background import in_thread
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

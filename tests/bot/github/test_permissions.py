"""Every permission of `app.yml` is used by what Thoth does, and nothing that it does needs another one."""

from __future__ import annotations

import pytest

from bot.github.app import PERMISSIONS
from bot.jobs.answer import answer_thread
from bot.jobs.apply import apply_advice
from bot.jobs.background import in_thread
from bot.jobs.check import check_pull_request
from bot.jobs.dashboard import update_and_tell
from bot.jobs.loosen import loosen_manifests
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.github.registry import HANDLERS

ADVISOR = FakeAdvisor({"flask": "3.0"})
LEVELS = ("none", "read", "write")


@pytest.fixture
async def performed(world, github, repository):
    """Return the operations of everything that is done with an installation's token."""
    repository.add_collaborator("ada", "write")
    propose = in_thread(ADVISOR)

    async def say(thread, text):
        thread.comment(text, author="ada")
        await answer_thread(await world.open(), thread.number, propose=propose)

    await update_and_tell(await world.open(), event=UpdateEvent("push"), propose=propose)
    pull = repository.pull_requests[-1]
    repository.report_status(pull.head, "success", context="tests")
    await say(repository.open_issue("Question"), "/thoth pin flask==3.0\n/thoth config")
    await say(pull, "/thoth close\n/thoth reopen\n/thoth merge when green")
    repository.push("work", {"Pipfile": '[packages]\nflask = "*"\nclick = "*"\n'})
    work = repository.open_pull_request("work", author="ada")
    await check_pull_request(await world.open(), work.number, propose=propose)
    await apply_advice(await world.open(), work.number, author="ada", propose=propose)
    await loosen_manifests(await world.open(), propose=propose)
    assert pull.merged
    return {
        call.operation
        for call in github.calls
        if call.operation and HANDLERS[call.operation].credential == "installation"
    }


def satisfied(operation, granted):
    """Return whether a token with those permissions may do it."""
    handler = HANDLERS[operation]
    if handler.permission is None:
        return True
    return any(
        LEVELS.index(granted.get(name, "none")) >= LEVELS.index(level)
        for name, level in (handler.permission, *handler.alternatives)
    )


async def test_nothing_needs_more_and_every_permission_is_needed(performed):
    assert [each for each in performed if not satisfied(each, PERMISSIONS)] == []
    for name, level in PERMISSIONS.items():
        lower = LEVELS[LEVELS.index(level) - 1]
        reduced = {**PERMISSIONS, name: lower}
        needing = [each for each in performed if not satisfied(each, reduced)]
        assert needing or name == "metadata", f"nothing needs {name}: {level}"

"""Messages of one thread are answered one after the other, and none keeps those after it waiting."""

from __future__ import annotations

import pytest

from bot.jobs.answer import answer_thread, find_waiting
from bot.jobs.background import in_thread
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.forges import LINK

ADVISOR = FakeAdvisor({"flask": "3.0"})
BRANCH = "thoth/update/pipfile-lock"


@pytest.fixture
async def proposal(world, repository):
    """Thoth's pull request, and a person who may command."""
    repository.add_collaborator("ada", "write")
    await update_repository(world.forge, event=UpdateEvent("push"), propose=in_thread(ADVISOR))
    return repository.pull_requests[-1]


async def say(world, thread, *texts, author="ada"):
    """Write comments, and have them answered by one job; return the answers."""
    before = len(thread.comments)
    for text in texts:
        thread.comment(text, author=author)
    forge = await world.open()
    await answer_thread(forge, thread.number, propose=in_thread(ADVISOR))
    own = [each.body for each in thread.comments[before:] if each.via_app]
    return [body.split("\n\n<!--")[0] for body in own if '"key":"answer:' in body]


@pytest.mark.parametrize("back", ["/thoth undo", "/thoth reopen"])
async def test_a_command_sees_what_the_one_before_it_did(world, proposal, back):
    closed, opened = await say(world, proposal, "/thoth close", back)
    assert closed == "Closed."
    assert opened.startswith("Opened again.")
    assert proposal.state == "open"


@pytest.mark.parametrize("command", ["reopen", "close", "undo", "cancel", "merge when green"])
async def test_what_is_merged_stays_merged_and_later_commands_are_answered(
    world, proposal, command
):
    await say(world, proposal, "/thoth merge when green")
    proposal.merge()
    first, second = await say(world, proposal, f"/thoth {command}", "/thoth show ignores")
    assert first == "It is merged already. To take it back, revert it on GitHub."
    assert second == "No package is ignored or pinned."


async def test_instead_of_one_whose_branch_is_gone_another_is_opened(world, repository, proposal):
    await say(world, proposal, "/thoth close")
    repository.delete_branch(BRANCH)
    (text,) = await say(world, proposal, "/thoth reopen")
    assert "branch has been deleted" in text
    assert "Opened a pull request" in text
    assert [each.state for each in repository.pull_requests] == ["closed", "open"]


async def test_what_cannot_be_done_is_told_once_and_later_commands_are_answered(
    world, repository, proposal
):
    proposal.merge()
    world.commit("main", {"Pipfile.lock": (LINK, b"nowhere")})
    issue = repository.open_issue("Question", author="ada")
    refused, answered = await say(world, issue, "/thoth update", "/thoth show ignores")
    assert "not a regular file" in refused
    assert answered == "No package is ignored or pinned."
    assert await find_waiting(await world.open(), issue.number) is None


async def test_a_program_that_quotes_a_command_is_not_answered(world, repository, proposal):
    repository.add_collaborator("helper[bot]", "write")
    answers = await say(world, proposal, "/thoth close", author="helper[bot]")
    assert answers == []
    assert proposal.state == "open"


async def test_a_message_that_was_deleted_meanwhile_keeps_no_other_waiting(github, world, proposal):
    comment = proposal.comment("/thoth help", author="ada")
    github.before_call(
        lambda: proposal.issue.comments.remove(comment),
        operation="reactions/create-for-issue-comment",
    )
    (_help, answered) = await say(world, proposal, "/thoth show ignores")
    assert answered == "No package is ignored or pinned."

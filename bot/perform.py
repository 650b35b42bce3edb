"""Carries actions out on a forge: the one place where a decision becomes an effect.

Security updates may use what the limits of a forge keep for them.

A commit is always written before the pull request that shows it. Killed between the two, the next
run finds the branch right and the pull request missing or old, and only does the rest. While labels
and people are to come, a mark in the text says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.actions import Close, Comment, OpenPullRequest, SetCheck, UpdateBranch
from bot.conversation.messages import mark_unfinished, nobody_there
from bot.forge import SECURITY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.conversation.actions import Action, People
    from bot.forge import BranchName, Forge

__all__ = ["perform"]


async def perform(actions: Iterable[Action], *, forge: Forge) -> None:
    """Carry the actions out in order. Raises what the forge raises; earlier actions stay done."""
    numbers: dict[BranchName, int] = {}
    for action in actions:
        if _is_security_update(action):
            with forge.urgently():
                await _perform_one(action, numbers, forge=forge)
        else:
            await _perform_one(action, numbers, forge=forge)


def _is_security_update(action: Action) -> bool:
    """Return whether the action opens or changes a security update."""
    return isinstance(action, (OpenPullRequest, UpdateBranch)) and action.branch.startswith(
        SECURITY_PREFIX
    )


async def _perform_one(action: Action, numbers: dict[BranchName, int], *, forge: Forge) -> None:
    """Carry one action out. `numbers`: of the pull requests that were opened; is added to."""
    match action:
        case OpenPullRequest(branch, base, title, body, commit, labels, people):
            if commit is not None:
                await forge.write_commit(commit)
            more = bool(labels or people.assignees or people.reviewers)
            text = mark_unfinished(body) if more else body
            opened = await forge.open_pull_request(branch, base=base, title=title, body=text)
            numbers[branch] = opened.number
            await _invite(opened.number, people, forge=forge)
            if more:
                await forge.finish_pull_request(opened.number, body=body, labels=labels)
        case UpdateBranch(number=number, title=title, body=body, commit=commit):
            if commit is not None:
                await forge.write_commit(commit)
            await forge.edit_pull_request(number, title=title, body=body)
        case Comment(number, key, text):
            await forge.comment(number, key=key, text=text)
        case SetCheck(check_run):
            await forge.put_check_run(check_run)
        case Close(number=number, reason=reason, instead=instead):
            if instead is not None and instead in numbers:
                reason = f"{reason} It is #{numbers[instead]}."
            await forge.close_pull_request(number, reason=reason)
        case _:
            pass


async def _invite(number: int, people: People, *, forge: Forge) -> None:
    """Ask people to look at a pull request; say once whom the forge did not take."""
    if not (people.assignees or people.reviewers):
        return
    refused = await forge.invite(number, assignees=people.assignees, reviewers=people.reviewers)
    if refused:
        await forge.comment(number, key="invite", text=nobody_there(refused))

"""What makes a pull request so: opens it, finishes what a run left that was cut off, or edits it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.conversation.actions import Nothing, UpdateBranch
from bot.conversation.messages import is_unfinished, mark_unfinished

if TYPE_CHECKING:
    from bot.conversation.actions import Action, OpenPullRequest
    from bot.conversation.release_notes import Notes
    from bot.forge import PullRequest

__all__ = ["bring"]


def bring(
    opening: OpenPullRequest,
    opened: PullRequest | None,
    releases: Notes,
    *,
    settled: str = "the pull request is up to date",
) -> list[Action]:
    """Return what comes to a pull request as `opening` wants it, `opened` being the one that is open.

    `releases`: what the text quotes of projects; it stays as it is when that cannot be read for the moment.
    `settled`: what is said when it is so already.
    """
    title, body, commit = opening.title, opening.body, opening.commit
    if opened is None:
        return [opening]
    if is_unfinished(opened.body):
        actions: list[Action] = []
        if commit is not None:
            text = mark_unfinished(body)
            actions.append(UpdateBranch(opened.number, opening.branch, title, text, commit))
        return [*actions, replace(opening, commit=None)]
    says_it = opened.title == title and (opened.body == body or not releases.is_complete)
    if commit is None and says_it:
        return [Nothing(settled, opening.branch)]
    return [UpdateBranch(opened.number, opening.branch, title, body, commit)]

"""The manager of pull requests for single packages, which people ask for by command. Pure.

    /thoth update flask      thoth/update/pipfile-lock.flask     flask and what it needs, nothing else
    /thoth split flask       the same, at the release that the pull request for the lockfile has

While one is open, the pull request for the whole lockfile leaves its packages alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation import messages, package_texts
from bot.conversation.actions import (
    NOBODY,
    Action,
    Close,
    Comment,
    Nothing,
    OpenPullRequest,
    People,
)
from bot.conversation.quoting import code, plain
from bot.conversation.release_notes import NO_NOTES, Notes
from bot.conversation.subjects import Style
from bot.forge import BranchName, NewCommit
from bot.managers.opening import bring
from bot.managers.update import PACKAGES_MARK, branch_name, is_current

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.outcome import LockOutcome
    from advisor_core.wish import Wish
    from bot.forge import Base, PullRequest
    from bot.managers.update import BranchFacts

__all__ = ["PackagesFacts", "decide_packages", "held_packages", "packages_branch"]

_LONGEST = 80
"""Characters of the names in a branch; more, and what git forbids, are told by a digest."""


@dataclass(frozen=True, slots=True)
class PackagesFacts:
    """What is known of one lockfile and one wish."""

    base: Base
    branch: BranchName
    wish: Wish
    outcome: LockOutcome | None
    """None: the lockfile is asked for by no manifest any more."""
    present: BranchFacts | None = None
    opened: PullRequest | None = None
    recreate: bool = False
    """A person asked to discard what people committed to the branch."""
    style: Style = Style()  # noqa: RUF009 - a value that never changes
    labels: tuple[str, ...] = ()
    people: People = NOBODY
    """Who is to look at it."""
    releases: Notes = NO_NOTES
    """What projects say of the releases that are proposed."""


def packages_branch(lockfile: str, packages: Sequence[str]) -> BranchName:
    """Return the branch for packages of a lockfile: the same for the same ones, for no others."""
    named = ".".join(sorted(packages))
    if len(named) > _LONGEST or named.endswith("lock"):
        named = f"{len(packages)}-{hashlib.sha256(named.encode()).hexdigest()[:12]}"
    return BranchName(f"{branch_name(lockfile)}{PACKAGES_MARK}{named}")


def held_packages(pull_requests: Iterable[PullRequest]) -> tuple[str, ...]:
    """Return the packages that have an open pull request of their own, in order, without repeats."""
    wishes = [package_texts.read_wish(each.body) for each in pull_requests if each.state == "open"]
    return tuple(sorted({name for wish in wishes if wish is not None for name in wish[1].only}))


def decide_packages(facts: PackagesFacts) -> tuple[Action, ...]:
    """Return what to do, in order. Asked again with nothing changed it asks for nothing."""
    outcome, opened, branch = facts.outcome, facts.opened, facts.branch
    state = facts.present.state if facts.present is not None else None
    if (
        state is not None
        and state.foreign is not None
        and not state.contained
        and not facts.recreate
    ):
        reason = f"{plain(state.foreign, limit=80)} committed to {branch}: it is left alone"
        actions: list[Action] = [Nothing(reason, branch)]
        key = f"edited:{state.head}"
        if opened is not None and key not in opened.comments:
            text = messages.edited_comment(branch, state.foreign)
            actions.append(Comment(opened.number, key, text))
        return tuple(actions)
    reason = _obsolete(facts)
    if reason or outcome is None or outcome.new_text is None:
        if opened is None:
            return ()
        return (Close(opened.number, branch, reason),)
    title = facts.style.as_title(messages.pull_request_title(outcome), outcome)
    body = package_texts.packages_body(outcome, facts.wish, branch=branch, releases=facts.releases)
    commit = None
    if not is_current(facts.present, outcome):
        commit = NewCommit(
            branch=branch,
            parent=facts.base.head,
            expected_head=state.head if state is not None else None,
            files=outcome.files,
            message=facts.style.as_message(
                package_texts.packages_message(outcome, facts.wish, branch=branch), outcome
            ),
        )
    base = facts.base.branch
    opening = OpenPullRequest(branch, base, title, body, commit, facts.labels, facts.people)
    return tuple(bring(opening, opened, facts.releases))


def _obsolete(facts: PackagesFacts) -> str:
    """Return why there is nothing to propose, Markdown; empty: there is."""
    outcome = facts.outcome
    if outcome is None:
        return "No manifest asks for this lockfile any more."
    if outcome.status == "conflict":
        return (
            f"No stack of {code(outcome.target.manifest.path)} holds what was asked for any more."
        )
    if not any(change.package in facts.wish.only for change in outcome.changes):
        return f"{code(facts.base.branch)} has it: nothing is left to do here."
    return ""

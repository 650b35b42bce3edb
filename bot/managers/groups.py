"""The manager of groups: one lockfile's changes in several pull requests, as they are configured. Pure.

    groups: [{name: tests, packages: ["pytest*", coverage]}, {name: small, updates: [patch]}]

    thoth/update/pipfile-lock            what is in no group
    thoth/update/pipfile-lock.+tests     pytest, pytest-cov, coverage, and what they need

A package belongs to the first group that takes its change. In each pull request its packages go to the
releases that the best stack for the whole lockfile has, and only what they need moves with them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from advisor_core.wish import Wish
from bot.conversation import messages, package_texts
from bot.conversation.actions import NOBODY, Action, Close, Nothing, OpenPullRequest
from bot.conversation.quoting import code, plain
from bot.forge import BranchName, NewCommit
from bot.managers.opening import bring
from bot.managers.update import (
    PACKAGES_MARK,
    branch_name,
    can_wait,
    editor_of,
    is_current,
    leave_to_person,
)
from bot.update_kinds import update_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.config.pull_requests import Group
    from advisor_core.outcome import LockOutcome
    from bot.forge import PullRequest
    from bot.managers.limits import Allowance
    from bot.managers.update import Facts, UpdateEvent

__all__ = ["Share", "close_empty", "decide_share", "divide", "group_branch", "is_for_group"]

_GROUP_MARK = f"{PACKAGES_MARK}+"
"""No name of a package begins with `+`, so that no branch for packages is one for a group."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a group has of one lockfile."""

    lockfile: str
    group: str
    wish: Wish
    outcome: LockOutcome | None = None
    """None: it was not computed, or no manifest asks for the lockfile."""

    @property
    def further(self) -> tuple[str, ...]:
        """Paths that change together with the lockfile."""
        return tuple(each.path for each in self.outcome.further) if self.outcome else ()

    @property
    def branch(self) -> BranchName:
        """Where it is proposed."""
        return group_branch(self.lockfile, self.group)


def group_branch(lockfile: str, group: str) -> BranchName:
    """Return the branch of a group for a lockfile: the same for the same name, for no other."""
    slug = group
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", group) or len(group) > 40:
        digest = hashlib.sha256(group.encode()).hexdigest()[:8]
        slug = f"{re.sub(r'[^a-z0-9]+', '-', group.lower()).strip('-')[:40]}-{digest}".lstrip("-")
    return BranchName(f"{branch_name(lockfile)}{_GROUP_MARK}{slug}")


def is_for_group(branch: BranchName) -> bool:
    """Return whether a branch is a group's."""
    return _GROUP_MARK in branch


def divide(outcomes: Sequence[LockOutcome], groups: Sequence[Group]) -> tuple[Share, ...]:
    """Return the shares of groups, in their order; what is in none of them is everybody's."""
    shares = []
    for outcome in outcomes:
        pins: dict[str, dict[str, str]] = {group.name: {} for group in groups}
        for change in outcome.changes:
            taker = _taker(change.package, change.old, change.new, groups)
            if taker is not None and change.new is not None:
                pins[taker].setdefault(change.package, change.new)
        lockfile = outcome.target.lockfile
        shares += [
            Share(lockfile, group, Wish(only=tuple(sorted(members)), pins=dict(members)))
            for group, members in pins.items()
            if members
        ]
    return tuple(shares)


def _taker(package: str, old: str | None, new: str | None, groups: Sequence[Group]) -> str | None:
    if old is None or new is None:
        return None  # what comes and goes follows those that need it
    kind = update_kind(old, new)
    for group in groups:
        named = any(fnmatchcase(package, pattern) for pattern in group.packages)
        if named and kind in group.updates:
            return group.name
    return None


def decide_share(
    event: UpdateEvent, share: Share, facts: Facts, allowance: Allowance
) -> list[Action]:
    """Return what to do about one share, in order."""
    outcome, branch = share.outcome, share.branch
    mine = [each for each in facts.pull_requests if each.branch == branch]
    opened = next((each for each in mine if each.state == "open"), None)
    if outcome is None or outcome.status != "improved" or outcome.new_text is None:
        return [Nothing(f"{plain(share.group)}: no stack moves these packages alone", branch)]
    editor = editor_of(branch, facts)
    if editor is not None and event.kind != "recreate":
        return leave_to_person(facts.branches[branch].state, editor, opened)
    declined = mine[-1] if mine and opened is None else None
    if event.kind == "push" and declined is not None and _is_declined(declined, outcome):
        return [Nothing("a person closed this very proposal; new input brings another", branch)]
    present = facts.branches.get(branch)
    if event.kind == "push" and facts.waits and can_wait(present, outcome, opened):
        return [Nothing(f"the schedule is closed until {facts.waits}", branch, held=True)]
    plain_title = messages.pull_request_title(outcome)
    title = facts.style.as_title(f"{plain(share.group, limit=60)}: {plain_title}", outcome)
    body = package_texts.packages_body(
        outcome, share.wish, branch=branch, group=share.group, releases=facts.releases
    )
    commit = None
    if not is_current(present, outcome):
        message = package_texts.packages_message(outcome, share.wish, branch=branch)
        commit = NewCommit(
            branch=branch,
            parent=facts.base.head,
            expected_head=present.state.head if present is not None else None,
            files=outcome.files,
            message=facts.style.as_message(message, outcome),
        )
    people = facts.people.get(share.lockfile, NOBODY)
    base = facts.base.branch
    opening = OpenPullRequest(branch, base, title, body, commit, facts.labels, people)
    actions = bring(opening, opened, facts.releases)
    return allowance.grant(actions) if event.kind == "push" else actions


def _is_declined(last: PullRequest, outcome: LockOutcome) -> bool:
    """Return whether a person closed a pull request that proposed the same."""
    if last.state != "closed" or last.closed_by_thoth:
        return False
    return package_texts.packages_digest(last.body) == messages.files_digest(outcome.files)


def close_empty(shares: Sequence[Share], facts: Facts) -> list[Action]:
    """Return what closes pull requests of groups that have nothing to bring any more."""
    wanted = {share.branch for share in shares}
    reason = f"Its group has nothing to bring to {code(facts.base.branch)} any more."
    return [
        Close(each.number, each.branch, reason)
        for each in facts.pull_requests
        if each.state == "open"
        and is_for_group(each.branch)
        and each.branch not in wanted
        and editor_of(each.branch, facts) is None
    ]

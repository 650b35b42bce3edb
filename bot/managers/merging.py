"""When a pull request of Thoth's may be merged: `merge when green`, and `mode: automerge`. Pure.

Green means: at least one check, every check finished, and none of them failed. GitHub's own auto-merge
waits for *required* checks only; this waits for all, so that a red one that nobody required stops it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.update_kinds import update_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.update_kinds import Update

__all__ = [
    "Check",
    "MergeFacts",
    "Verdict",
    "Weakest",
    "decide_merge",
    "largest_update",
]

_ORDER: tuple[Update, ...] = ("none", "patch", "minor", "major")


@dataclass(frozen=True, slots=True)
class Check:
    """One check on a pull request's head: a check run of anybody's, or a commit status."""

    name: str
    """Hostile: escape."""
    state: Literal["pending", "passed", "failed"]


@dataclass(frozen=True, slots=True)
class Weakest:
    """The release of a pull request that is least likely to pass."""

    package: str
    """Empty: nothing is known of any. Hostile: escape."""
    version: str
    percent: int
    """Of CI runs that pass, reached with 95 % credibility."""
    seen: str
    """What was seen of it, with counts; empty: nothing."""


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """What is known of one open pull request of Thoth's."""

    asked: bool
    """A person with write access asked for it, and nobody cancelled it since."""
    automatic: frozenset[str] = frozenset()
    """Kinds of updates that `mode: automerge` allows; empty: nothing is merged unasked."""
    update: Update = "major"
    """The largest update in it."""
    edited_by: str | None = None
    """Who besides Thoth committed to it."""
    checks: tuple[Check, ...] = ()
    confidence: int = 0
    """Percent that the weakest release must reach to be merged unasked; 0: its checks are enough."""
    weakest: Weakest | None = None
    """None: not looked at."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do."""

    action: Literal["merge", "wait", "stop", "doubt"]
    """`stop`: it is not merged as it is; a person is told, once for each commit. `doubt`: it is green, and
    not seen to pass often enough elsewhere to be merged unasked; that is told too."""
    failed: tuple[str, ...] = ()
    """Names of the checks that stand in the way; hostile: escape."""


def decide_merge(facts: MergeFacts) -> Verdict:
    """Return whether to merge, to wait for checks, or to leave it."""
    if facts.edited_by is not None and not facts.asked:
        return Verdict("wait")
    if not facts.asked and facts.update not in facts.automatic:
        return Verdict("wait")
    failed = tuple(check.name for check in facts.checks if check.state == "failed")
    if failed:
        return Verdict("stop", failed)
    if not facts.checks or any(check.state == "pending" for check in facts.checks):
        return Verdict("wait")
    if not facts.asked and facts.confidence and facts.weakest is not None:
        return Verdict("merge" if facts.weakest.percent >= facts.confidence else "doubt")
    return Verdict("merge")


def largest_update(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Update:
    """Return the largest update between two lockfiles, category to package to version.

    Each counts as `update_kind` has it.
    """
    found: Update = "none"
    for category in {*before, *after}:
        old, new = before.get(category, {}), after.get(category, {})
        for package in {*old, *new}:
            kind = update_kind(old.get(package), new.get(package))
            found = max(found, kind, key=_ORDER.index)
    return found

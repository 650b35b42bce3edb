"""What the checks of a commit say of the update that it makes. Pure.

A check counts against an update only if it passed without it: what is red on the base, or was never seen
there, has other reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.model import Environment

__all__ = ["CheckResult", "Judgement", "describe_environment", "judge_base", "judge_checks"]

UNSEEN_CERTAINTY = 50
"""Hundredths of a failure that count where nobody saw the checks pass without the update: it may well be
the update, for CI that runs on pull requests alone never shows more."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a commit: the newest run of a check run, or a commit status."""

    name: str
    """With who reports it, so that two Apps do not answer for each other. Hostile: escape."""
    state: Literal["pending", "passed", "failed", "error", "skipped"]
    """`error`: it ended before it tested anything. `skipped`: it says nothing."""
    ended_at: int | None = None
    """Epoch seconds, as reported."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is concluded."""

    outcome: Literal["passed", "failed", "error"] | None
    """None: nothing."""
    reason: str
    """Lower case, plain text but for names of checks: escape."""
    certainty: int = 100
    """Of a failure, in hundredths."""
    failed: tuple[str, ...] = ()
    """Names of the checks that count against the update."""


def judge_checks(head: Sequence[CheckResult], base: Sequence[CheckResult]) -> Judgement:
    """Return what the head's checks say of what was changed since the base's."""
    if not head:
        return Judgement(None, "there are no checks")
    if any(each.state == "pending" for each in head):
        return Judgement(None, "checks are running")
    failed = [each.name for each in head if each.state == "failed"]
    if not failed:
        if any(each.state == "error" for each in head):
            return Judgement("error", "a check ended before it tested anything")
        if any(each.state == "passed" for each in head):
            return Judgement("passed", "every check passed")
        return Judgement(None, "no check tested anything")
    without = {each.name: each.state for each in base if each.state != "skipped"}
    if not without:
        return Judgement(
            "failed", "failed; nothing is known without it", UNSEEN_CERTAINTY, tuple(failed)
        )
    states = {name: without.get(name) for name in failed}
    counted = tuple(name for name, state in states.items() if state == "passed")
    if counted:
        return Judgement("failed", "failed, and passed without it", failed=counted)
    if "pending" in states.values():
        return Judgement(None, "checks of the base are running")
    if any(states.values()):
        return Judgement(None, "the base is red too")
    return Judgement(None, "what failed was never seen to pass on the base")


def judge_base(head: Sequence[CheckResult]) -> Judgement:
    """Return what the checks of the default branch say: nothing but good."""
    found = judge_checks(head, ())
    if found.outcome in {"failed", "error"}:
        return Judgement(None, "the base is red, for whatever reason")
    return found


def describe_environment(environments: Sequence[Environment]) -> dict[str, str]:
    """Return what is known of where the checks ran: what the lockfile's environments have in common."""
    pythons = {".".join(each.python.split(".")[:2]) for each in environments}
    platforms = {each.platform for each in environments}
    found: dict[str, str] = {}
    if len(pythons) == 1:
        found["python"] = pythons.pop()
    platform = platforms.pop() if len(platforms) == 1 else None
    if platform:
        found["platform"] = platform
    return found

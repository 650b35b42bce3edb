"""Answers to `explain` and `why PACKAGE`: what an advice says of a stack, and of one package. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.advice import advice_sections, quality
from bot.conversation.quoting import code, fence, remark
from bot.conversation.sections import MAX_PATH
from bot.conversation.tables import MAX_NAME, MAX_VERSION, MAX_WHY, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.advice import AdvisedPackage
    from advisor_core.outcome import LockOutcome

__all__ = ["explain", "why"]

_MOST_LOCKFILES = 5
"""Whose reasons fit into one comment; the check runs and pull requests of others have theirs."""

_TABLE_BYTES = 6_000
_CONFLICT_BYTES = 8_000


def explain(outcomes: Sequence[LockOutcome]) -> str:
    """Return how good each lockfile's best stack is, and why; or why there is none."""
    parts = []
    for outcome in outcomes[:_MOST_LOCKFILES]:
        parts.append(f"### {code(outcome.target.lockfile, limit=MAX_PATH)}")
        if outcome.conflict is not None:
            parts += ["No stack exists.", _conflict(outcome)]
        elif outcome.advice is not None:
            parts += [quality(outcome.advice), advice_sections(outcome.advice)]
        else:
            parts.append("Newest-first, not scored: nothing more is known of this stack.")
    left = len(outcomes) - _MOST_LOCKFILES
    parts += [f"… and {left} more lockfiles."] if left > 0 else []
    return "\n\n".join(parts) or "There is no lockfile to explain."


def why(package: str, outcomes: Sequence[LockOutcome]) -> str:
    """Return why a package is at its release in each lockfile, and why no newer one was chosen."""
    parts = []
    for outcome in outcomes:
        found = [
            each
            for each in (outcome.advice.packages if outcome.advice is not None else ())
            if each.name == package
        ]
        parts += [_package(each, outcome) for each in found[:_MOST_LOCKFILES]]
        if not found and outcome.conflict is not None:
            lockfile = code(outcome.target.lockfile, limit=MAX_PATH)
            parts.append(f"No stack exists for {lockfile}.\n\n{_conflict(outcome)}")
    if not parts:
        return f"{code(package, limit=MAX_NAME)} is in no stack of this repository."
    return "\n\n".join(parts[:_MOST_LOCKFILES])


def _conflict(outcome: LockOutcome) -> str:
    explanation = outcome.conflict.explanation if outcome.conflict is not None else ""
    return fence(explanation, limit_bytes=_CONFLICT_BYTES)


def _package(package: AdvisedPackage, outcome: LockOutcome) -> str:
    kind = "direct" if package.direct else "transitive"
    head = (
        f"**{code(package.name, limit=MAX_NAME)} {code(package.version, limit=MAX_VERSION)}** in "
        f"{code(outcome.target.lockfile, limit=MAX_PATH)} ({kind}), {package.points} points"
    )
    parts = [head]
    if package.seen:
        parts.append(f"CI: {remark(package.seen, limit=MAX_WHY)}.")
    rows = [
        (code(part.name, limit=MAX_NAME), str(part.points), remark(part.source, limit=MAX_WHY))
        for part in package.parts
        if part.points
    ]
    if rows:
        parts.append(table(("Points from", "", "Source"), rows, limit_bytes=_TABLE_BYTES)[0])
    newer = [
        (
            code(each.version, limit=MAX_VERSION),
            "no valid stack" if each.points is None else f"{each.points:+}",
            "; ".join(remark(reason, limit=MAX_WHY) for reason in each.reasons),
        )
        for each in package.not_chosen
    ]
    if newer:
        shown, left = table(("Newer", "Stack gains", "Why not"), newer, limit_bytes=_TABLE_BYTES)
        parts.append(shown + (f"\n\n… and {left} more." if left else ""))
    else:
        parts.append("No newer release is a candidate.")
    return "\n\n".join(parts)

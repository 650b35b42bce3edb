"""What CI said of the releases that an update brings, as a part of a pull request's text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.scoring.components.measured import OWN_FAILED
from bot.conversation.quoting import code, remark
from bot.conversation.tables import MAX_NAME, MAX_VERSION, MAX_WHY, table

if TYPE_CHECKING:
    from advisor_core.outcome import LockOutcome

__all__ = ["held_back", "seen_in_ci"]

_BYTES = 2_500

_MOST_HELD_BACK = 5


def seen_in_ci(outcome: LockOutcome) -> str:
    """Return how often the new releases were seen to pass; empty when none was tried anywhere."""
    if outcome.advice is None:
        return ""
    changed = {(each.category, each.package) for each in outcome.changes if each.new is not None}
    packages = [each for each in outcome.advice.packages if (each.category, each.name) in changed]
    rows = [
        (
            code(each.name, limit=MAX_NAME),
            code(each.version, limit=MAX_VERSION),
            remark(each.seen, limit=MAX_WHY),
        )
        for each in packages
        if each.seen
    ]
    if not rows:
        return ""
    text, left = table(("Package", "Release", "CI"), rows, limit_bytes=_BYTES)
    more = f"\n\n… and {left} more." if left else ""
    unknown = len(packages) - len(rows)
    untried = f"\n\nThe other {unknown} were not tried here yet." if unknown > 1 else ""
    if unknown == 1:
        untried = "\n\nThe other one was not tried here yet."
    return f"### Seen in CI\n\n{text}{more}{untried}"


def held_back(outcome: LockOutcome) -> str:
    """Return which newer releases are held back because they failed here; empty when none is."""
    if outcome.advice is None:
        return ""
    failed = [
        (each.name, newer.version)
        for each in outcome.advice.packages
        for newer in each.not_chosen
        if any(OWN_FAILED in reason for reason in newer.reasons)
    ]
    if not failed:
        return ""
    named = [
        f"{code(name, limit=MAX_NAME)} {code(version, limit=MAX_VERSION)}"
        for name, version in failed[:_MOST_HELD_BACK]
    ]
    more = f" and {len(failed) - _MOST_HELD_BACK} more" if len(failed) > _MOST_HELD_BACK else ""
    required = "".join(failed[0][:1]) + "==" + failed[0][1]
    return (
        f"The checks of this repository failed with {', '.join(named)}{more}, so that is not proposed "
        "again by itself; a newer release is. To have it all the same, require it in the manifest: "
        f"{code(required, limit=MAX_NAME)}."
    )

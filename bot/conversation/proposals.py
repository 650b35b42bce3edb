"""What check runs on a person's pull request say of a lockfile that could be better. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.advice import advice_sections, quality
from bot.conversation.quoting import code, plain
from bot.conversation.sections import MAX_PATH, by_hand, count, environments, skipped_releases
from bot.conversation.tables import change_tables

if TYPE_CHECKING:
    from advisor_core.outcome import LockOutcome

__all__ = ["proposal_summary", "proposal_title", "settled_summary"]

_CHANGES_BYTES = 24_000

_AFTERWARDS = "Once this is merged, Thoth proposes it in a pull request of its own."
_HERE = "`Apply advice` commits it here; else, once this is merged, Thoth proposes it by itself."


def proposal_title(outcome: LockOutcome) -> str:
    """Return the title of a check run when the lockfile could be better. Not Markdown."""
    changes = count(len(outcome.changes), "change")
    return plain(f"{outcome.target.lockfile} can be better: {changes}", limit=200)


def proposal_summary(outcome: LockOutcome, *, may_apply: bool = False) -> str:
    """Return the check run's text when the lockfile could be better.

    `may_apply`: it has a button that commits the lockfile.
    """
    lockfile = code(outcome.target.lockfile, limit=MAX_PATH)
    changes = change_tables(outcome.changes, limit_bytes=_CHANGES_BYTES)
    parts = [
        f"A stack exists. {lockfile} in this pull request is not the one that Thoth would write. "
        + (_HERE if may_apply else _AFTERWARDS),
        f"### Changes\n\n{changes}" if changes else "",
        f"### How good it is\n\n{quality(outcome.advice)}" if outcome.advice is not None else "",
        advice_sections(outcome.advice) if outcome.advice is not None else "",
        "### Environments\n\n" + environments(outcome.target),
        "### By hand\n\n" + by_hand(outcome.target, write=True, advised=outcome.advice is not None),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def settled_summary(outcome: LockOutcome) -> str:
    """Return the check run's text when nothing is left to improve."""
    lockfile = code(outcome.target.lockfile, limit=MAX_PATH)
    parts = [
        f"A stack exists, and {lockfile} in this pull request is the one that Thoth would write.",
        "### Environments\n\n" + environments(outcome.target),
        skipped_releases({"": outcome.conflict.skipped}) if outcome.conflict else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"

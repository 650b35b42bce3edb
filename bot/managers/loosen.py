"""The pull request that loosens a manifest's line so that a stack exists again: its texts. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from bot.conversation.quoting import code, fence, plain, unlinked
from bot.conversation.sections import MAX_PATH
from bot.conversation.tables import change_tables
from bot.forge import BranchName, CheckAction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.outcome import LockOutcome

__all__ = [
    "LOOSEN",
    "loosen_body",
    "loosen_branch",
    "loosen_message",
    "loosen_title",
    "loosened_meanwhile",
]

LOOSEN = CheckAction("Loosen", "Propose to loosen the lines at fault", "loosen")
"""The button on a check run that tells of a conflict."""

_PREFIX = "thoth/loosen/"
_CHANGES_BYTES = 20_000
_CONFLICT_BYTES = 8_000


def loosen_branch(manifest: str) -> BranchName:
    """Return the branch for a manifest: the same for the same path, for no other."""
    slug = re.sub(r"[^a-z0-9]+", "-", manifest.lower()).strip("-")[:60] or "manifest"
    digest = hashlib.sha256(manifest.encode("utf-8", "surrogateescape")).hexdigest()
    return BranchName(f"{_PREFIX}{slug}-{digest[:8]}")


def loosen_title(outcome: LockOutcome) -> str:
    """Return the title of the pull request."""
    return f"Loosen {unlinked(plain(outcome.target.manifest.path, limit=MAX_PATH))}"


def loosen_message(outcome: LockOutcome) -> str:
    """Return the message of the commit."""
    return f"{loosen_title(outcome)}\n\nNo stack satisfied it; with these lines one does.\n"


def loosened_meanwhile(manifest: str, base: str) -> str:
    """Return why such a pull request is closed. Markdown."""
    path = code(manifest, limit=MAX_PATH)
    return f"{path} on {code(base)} has a stack again: nothing has to be loosened any more."


def loosen_body(
    conflict: LockOutcome, outcome: LockOutcome, lines: Sequence[tuple[str, str, str]]
) -> str:
    """Return the text: what changes (place, before, after), what it leads to, and why.

    `conflict` is what there was, `outcome` what there is with the lines loosened.
    """
    manifest = code(outcome.target.manifest.path, limit=MAX_PATH)
    changed = "\n".join(f"{place}\n- {before}\n+ {after}" for place, before, after in lines)
    explanation = conflict.conflict.explanation if conflict.conflict is not None else ""
    parts = [
        f"No stack satisfies {manifest} as it is. With this change one does, and here is its lockfile.",
        fence(changed, limit_bytes=_CONFLICT_BYTES),
        "The line may have had a reason that Thoth cannot see: check that the newer release works.",
        "### Lockfile\n\n" + change_tables(outcome.changes, limit_bytes=_CHANGES_BYTES),
        "### Why\n\n" + fence(explanation, limit_bytes=_CONFLICT_BYTES),
    ]
    return "\n\n".join(parts) + "\n"

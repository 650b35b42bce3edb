"""The pull request that changes rules of `.thoth.yaml`: its branch and its texts. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from bot.conversation.decisions import decode_steps, encode_steps
from bot.conversation.quoting import (
    code,
    comment_block,
    fence,
    plain,
    read_comment_block,
    unlinked,
)
from bot.forge import BranchName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversation.decisions import Step

__all__ = [
    "CONFIGURATION_BRANCH",
    "read_rules_steps",
    "read_undone",
    "rules_body",
    "rules_message",
    "rules_title",
]

CONFIGURATION_BRANCH = BranchName("thoth/config/rules")
"""One for all rules that were asked for and are not merged yet."""

_MARKER = "thoth-rules/1"
_MOST_STEPS = 20


def rules_title(path: str) -> str:
    """Return the title of the pull request."""
    return f"Change rules in {unlinked(plain(path))}"


def rules_message(asked: str) -> str:
    """Return the message of the commit; `asked` is the command."""
    return f"Change rules of packages\n\nAsked for: {unlinked(plain(asked))}\n"


def read_rules_steps(body: str) -> tuple[Step, ...]:
    """Return how the changes in a pull request's text are taken back, the first made first."""
    return decode_steps((read_comment_block(_MARKER, body) or {}).get("undo", ""))


def read_undone(body: str) -> tuple[str, ...]:
    """Return who asked to take changes back, as `rules_body` was told."""
    return tuple((read_comment_block(_MARKER, body) or {}).get("undone", "").split())


def rules_body(
    before: bytes | None,
    after: bytes,
    *,
    path: str,
    steps: Sequence[Step] = (),
    undone: Sequence[str] = (),
) -> str:
    """Return the text: what changes, line by line, and hidden how each change is taken back.

    `undone`: what asked to take changes back, without blanks, so that a run which is repeated knows.
    """
    old = (before or b"").decode("utf-8", "replace").splitlines()
    new = after.decode("utf-8", "replace").splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    block = {"undo": encode_steps(steps[-_MOST_STEPS:])}
    if undone:
        block["undone"] = " ".join(undone[-_MOST_STEPS:])
    return (
        f"People asked for these rules in comments. They count once this is merged into {code(path)}.\n\n"
        f"{fence(chr(10).join(lines))}\n\n"
        "`/thoth show ignores` lists the rules that count; `/thoth unignore PACKAGE` proposes to remove "
        "one, `/thoth undo` takes the last one back. Close this pull request to drop them.\n\n"
        f"{comment_block(_MARKER, block)}\n"
    )

"""The pull request that changes rules of `.thoth.yaml`: its branch and its texts. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from bot.conversation.quoting import code, fence, plain, unlinked
from bot.forge import BranchName

if TYPE_CHECKING:
    from bot.conversation.commands import Command

__all__ = ["CONFIGURATION_BRANCH", "rules_body", "rules_message", "rules_title"]

CONFIGURATION_BRANCH = BranchName("thoth/config/rules")
"""One for all rules that were asked for and are not merged yet."""


def rules_title(path: str) -> str:
    """Return the title of the pull request."""
    return f"Change rules in {unlinked(plain(path))}"


def rules_message(command: Command) -> str:
    """Return the message of the commit."""
    return f"Change rules of packages\n\nAsked for: {unlinked(plain(command.text))}\n"


def rules_body(before: bytes | None, after: bytes, *, path: str) -> str:
    """Return the text: what changes, line by line."""
    old = (before or b"").decode("utf-8", "replace").splitlines()
    new = after.decode("utf-8", "replace").splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    return (
        f"People asked for these rules in comments. They count once this is merged into {code(path)}.\n\n"
        f"{fence(chr(10).join(lines))}\n\n"
        "`/thoth show ignores` lists the rules that count; `/thoth unignore PACKAGE` proposes to remove "
        "one. Close this pull request to drop them.\n"
    )

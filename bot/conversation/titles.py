"""The titles of issues that are commands: those of Kebechet, and their plain forms. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.conversation.commands import Command, parse_release

if TYPE_CHECKING:
    from bot.conversation.commands import CommandName

__all__ = ["parse_title"]

_LONGEST_TITLE = 500

_TITLES: dict[str, CommandName] = {"update": "update", "advise": "advise", "info": "info"}
_TITLE = re.compile(
    r"\s*(?:new\s+(?P<kind>major|minor|patch|calendar|pre-?)\s*release|(?P<final>finalize\s+version)"
    r"|v?(?P<version>\d[0-9a-z.!+-]{0,60})\s+release)\s*",
    re.IGNORECASE | re.ASCII,
)
_TITLE = re.compile(r"\s*(?:(?:kebechet|thoth|/thoth)\s+)(update|advise|info)\s*", re.IGNORECASE)
_RELEASE_TITLE = re.compile(
    r"\s*(?:new\s+(?P<kind>major|minor|patch|calendar|pre-?)\s*release|(?P<final>finalize\s+version)"
    r"|v?(?P<version>\d[0-9a-z.!+-]{0,60})\s+release)\s*",
    re.IGNORECASE | re.ASCII,
)


def parse_title(title: str) -> Command | None:
    """Return the command that an issue's title is: `Kebechet update`, or `Thoth update`; else None.

    A release is asked for as Kebechet had it: `New minor release`, `1.2.3 release`.
    """
    match = _TITLE.fullmatch(title[:_LONGEST_TITLE])
    if match:
        return Command(_TITLES[match[1].lower()])
    asked = _RELEASE_TITLE.fullmatch(title[:_LONGEST_TITLE])
    if asked is None:
        return None
    words = "final" if asked["final"] else (asked["kind"] or asked["version"])
    found = parse_release("release", [words.removesuffix("-")])
    return found if isinstance(found, Command) else None

"""Text from outside, made safe for a terminal."""

from __future__ import annotations

__all__ = ["for_terminal"]


def for_terminal(text: str) -> str:
    """Return the text with control characters (but line ends and tabs) shown as escapes.

    A package name or an index answer could otherwise move the cursor, set the window's title or hide
    what follows. Bidirectional overrides are shown too (CVE-2021-42574).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in "\n\t" or character.isprintable()
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )

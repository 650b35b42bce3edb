"""What bounds the texts that `standards` reads, and the checks of it for the pure twin.

The C core has the same numbers in `ext/core`.
"""

from __future__ import annotations

__all__ = [
    "FILENAME_LENGTH_LIMIT",
    "MARKER_DEPTH_LIMIT",
    "TAG_LIMIT",
    "TEXT_LENGTH_LIMIT",
    "check_ascii",
    "check_length",
]

TEXT_LENGTH_LIMIT = 65536
"""Bytes of UTF-8 in one version, specifier, requirement or marker. The longest
requirement on the public index is under 2 KiB. A longer text is a ValueError."""

FILENAME_LENGTH_LIMIT = 1024
"""Characters of a wheel's or sdist's filename. File systems end at 255."""

MARKER_DEPTH_LIMIT = 64
"""Parentheses of a marker that are open at once; what is read by recursion needs such a bound.
People nest two or three. A deeper marker is a ValueError."""

TAG_LIMIT = 4096
"""Tags that one compressed tag set may stand for: a filename of 300 characters could otherwise
stand for a hundred thousand. Past it the filename is a ValueError."""


def check_length(text: str) -> None:
    """Raise ValueError when the text is too long, or has no UTF-8."""
    if len(text.encode()) > TEXT_LENGTH_LIMIT:
        raise ValueError(f"longer than {TEXT_LENGTH_LIMIT} bytes: {text[:80]!r}")


def check_ascii(text: str) -> str:
    """Return the text. Raises ValueError when it is too long or not ASCII."""
    check_length(text)
    if not text.isascii():
        raise ValueError(f"not ASCII: {text!r:.200}")
    return text

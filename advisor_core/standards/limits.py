"""What bounds the texts that `standards` reads. The C core has the same numbers in `ext/core`."""

from __future__ import annotations

__all__ = ["FILENAME_LENGTH_LIMIT", "MARKER_DEPTH_LIMIT", "TAG_LIMIT", "TEXT_LENGTH_LIMIT"]

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

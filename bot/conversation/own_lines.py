"""The lines of a comment that its author says: what is shown as code or quoted says nothing.

For example, a line between two backticks that stand on lines of their own is code, and closes nothing.
No parser of Markdown: where one would see more than this does, a line counts.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["own_lines"]

_FENCE = re.compile(r" {0,3}((?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}|~{3,})")
"""How a block of code begins: perhaps as an item of a list, whose lines are indented as they like."""

_CLOSING = re.compile(r"( *)(`{3,}|~{3,})[ \t]*")
_SPAN = re.compile(r"`[^`]*`")
_BACKTICKS = re.compile(r"(?<![`\\])`+(?!`)")
_NEW_BLOCK = re.compile(r"[ \t]*(?:$|[>#]|[-*+][ \t]|\d{1,9}[.)][ \t])")
"""A line that ends the paragraph before it: no code span goes on into it."""

_QUOTING = re.compile(r"<(/?)(?:pre|code|blockquote)\b[^<>]*>", re.IGNORECASE)
"""HTML in which a line is code, or somebody else's."""


def own_lines(body: str) -> Iterator[str]:
    """Yield the lines that the author says themself: not in code, quotations or HTML comments.

    Stripped of the space around them. O(characters).
    """
    lines = list(_outside_blocks(body))
    spanned = _in_code_spans(lines)
    for place, line in enumerate(lines):
        is_quoted = line.startswith(("    ", "\t")) or line.lstrip().startswith(">")
        if line and place not in spanned and not is_quoted:
            yield line.strip()


def _in_code_spans(lines: Sequence[str]) -> set[int]:
    """Return the places of lines at whose start a code span is open.

    It ends with as many backticks as it began with, within its paragraph
    (https://spec.commonmark.org/0.31.2/#code-spans). O(characters).
    """
    found: set[int] = set()
    runs: list[tuple[int, int]] = []
    for place, line in enumerate([*lines, ""]):
        if _NEW_BLOCK.match(line):
            found |= _between(runs)
            runs = []
        runs += [(place, len(run[0])) for run in _BACKTICKS.finditer(line)]
    return found


def _between(runs: Sequence[tuple[int, int]]) -> set[int]:
    """Return the lines after the one where a run of backticks opens, to the one where it is closed."""
    found: set[int] = set()
    left = Counter(length for _, length in runs)
    opened: tuple[int, int] | None = None
    for place, length in runs:
        left[length] -= 1
        if opened is None:
            opened = (place, length) if left[length] else None
        elif opened[1] == length:
            found.update(range(opened[0] + 1, place + 1))
            opened = None
    return found


def _outside_blocks(body: str) -> Iterator[str]:
    """Yield the lines outside of blocks of code, HTML comments and HTML that quotes; empty for the others."""
    fence = ""
    in_item = hidden = False
    inside = 0
    for line in body.splitlines():
        if fence:
            closing = _CLOSING.fullmatch(line)
            if closing and closing[2].startswith(fence) and (in_item or len(closing[1]) < 4):
                fence = ""
            yield ""
            continue
        opening = None if hidden else _FENCE.match(line)
        if opening:
            in_item, fence = bool(opening[1]), opening[2]
            yield ""
            continue
        visible, hidden = _without_comments(line, hidden=hidden)
        was_inside = inside
        for tag in _QUOTING.findall(_SPAN.sub("", visible)):
            inside = max(inside - 1, 0) if tag else inside + 1
        yield "" if was_inside or inside else visible


def _without_comments(line: str, *, hidden: bool) -> tuple[str, bool]:
    """Return the line without HTML comments, and whether one is still open at its end."""
    parts = []
    while line:
        if hidden:
            _, end, line = line.partition("-->")
            hidden = not end
        else:
            before, start, line = line.partition("<!--")
            parts.append(before)
            hidden = bool(start)
    return "".join(parts), hidden

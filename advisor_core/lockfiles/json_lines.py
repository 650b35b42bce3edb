"""At which line each key of a JSON object stands. Performs no I/O of its own.

`json` tells values but no lines. The scanner reads a text that `json` has accepted once, in linear
time; of other text it tells some lines, never an error.

Example: in `{` on line 1 and `"default": {"a": {}}` on line 2, the paths `("default",)` and
`("default", "a")` have line 2.
"""

from __future__ import annotations

import json
import re

__all__ = ["json_lines"]

# The last quote may be missing: looking for it from each quote again would take quadratic time.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{}\],:\n]', re.DOTALL)


def json_lines(text: str, *, depth: int = 3) -> dict[tuple[str, ...], int]:
    """Return the 1-based line of each key by its path, of keys at most `depth` deep.

    What stands inside an array is left out.
    """
    lines: dict[tuple[str, ...], int] = {}
    keys: list[str | None] = []
    """The present key of each open object; None for an array, or before a key was seen."""
    arrays, line, last = 0, 1, ""
    for found in _TOKEN.finditer(text):
        mark = found.group()
        if mark == "\n":
            line += 1
        elif mark[0] == '"':
            last = mark
            line += mark.count("\n")
        elif mark == ":" and keys and not arrays and len(keys) <= depth:
            keys[-1] = _decode(last)
            lines.setdefault(tuple(key for key in keys if key is not None), line)
        elif mark in "{[":
            keys.append(None)
            arrays += mark == "["
        elif mark in "}]" and keys:
            keys.pop()
            arrays = max(0, arrays - (mark == "]"))
    return lines


def _decode(mark: str) -> str:
    try:
        return str(json.loads(mark))
    except ValueError:
        return mark

"""JSON5 (https://spec.json5.org) by way of YAML, of which it is nearly a part. Pure.

What YAML does not read so is put right outside of strings: comments become blanks, and tabs too.
Line ends inside a string (an escaped one in JSON5) are left to YAML, which folds them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.config.yaml_tree import read_yaml

if TYPE_CHECKING:
    from advisor_core.config.yaml_tree import Node

__all__ = ["read_json5"]

_TOKEN = re.compile(
    r"""
      "(?:[^"\\]|\\.)*"         # a string
    | '(?:[^'\\]|\\.)*'
    | /\*.*?(?:\*/|\Z)          # a comment
    | //[^\n]*
    | [\t:]                     # YAML wants a blank after a colon, and no tab
    """,
    re.VERBOSE | re.DOTALL,
)


def read_json5(content: bytes, path: str) -> Node | None:
    """Return the document as a tree. Raises InputError, also for what is no UTF-8."""
    text = content.decode("utf-8", "replace")
    return read_yaml(_TOKEN.sub(_replace, text).encode(), path)


def _replace(match: re.Match[str]) -> str:
    found = match[0]
    if found == ":":
        return ": "
    if found[0] == "'":
        # YAML's single quotes know no escapes; JSON5's are those of double quotes.
        inner = found[1:-1].replace("\\'", "'").replace('"', '\\"')
        return f'"{inner}"'
    if found[0] == '"':
        return found
    return "\n" * found.count("\n") or " "

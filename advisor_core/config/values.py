"""Typed values out of a YAML tree: each method returns the value, or notes a fault.

Strict: a text field takes no number, a number field no text. Only where people write versions
(`python_version: 3.10`) is a number accepted, as the text that it was written with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.config.yaml_tree import MappingNode, ScalarNode, SequenceNode
from advisor_core.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Collection

    from advisor_core.config.yaml_tree import Node

__all__ = ["Reader", "suggest"]

_LONGEST_TEXT = 1000
"""Characters of one text; names and references are far shorter."""

# The core types of YAML 1.1 as PyYAML resolves them: https://yaml.org/type/
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NUMBER = r"[-+]?(\.\d+|\d[\d_]*(\.[\d_]*)?([eE][-+]\d+)?|0x[\da-fA-F_]+|0o?[0-7_]+|\.inf|\.nan)"


class Reader:
    """Reads values of one file and collects every fault."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []

    def fault(self, node: Node | int, message: str, hint: str = "") -> None:
        """Note a fault at a node, or at a 1-based line."""
        line = node if isinstance(node, int) else node.line
        self.faults.append(Fault(f"{self.path}:{line}", message, hint))

    def mapping(self, node: Node | None, what: str) -> MappingNode | None:
        """Return a mapping; None when it is absent, null or, with a fault, something else."""
        if node is None or is_null(node):
            return None
        if not isinstance(node, MappingNode):
            self.fault(node, f"`{what}` must be a mapping (`key: value`), not {describe(node)}")
            return None
        return node

    def sequence(self, node: Node | None, what: str) -> SequenceNode | None:
        """Return a list, as `mapping` does."""
        if node is None or is_null(node):
            return None
        if not isinstance(node, SequenceNode):
            self.fault(node, f"`{what}` must be a list (`- item`), not {describe(node)}")
            return None
        return node

    def text(self, node: Node | None, what: str, *, number: bool = False) -> str | None:
        """Return a text without blanks around it; with `number` a plain number's own text too."""
        if node is None or is_null(node):
            return None
        kind = describe(node)
        if not isinstance(node, ScalarNode):
            self.fault(node, f"`{what}` must be a text, not {kind}")
            return None
        if kind != "a text" and not (number and kind == "a number"):
            self.fault(
                node, f"`{what}` must be a text, not {kind}: {node.text}", f"write '{node.text}'"
            )
            return None
        text = node.text.strip()
        if not text.isprintable() or len(text) > _LONGEST_TEXT:
            self.fault(
                node,
                f"`{what}` holds control characters or is longer than {_LONGEST_TEXT} characters: "
                f"{text[:60]!r}",
            )
            return None
        return text or None

    def choice(self, node: Node | None, what: str, choices: Collection[str]) -> str | None:
        """Return one of the choices, in their spelling; upper and lower case are the same."""
        text = self.text(node, what)
        if node is None or text is None:
            return None
        if text.lower() in choices:
            return text.lower()
        self.fault(
            node,
            f"`{what}` must be one of {', '.join(choices)}: {text!r}",
            suggest(text.lower(), choices),
        )
        return None

    def boolean(self, node: Node | None, what: str) -> bool | None:
        """Return true or false, in any spelling of YAML 1.1."""
        if node is None or is_null(node):
            return None
        if isinstance(node, ScalarNode) and node.plain and node.text in _TRUE | _FALSE:
            return node.text in _TRUE
        self.fault(node, f"`{what}` must be `true` or `false`, not {describe(node)}")
        return None

    def integer(self, node: Node | None, what: str) -> int | None:
        """Return a whole number of at most 18 digits."""
        if node is None or is_null(node):
            return None
        if isinstance(node, ScalarNode) and re.fullmatch(r"[-+]?\d{1,18}", node.text, re.ASCII):
            return int(node.text)
        self.fault(node, f"`{what}` must be a whole number, not {describe(node)}")
        return None

    def free(self, node: Node) -> object:
        """Return any value: texts, booleans, whole numbers, None, lists and mappings."""
        if isinstance(node, MappingNode):
            return {key: self.free(value) for key, value in node.entries.items()}
        if isinstance(node, SequenceNode):
            return [self.free(item) for item in node.items]
        if not node.plain:
            return node.text
        if node.text in _NULL:
            return None
        if node.text in _TRUE or node.text in _FALSE:
            return node.text in _TRUE
        return int(node.text) if re.fullmatch(r"[-+]?\d{1,18}", node.text, re.ASCII) else node.text

    def check_keys(self, node: MappingNode, known: Collection[str], what: str) -> None:
        """Note a fault for every key that is not known, with the nearest that is."""
        for key, line in node.key_lines.items():
            if key not in known:
                place = f" in {what}" if what else ""
                self.fault(line, f"unknown key{place}: {key[:60]!r}", suggest(key, known))


def is_null(node: Node) -> bool:
    """Return whether the node is YAML's null."""
    return isinstance(node, ScalarNode) and node.plain and node.text in _NULL


def describe(node: Node) -> str:
    """Return what the node is, for messages: `a number`."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    if not node.plain:
        return "a text"
    if node.text in _NULL:
        return "nothing"
    if node.text in _TRUE | _FALSE:
        return "true or false"
    return "a number" if re.fullmatch(_NUMBER, node.text, re.ASCII) else "a text"


def suggest(word: str, known: Collection[str]) -> str:
    """Return a hint with the nearest known word, or with all of them."""
    from difflib import get_close_matches  # noqa: PLC0415 - only on a fault

    near = get_close_matches(word[:60], known, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known: {', '.join(f'`{name}`' for name in sorted(known))}" if known else ""

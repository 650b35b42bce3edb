"""Plain values of a tree that was read from YAML or JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.config.yaml_tree import MappingNode, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from advisor_core.config.yaml_tree import Node

__all__ = ["entries", "is_false", "is_true", "items", "text", "texts"]


def entries(node: Node | None) -> dict[str, Node]:
    """Return the keys of a mapping; nothing for anything else."""
    return node.entries if isinstance(node, MappingNode) else {}


def items(node: Node | None) -> list[Node]:
    """Return the items of a list; a single value is a list of one."""
    if node is None:
        return []
    return node.items if isinstance(node, SequenceNode) else [node]


def text(node: Node | None) -> str:
    """Return a scalar's text; empty for anything else."""
    return node.text.strip() if isinstance(node, ScalarNode) else ""


def texts(node: Node | None) -> list[str]:
    """Return the texts of a list, or of a single value."""
    return [found for item in items(node) if (found := text(item))]


def is_true(node: Node | None) -> bool:
    """Return whether it is `true`."""
    return isinstance(node, ScalarNode) and node.plain and node.text.lower() == "true"


def is_false(node: Node | None) -> bool:
    """Return whether it is `false`."""
    return isinstance(node, ScalarNode) and node.plain and node.text.lower() == "false"

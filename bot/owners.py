"""Reads `OWNERS`: who besides people with write access may command. Pure.

approvers:
- ada
reviewers:
- bob
"""

from __future__ import annotations

from advisor_core.config.yaml_tree import MappingNode, ScalarNode, SequenceNode, read_yaml
from advisor_core.errors import InputError

__all__ = ["read_approvers"]

_MOST = 1_000


def read_approvers(content: bytes | None) -> frozenset[str]:
    """Return the logins among `approvers`, in lower case; none when the file is missing or broken.

    A broken file gives nobody a right; people with write access have theirs from GitHub.
    """
    if content is None:
        return frozenset()
    try:
        root = read_yaml(content, "OWNERS")
    except InputError:
        return frozenset()
    node = root.entries.get("approvers") if isinstance(root, MappingNode) else None
    if not isinstance(node, SequenceNode):
        return frozenset()
    return frozenset(
        item.text.strip().lower()
        for item in node.items[:_MOST]
        if isinstance(item, ScalarNode) and item.text.strip()
    )

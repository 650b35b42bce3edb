"""Environment markers as text, in the one normal form that lockfiles are written in.

The form is that of `packaging`, which pipenv and pip-compile write through: variables in their PEP
508 spelling, strings in double quotes, no needless parentheses. `packaging` itself is not imported:
it would cost more than writing the lock. Evaluates nothing.

Example: `(os.name=='nt')  and 'a' in extra` is `os_name == "nt" and "a" in extra`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["all_of", "any_of", "has_top_level_or", "normal_marker", "without_extras"]

Atom = tuple[str, str, str]
"""Left side, operator, right side; strings are in double quotes."""

Node = Atom | list["Node | Literal['and', 'or']"]

_MAX_DEPTH = 50
"""Nested parentheses; deeper markers are not markers of a person."""

_OLD_NAMES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.version": "platform_version",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}
"""Spellings of PEP 345 and of old setuptools, with what PEP 508 calls them."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"[^"]*"|'[^']*')
      | (?P<operator>===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b)
      | (?P<joiner>and\b|or\b)
      | (?P<parenthesis>[()])
      | (?P<variable>[A-Za-z][A-Za-z0-9_.]*)
    )""",
    re.VERBOSE,
)


def normal_marker(text: str) -> str:
    """Return a marker in normal form. Raises ValueError when it is none."""
    return _format(_parse(text), outermost=True)


def has_top_level_or(text: str) -> bool:
    """Return whether a marker is an alternative, so that `and` binds only a part of it."""
    node = _parse(text)
    return isinstance(node, list) and "or" in node


def all_of(*markers: str) -> str:
    """Return the conjunction of markers in normal form, each once, in the order given."""
    normal = list(dict.fromkeys(normal_marker(text) for text in markers))
    if len(normal) == 1:
        return normal[0]
    return " and ".join(f"({text})" if has_top_level_or(text) else text for text in normal)


def any_of(*markers: str) -> str:
    """Return the alternative of markers in normal form, each once, in the order given."""
    normal = list(dict.fromkeys(normal_marker(text) for text in markers))
    if len(normal) == 1:
        return normal[0]
    return " or ".join(f"({text})" if " and " in text else text for text in normal)


def without_extras(text: str, extras: Collection[str] | None) -> str | bool:
    """Return a marker with its comparisons of `extra` decided for a package with these extras.

    True or False when nothing else is left. A comparison with `==` holds when the extra is among
    `extras` (normalized names), one with `!=` when it is not; None holds every extra.
    """
    decided = _decide(_parse(text), extras)
    return decided if isinstance(decided, bool) else _format(decided, outermost=True)


def _decide(node: Node, extras: Collection[str] | None) -> Node | bool:
    """Return a node with its comparisons of `extra` decided."""
    if isinstance(node, tuple):
        left, operator, right = node
        if "extra" not in (left, right):
            return node
        name = normalize_name((right if left == "extra" else left).strip('"'))
        return (extras is None or name in extras) is (operator != "!=")
    alternatives: list[Node] = []
    for conjunction in _split(node, "or"):
        terms: list[Node] = []
        for term in _split(conjunction, "and"):
            decided = _decide(term, extras)
            if decided is False:
                break
            if decided is not True:
                terms.append(decided)
        else:
            if not terms:
                return True
            alternatives.append(_join(terms, "and"))
    return _join(alternatives, "or") if alternatives else False


def _split(node: Node, joiner: Literal["and", "or"]) -> list[Node]:
    """Return what stands between a joiner at the top level of a node."""
    if isinstance(node, tuple) or joiner not in node:
        return [node[0] if isinstance(node, list) and len(node) == 1 else node]  # type: ignore[list-item]
    parts: list[Node] = []
    current: list[Node | Literal["and", "or"]] = []
    for item in [*node, joiner]:
        if item == joiner:
            parts.append(current[0] if len(current) == 1 else current)  # type: ignore[arg-type]
            current = []
        else:
            current.append(item)
    return parts


def _join(nodes: list[Node], joiner: Literal["and", "or"]) -> Node:
    """Return nodes joined, without a list around one."""
    if len(nodes) == 1:
        return nodes[0]
    joined: list[Node | Literal["and", "or"]] = []
    for node in nodes:
        joined.extend((joiner, node) if joined else (node,))
    return joined


def _format(node: Node, *, outermost: bool) -> str:
    """Return a node as text; a list within another is in parentheses."""
    while isinstance(node, list) and len(node) == 1:
        node = node[0]  # type: ignore[assignment]
    if isinstance(node, tuple):
        return " ".join(node)
    text = " ".join(
        item if isinstance(item, str) else _format(item, outermost=False) for item in node
    )
    return text if outermost else f"({text})"


def _parse(text: str) -> Node:
    """Return the tree of a marker. Raises ValueError when it is none."""
    tokens: list[tuple[str, str]] = []
    position = 0
    stripped = text.strip()
    while position < len(stripped):
        found = _TOKEN.match(stripped, position)
        if found is None:
            raise ValueError(f"not an environment marker: {text!r}")
        tokens.append((found.lastgroup or "", found.group().strip()))
        position = found.end()
    tokens.append(("end", ""))
    node, rest = _parse_list(tokens, 0, 0)
    if tokens[rest][0] != "end":
        raise ValueError(f"not an environment marker: {text!r}")
    return node


def _parse_list(tokens: list[tuple[str, str]], index: int, depth: int) -> tuple[Node, int]:
    """Return comparisons joined by `and` and `or`, and the index after them."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"an environment marker nested more than {_MAX_DEPTH} deep")
    items: list[Node | Literal["and", "or"]] = []
    while True:
        if tokens[index] == ("parenthesis", "("):
            node, index = _parse_list(tokens, index + 1, depth + 1)
            if tokens[index] != ("parenthesis", ")"):
                raise ValueError("an environment marker with a parenthesis that is not closed")
            index += 1
        else:
            node, index = _parse_atom(tokens, index)
        items.append(node)
        kind, value = tokens[index]
        if kind != "joiner":
            return items, index
        items.append("and" if value == "and" else "or")
        index += 1


def _parse_atom(tokens: list[tuple[str, str]], index: int) -> tuple[Atom, int]:
    """Return one comparison and the index after it."""
    kinds = [kind for kind, _ in tokens[index : index + 3]]
    if (
        len(kinds) < 3
        or kinds[1] != "operator"
        or not {kinds[0], kinds[2]} <= {"string", "variable"}
    ):
        raise ValueError("an environment marker with an incomplete comparison")
    left, operator, right = (value for _, value in tokens[index : index + 3])
    return (_side(left), re.sub(r"\s+", " ", operator), _side(right)), index + 3


def _side(text: str) -> str:
    """Return a side of a comparison in normal form."""
    if text[0] in "\"'":
        inside = text[1:-1]
        return f"'{inside}'" if '"' in inside else f'"{inside}"'
    return _OLD_NAMES.get(text, text)

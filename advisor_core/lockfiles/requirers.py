"""Who requires a package first, and under which condition it is installed at all.

pipenv writes into a package's entry the marker and the spelling of the requirement that pip met
first. pip pins one package at a time, in an order of preferences that is followed here
(https://github.com/pypa/pip, `resolution/resolvelib/provider.py`); it backtracks, which is not.
Where pipenv itself depends on the order of a set, the order here is as the manifest declares.
"""

from __future__ import annotations

import heapq
import re
from typing import TYPE_CHECKING

from advisor_core.lockfiles.markers import all_of, any_of, without_extras
from advisor_core.model import Edge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.model import DeclaredRequirement, Stack

__all__ = ["environments_of", "first_requirers", "install_conditions"]

_MAX_ALTERNATIVES = 8
"""Ways to reach a package that a condition names. With more it is installed without a condition."""

_Ways = frozenset[frozenset[str]]
"""Sets of markers; a package is installed where all markers of one of the sets hold."""

_WITHOUT_CONDITION: frozenset[str] = frozenset()

_Key = tuple[bool, bool, bool, int, bool, str]


def first_requirers(roots: Iterable[DeclaredRequirement], stack: Stack) -> dict[str, Edge | None]:
    """Return the requirement that each package of a stack was met by first; None: the manifest's.

    The order of `roots` counts where nothing else decides, that of the pins never.
    """
    roots = list(roots)
    own = [root for root in roots if root.via is None]
    order = {root.requirement.name: place for place, root in reversed(list(enumerate(own)))}
    direct = {root.requirement.name for root in own if root.kept is not None}
    children: dict[str, list[tuple[str, Edge]]] = {}
    for root in roots:
        if root.via is not None:
            edge = Edge(root.via, root.requirement, (), _spelling(root.text))
            children.setdefault(root.via, []).append((root.requirement.name, edge))
    for name in sorted(stack.pins):
        for edge in stack.pins[name].required_by:
            if edge.parent is not None:
                children.setdefault(edge.parent, []).append((name, edge))
    specifiers: dict[str, list[str]] = {
        name: [root.requirement.specifier for root in own if root.requirement.name == name]
        for name in order
    }
    met: dict[str, Edge | None] = dict.fromkeys(order)
    heap = [_preference(name, specifiers[name], order, direct) for name in order]
    heapq.heapify(heap)
    pinned: set[str] = set()
    while heap:
        name = heapq.heappop(heap)[-1]
        if name in pinned:
            continue
        pinned.add(name)
        for child, edge in children.get(name, ()):
            if child in pinned:
                continue
            met.setdefault(child, edge)
            specifiers.setdefault(child, []).append(edge.requirement.specifier)
            # What it had before is a worse or equal preference: its old entries come out later.
            heapq.heappush(heap, _preference(child, specifiers[child], order, direct))
    return met


def _spelling(text: str) -> str:
    """Return the name as a requirement's text spells it."""
    found = re.match(r"\s*([A-Za-z0-9._-]+)", text)
    return found.group(1) if found else ""


def _preference(
    name: str, specifiers: list[str], order: Mapping[str, int], direct: set[str]
) -> _Key:
    """Return pip's preference for what to pin next; the least is next."""
    clauses = [
        clause.strip() for text in specifiers for clause in text.split(",") if clause.strip()
    ]
    is_pinned = any(clause.startswith("==") and "*" not in clause for clause in clauses)
    is_bounded = any(
        clause.startswith(("<", "~=")) or (clause[:2] == "==" and "*" in clause)
        for clause in clauses
    )
    return (
        name not in direct,
        not is_pinned,
        not is_bounded,
        order.get(name, len(order)),
        not clauses,
        name,
    )


def environments_of(stack: Stack) -> frozenset[str]:
    """Return the names of the environments that a stack is for."""
    return frozenset(name for pin in stack.pins.values() for name in pin.environments)


def install_conditions(stack: Stack) -> dict[str, str]:
    """Return a marker for each package that only some of the stack's environments install.

    It is the alternative of the ways to reach the package, each the conjunction of the markers on
    it. Packages that every environment installs, or that can be reached without a marker, have
    none.
    """
    everywhere = environments_of(stack)
    conditional = {
        name
        for name, pin in stack.pins.items()
        if pin.environments and set(pin.environments) < everywhere
    }
    ways: dict[str, _Ways] = {name: frozenset() for name in conditional}
    changed = True
    while changed:
        changed = False
        for name in sorted(conditional):
            found = _ways_to(stack, name, ways)
            changed = changed or found != ways[name]
            ways[name] = found
    return {
        name: any_of(*(all_of(*sorted(way)) for way in sorted(ways[name], key=sorted)))
        for name in sorted(conditional)
        if ways[name] and _WITHOUT_CONDITION not in ways[name]
    }


def _ways_to(stack: Stack, name: str, known: Mapping[str, _Ways]) -> _Ways:
    """Return the sets of markers that lead to a package, by what is known of its requirers so far.

    Repeated until nothing changes this is the least answer: a cycle does not support itself.
    """
    found: set[frozenset[str]] = set()
    for edge in stack.pins[name].required_by:
        parent = stack.pins.get(edge.parent) if edge.parent is not None else None
        marker = edge.requirement.marker
        decided = without_extras(marker, parent.extras if parent else None) if marker else True
        if decided is False or not edge.environments:
            continue
        own = frozenset[str]() if decided is True else frozenset((str(decided),))
        above = known.get(edge.parent or "", frozenset((_WITHOUT_CONDITION,)))
        found.update(way | own for way in above)
    least = frozenset(way for way in found if not any(other < way for other in found))
    return least if len(least) <= _MAX_ALTERNATIVES else frozenset((_WITHOUT_CONDITION,))

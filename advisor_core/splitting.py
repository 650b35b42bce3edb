"""One stack for all categories of a manifest, taken apart again into one stack for each. Pure.

Categories are settled one after the other, `default` first: what it is best at binds the others. Where
a later one cannot live with that, a `pyproject.toml` is settled as uv and Poetry do: all together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.lockfiles.markers import without_extras
from advisor_core.model import Category
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.model import DeclaredRequirement, Edge, Manifest, Requirement, Stack

__all__ = ["merge_requirements", "settles_together", "split_stack"]


def settles_together(manifest: Manifest) -> bool:
    """Return whether one lock holds every category at one version of each package."""
    return manifest.kind == "pyproject" and len(manifest.categories) > 1


def merge_requirements(categories: Sequence[Category]) -> Category:
    """Return one category, `default`, that requires what all of them do."""
    return Category(
        "default",
        _once(each for category in categories for each in category.requirements),
        _once(each for category in categories for each in category.constraints),
    )


def _once(found: Iterable[DeclaredRequirement]) -> tuple[DeclaredRequirement, ...]:
    return tuple({(each.requirement, each.origin): each for each in found}.values())


def split_stack(stack: Stack, categories: Sequence[Category]) -> dict[str, Stack]:
    """Return for each category the part of a stack that it leads to."""
    return {category.name: _part(stack, category) for category in categories}


def _part(stack: Stack, category: Category) -> Stack:
    roots = {declared.requirement for declared in category.requirements}
    extras: dict[str, set[str]] = {}
    changed = True
    while changed:
        changed = False
        for name, pin in stack.pins.items():
            for edge in pin.required_by:
                if not _leads(edge, roots, extras):
                    continue
                known = extras.get(name)
                if known is None or not known.issuperset(edge.requirement.extras):
                    extras[name] = (known or set()) | set(edge.requirement.extras)
                    changed = True
    pins = {
        name: replace(
            pin,
            extras=tuple(sorted(extras[name])),
            required_by=tuple(edge for edge in pin.required_by if _leads(edge, roots, extras)),
        )
        for name, pin in stack.pins.items()
        if name in extras
    }
    return replace(stack, pins=pins)


def _leads(edge: Edge, roots: set[Requirement], extras: dict[str, set[str]]) -> bool:
    """Return whether a requirement is one of the category's own, or of a package that it holds."""
    if edge.parent is None:
        return edge.requirement in roots
    if edge.parent not in extras:
        return False
    marker = edge.requirement.marker
    return marker is None or without_extras(marker, tuple(sorted(extras[edge.parent]))) is not False

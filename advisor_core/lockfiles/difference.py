"""What changed between two locks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VersionChange", "lock_difference"]


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One package whose locked version changed."""

    package: str
    """PEP 503 normalized."""
    category: str
    old: str | None
    """None: added."""
    new: str | None
    """None: removed."""


def lock_difference(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> tuple[VersionChange, ...]:
    """Return the rows in which two locks differ, by category and package.

    Both are category to package to version; `default` and `develop` come first. Equal locks have no
    rows; exchanging the two exchanges `old` and `new` in each.
    """
    rows: list[VersionChange] = []
    for category in sorted({*old, *new}, key=_place):
        before, after = old.get(category, {}), new.get(category, {})
        for package in sorted({*before, *after}):
            if before.get(package) != after.get(package):
                change = VersionChange(package, category, before.get(package), after.get(package))
                rows.append(change)
    return tuple(rows)


def _place(category: str) -> tuple[int, str]:
    """Return a key that puts the two categories that every lock has first."""
    return {"default": 0, "develop": 1}.get(category, 2), category

"""How large the update of one package is: `patch`, `minor`, `major`. Pure."""

from __future__ import annotations

from typing import Literal

from packaging.version import InvalidVersion, Version

__all__ = ["Update", "update_kind"]

Update = Literal["none", "patch", "minor", "major"]


def update_kind(old: str | None, new: str | None) -> Update:
    """Return the kind of a package's update; None: it is not there.

    A package that comes or goes counts as minor; a downgrade, a pre-release, and a version that PEP 440 does
    not know, as major: these are for a person to look at.
    """
    if old == new:
        return "none"
    if old is None or new is None:
        return "minor"
    try:
        first, second = Version(old), Version(new)
    except InvalidVersion:
        return "major"
    if second < first or first.epoch != second.epoch or second.is_prerelease:
        return "major"
    for kind, size in (("major", 1), ("minor", 2)):
        if _head(first, size) != _head(second, size):
            return "major" if kind == "major" else "minor"
    return "patch"


def _head(version: Version, size: int) -> tuple[int, ...]:
    return (*version.release, 0, 0, 0)[:size]

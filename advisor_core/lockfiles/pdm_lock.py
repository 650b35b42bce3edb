"""Reader of `pdm.lock` (lock versions 4.x). A package with extras is there once more, with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.lockfiles.entries import LockedEntry, LockedFile
from advisor_core.lockfiles.toml_packages import (
    PackageTable,
    read_packages,
    strings,
    tables,
    versions_of,
)
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from advisor_core.lockfiles.interface import LockedVersions

__all__ = ["read_pdm_lock", "read_pdm_lock_entries"]

_KEPT_KEYS = ("git", "hg", "svn", "bzr", "path", "url")


def read_pdm_lock(data: bytes, path: str = "pdm.lock") -> LockedVersions:
    """Return the versions that a `pdm.lock` pins, by group or extra. Raises InputError."""
    return versions_of(read_pdm_lock_entries(data, path))


def read_pdm_lock_entries(data: bytes, path: str = "pdm.lock") -> LockedFile:
    """Return what a `pdm.lock` says of each package. Raises InputError with every fault of it."""
    lock = read_packages(data, path)
    return LockedFile(path, tuple(_entry(each) for each in lock.packages), universal=True)


def _entry(package: PackageTable) -> LockedEntry:
    table = package.table
    kept = any(key in table for key in _KEPT_KEYS)
    groups = strings(table.get("groups")) or ["default"]
    marker = table.get("marker")
    files = tables(table.get("files"))
    return LockedEntry(
        package.name,
        None if kept else package.version,
        package.origin,
        tuple(normalize_name(each) for each in groups),
        tuple(value for each in files if isinstance(value := each.get("hash"), str)),
        marker if isinstance(marker, str) else None,
        urls=tuple(value for each in files if isinstance(value := each.get("url"), str)),
    )

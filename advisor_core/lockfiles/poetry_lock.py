"""Reader of `poetry.lock` (lock versions 1.1 to 2.1). Groups are named since 2.1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.lockfiles.entries import LockedEntry, LockedFile, Said
from advisor_core.lockfiles.toml_packages import (
    PackageTable,
    read_packages,
    strings,
    tables,
    versions_of,
)
from advisor_core.model import Origin
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.lockfiles.interface import LockedVersions

__all__ = ["read_poetry_lock", "read_poetry_lock_entries"]

_EXTRA = re.compile(r"""\bextra\s*==\s*(['"])([^'"]+)\1""")

_MAIN = "main"
"""Poetry's name of the group that is `default` here."""


def read_poetry_lock(data: bytes, path: str = "poetry.lock") -> LockedVersions:
    """Return the versions that a `poetry.lock` pins, by group. Raises InputError."""
    return versions_of(read_poetry_lock_entries(data, path))


def read_poetry_lock_entries(data: bytes, path: str = "poetry.lock") -> LockedFile:
    """Return what a `poetry.lock` says of each package. Raises InputError with every fault of it."""
    lock = read_packages(data, path)
    metadata = lock.document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    # Before 2.0 the files of all packages stood at the end.
    files = metadata.get("files")
    entries = [
        _entry(package, files if isinstance(files, dict) else {}) for package in lock.packages
    ]
    python = metadata.get("python-versions")
    said = Said(python, Origin(path)) if isinstance(python, str) and _is_pep_440(python) else None
    return LockedFile(path, tuple(entries), requires_python=said, universal=True)


def _entry(package: PackageTable, files_apart: Mapping[str, object]) -> LockedEntry:
    source = package.table.get("source")
    source = source if isinstance(source, dict) else {}
    from_index = source.get("type", "legacy") == "legacy"
    files = package.table.get("files")
    if files is None:
        files = files_apart.get(str(package.table["name"]))
    groups = strings(package.table.get("groups")) or [_MAIN]
    marker, url = package.table.get("markers"), source.get("url")
    extras = [name for _, name in _EXTRA.findall(marker)] if isinstance(marker, str) else []
    if package.table.get("optional") is True and extras:
        groups = [*extras, *(each for each in groups if each != _MAIN)]
    return LockedEntry(
        package.name,
        package.version if from_index else None,
        package.origin,
        tuple("default" if each == _MAIN else normalize_name(each) for each in groups),
        tuple(value for each in tables(files) if isinstance(value := each.get("hash"), str)),
        marker if isinstance(marker, str) else None,
        url if from_index and isinstance(url, str) else None,
    )


def _is_pep_440(python: str) -> bool:
    """Return whether a range is no range of Poetry's own: `^3.11`, `3.11 || 3.12`, `*`."""
    return not any(sign in python for sign in "^|") and python[:1] in "<>=!~"

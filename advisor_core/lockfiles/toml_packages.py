"""What `uv.lock`, `poetry.lock` and `pdm.lock` have in common: TOML with one `[[package]]` each.

Each of their readers takes the tables from here and says only what is its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from advisor_core.manifests.faults import FaultCollector, shown
from advisor_core.manifests.toml_lines import line_of, parse_toml
from advisor_core.model import Origin
from advisor_core.standards import normalize_name, normalize_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.lockfiles.entries import LockedFile
    from advisor_core.lockfiles.interface import LockedVersions

__all__ = ["PackageTable", "TomlLock", "read_packages", "strings", "tables", "versions_of"]

_REMAKE = "lock again with the project's own tool"


class PackageTable(NamedTuple):
    """One `[[package]]` with a name."""

    name: str
    """PEP 503 normalized."""
    version: str | None
    """PEP 440 normalized; None: the table has none."""
    origin: Origin
    table: Mapping[str, object]


class TomlLock(NamedTuple):
    """A lockfile as its tables."""

    document: Mapping[str, object]
    packages: Sequence[PackageTable]


def read_packages(data: bytes, path: str) -> TomlLock:
    """Return the tables of a lockfile. Raises InputError with every fault of it."""
    document, lines = parse_toml(path, data)
    faults = FaultCollector()
    found = document.get("package", [])
    if not isinstance(found, list):
        faults.add(f"{path}: package", f"not an array of tables: {shown(found)}", hint=_REMAKE)
        found = []
    packages = []
    for position, table in enumerate(found):
        origin = Origin(path, line_of(lines, "package", position) or 1)
        name = table.get("name") if isinstance(table, dict) else None
        if not isinstance(table, dict) or not isinstance(name, str):
            faults.add(origin, f"package[{position}] has no name", hint=_REMAKE)
            continue
        version = table.get("version")
        normal = None
        if version is not None:
            try:
                normal = normalize_version(version) if isinstance(version, str) else None
            except ValueError:
                normal = None
            if normal is None:
                faults.add(origin, f"not a PEP 440 version: {shown(version)}", hint=_REMAKE)
        packages.append(PackageTable(normalize_name(name), normal, origin, table))
    faults.raise_if_any()
    return TomlLock(document, packages)


def versions_of(lock: LockedFile) -> LockedVersions:
    """Return the versions that entries pin; of a package pinned more than once the first counts."""
    versions: LockedVersions = {"default": {}}
    for entry in lock.entries:
        for category in entry.categories if entry.version is not None else ():
            versions.setdefault(category, {}).setdefault(entry.name, entry.version or "")
    return versions


def tables(value: object) -> list[Mapping[str, object]]:
    """Return the tables of an array; what is none is left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def strings(value: object) -> list[str]:
    """Return the strings of an array; what is none is left out."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

"""Reader of `uv.lock` (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile).

uv says what leads to what, not which group a package is of: the groups and extras of the projects in
the repository are followed here. A package may be there twice, for different environments.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from advisor_core.lockfiles.interface import LockedVersions

__all__ = ["read_uv_lock", "read_uv_lock_entries"]

_MAX_STEPS = 50_000
"""Packages with an extra that one category reaches. A real lock of 3 000 packages has some 5 000; a
made-up one, of one name many times, could have as many as its square. Past it the lock is refused."""

_LOCAL = ("virtual", "editable", "directory")
"""Sources of the repository's own projects."""


def read_uv_lock(data: bytes, path: str = "uv.lock") -> LockedVersions:
    """Return the versions that a `uv.lock` pins, by group or extra. Raises InputError."""
    return versions_of(read_uv_lock_entries(data, path))


def read_uv_lock_entries(data: bytes, path: str = "uv.lock") -> LockedFile:
    """Return what a `uv.lock` says of each package. Raises InputError with every fault of it."""
    lock = read_packages(data, path)
    categories = _categories(lock.packages)
    entries = [
        _entry(package, categories.get(position, ()))
        for position, package in enumerate(lock.packages)
        if not _is_local(package)
    ]
    requires_python = lock.document.get("requires-python")
    said = Said(requires_python, Origin(path, 1)) if isinstance(requires_python, str) else None
    return LockedFile(path, tuple(entries), requires_python=said, universal=True)


def _entry(package: PackageTable, categories: Iterable[str]) -> LockedEntry:
    source = package.table.get("source")
    registry = source.get("registry") if isinstance(source, dict) else None
    sdist = package.table.get("sdist")
    files = [*tables([sdist]), *tables(package.table.get("wheels"))]
    markers = strings(package.table.get("resolution-markers"))
    return LockedEntry(
        package.name,
        package.version if isinstance(registry, str) else None,
        package.origin,
        tuple(categories) or ("default",),
        tuple(value for each in files if isinstance(value := each.get("hash"), str)),
        " or ".join(f"({each})" for each in markers) or None,
        registry if isinstance(registry, str) else None,
        tuple(value for each in files if isinstance(value := each.get("url"), str)),
    )


def _is_local(package: PackageTable) -> bool:
    source = package.table.get("source")
    return isinstance(source, dict) and any(kind in source for kind in _LOCAL)


def _categories(packages: Sequence[PackageTable]) -> Mapping[int, list[str]]:
    """Return which categories lead to each package, by position; `default` first."""
    by_name: dict[str, list[int]] = {}
    for position, package in enumerate(packages):
        by_name.setdefault(package.name, []).append(position)
    found: dict[int, list[str]] = {}
    for category, starts in _roots(packages).items():
        queue, done = deque(starts), set[tuple[int, str]]()
        while queue:
            edge = queue.popleft()
            for position in _targets(edge, packages, by_name):
                extras = ("", *strings(edge.get("extra")))
                new = [extra for extra in extras if (position, extra) not in done]
                if len(done) > _MAX_STEPS:
                    raise InputError.single(
                        str(packages[position].origin),
                        f"more than {_MAX_STEPS} packages with extras lead to each other",
                        hint="lock again with uv",
                    )
                for extra in new:
                    done.add((position, extra))
                    queue.extend(_edges(packages[position], extra))
        for position in {position for position, _ in done}:
            found.setdefault(position, []).append(category)
    return found


def _roots(packages: Sequence[PackageTable]) -> Mapping[str, list[Mapping[str, object]]]:
    """Return what the repository's own projects require, by category."""
    roots: dict[str, list[Mapping[str, object]]] = {"default": []}
    for package in packages:
        if not _is_local(package):
            continue
        roots["default"].extend(_edges(package, ""))
        for key in ("optional-dependencies", "dev-dependencies"):
            groups = package.table.get(key)
            for name, edges in groups.items() if isinstance(groups, dict) else ():
                roots.setdefault(normalize_name(name), []).extend(tables(edges))
    return roots


def _targets(
    edge: Mapping[str, object],
    packages: Sequence[PackageTable],
    by_name: Mapping[str, list[int]],
) -> Iterator[int]:
    """Yield the packages that an edge leads to: of that version, when it names one."""
    name, version = edge.get("name"), edge.get("version")
    for position in by_name.get(normalize_name(name), ()) if isinstance(name, str) else ():
        if version is None or packages[position].table.get("version") == version:
            yield position


def _edges(package: PackageTable, extra: str) -> list[Mapping[str, object]]:
    """Return what a package requires, or what its extra requires besides."""
    if not extra:
        return tables(package.table.get("dependencies"))
    extras = package.table.get("optional-dependencies")
    return tables(extras.get(extra)) if isinstance(extras, dict) else []

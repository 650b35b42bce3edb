"""Entries of `pylock.toml`, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.lockfiles.entries import LockedEntry, LockedFile, Said
from advisor_core.lockfiles.pylock import marker_groups, read_pylock
from advisor_core.manifests.toml_lines import line_of, parse_toml
from advisor_core.model import Origin
from advisor_core.standards import normalize_name, normalize_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["read_pylock_entries"]

_KEPT_KEYS = ("vcs", "directory", "archive")


def read_pylock_entries(data: bytes, path: str = "pylock.toml") -> LockedFile:
    """Return what a `pylock.toml` says. Raises InputError with every fault of it."""
    read_pylock(data, path)
    document, lines = parse_toml(path, data)
    packages = document.get("packages")
    entries = [
        _entry(document, package, Origin(path, line_of(lines, "packages", position) or 1))
        for position, package in enumerate(packages if isinstance(packages, list) else [])
        if isinstance(package, dict)
    ]
    requires_python = document.get("requires-python")
    said = None
    if isinstance(requires_python, str):
        said = Said(requires_python, Origin(path, line_of(lines, "requires-python")))
    return LockedFile(path, tuple(entries), requires_python=said)


def _entry(
    document: Mapping[str, object], package: Mapping[str, object], origin: Origin
) -> LockedEntry:
    version, marker, index = package.get("version"), package.get("marker"), package.get("index")
    kept = any(key in package for key in _KEPT_KEYS)
    files = list(_files(package))
    return LockedEntry(
        normalize_name(str(package["name"])),
        normalize_version(version) if isinstance(version, str) and not kept else None,
        origin,
        tuple(dict.fromkeys(marker_groups(marker, document))) or ("default",),
        tuple(
            f"{algorithm}:{digest}"
            for file in files
            if isinstance(hashes := file.get("hashes"), dict)
            for algorithm, digest in hashes.items()
        ),
        marker if isinstance(marker, str) else None,
        index if isinstance(index, str) else None,
        tuple(url for file in files if isinstance(url := file.get("url"), str)),
        free=version is None and not kept,
    )


def _files(package: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    wheels = package.get("wheels")
    for file in (package.get("sdist"), *(wheels if isinstance(wheels, list) else [])):
        if isinstance(file, dict):
            yield file

"""Entries of a requirements file that pins, each with its line."""

from __future__ import annotations

import posixpath

from advisor_core.lockfiles.entries import LockedEntry, LockedFile, LockedSource
from advisor_core.lockfiles.requirements_txt import pinned_version, read_requirements_lock
from advisor_core.manifests.requirements_lines import (
    decode_requirements,
    logical_lines,
    split_options,
)
from advisor_core.model import Origin
from advisor_core.standards import normalize_name, parse_requirement

__all__ = ["read_requirements_entries"]

_INDEX_OPTIONS = ("-i", "--index-url", "--pypi-url", "--extra-index-url")


def read_requirements_entries(data: bytes, path: str = "requirements.txt") -> LockedFile:
    """Return what a requirements file pins. Raises InputError with every fault of it."""
    read_requirements_lock(data, path)
    entries: list[LockedEntry] = []
    sources: list[LockedSource] = []
    for line in logical_lines(decode_requirements(path, data)):
        origin = Origin(path, line.number)
        before, options = split_options(line.text)
        sources.extend(
            LockedSource(url, origin)
            for name, value in options
            if name in _INDEX_OPTIONS
            for url in value.split()
        )
        sources.extend(
            LockedSource(value if "://" in value else _folder(path, value), origin)
            for name, value in options
            if name in ("-f", "--find-links")
        )
        entry = _entry(before, options, origin)
        if entry is not None:
            entries.append(entry)
    return LockedFile(path, tuple(entries), tuple(sources), one_category=True)


def _folder(path: str, value: str) -> str:
    """Return a folder of `--find-links` as its place in the project."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), value))


def _entry(before: str, options: list[tuple[str, str]], origin: Origin) -> LockedEntry | None:
    """Return the entry of one line; None when it is none."""
    if not before:
        return None
    name, at, _ = before.partition(" @ ")
    if at:
        return LockedEntry(normalize_name(name.partition("[")[0].strip()), None, origin)
    if "://" in before or before.startswith((".", "/")):
        return None
    requirement = parse_requirement(before)
    return LockedEntry(
        requirement.name,
        pinned_version(requirement),
        origin,
        hashes=tuple(value for name, value in options if name == "--hash"),
        marker=requirement.marker,
    )

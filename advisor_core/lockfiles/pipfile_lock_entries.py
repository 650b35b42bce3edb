"""Entries of `Pipfile.lock`, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor_core.lockfiles.entries import LockedEntry, LockedFile, LockedSource, Said
from advisor_core.lockfiles.json_lines import json_lines
from advisor_core.lockfiles.pipfile_lock_reader import load_pipfile_lock, read_pipfile_lock
from advisor_core.manifests.faults import decode_text
from advisor_core.manifests.pipfile_packages import KEPT_KEYS
from advisor_core.model import Origin
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_pipfile_lock_entries"]


def read_pipfile_lock_entries(data: bytes, path: str = "Pipfile.lock") -> LockedFile:
    """Return what a `Pipfile.lock` says. Raises InputError with every fault of it."""
    versions = read_pipfile_lock(data, path)
    document = load_pipfile_lock(data, path)
    lines = json_lines(decode_text(path, data))
    entries = [
        _entry(key, entry, versions, category, Origin(path, lines.get((category, key))))
        for category, found in document.items()
        if category in versions and isinstance(found, dict)
        for key, entry in found.items()
        if isinstance(entry, dict)
    ]
    meta = document.get("_meta")
    meta = meta if isinstance(meta, dict) else {}
    digest = meta.get("hash")
    said = digest.get("sha256") if isinstance(digest, dict) else None
    origin = Origin(path, lines.get(("_meta", "hash", "sha256"), lines.get(("_meta",), 1)))
    return LockedFile(
        path,
        tuple(entries),
        _sources(meta, Origin(path, lines.get(("_meta", "sources"), 1))),
        Said(said if isinstance(said, str) else "", origin),
    )


def _entry(
    key: str,
    entry: Mapping[str, Any],
    versions: Mapping[str, Mapping[str, str]],
    category: str,
    origin: Origin,
) -> LockedEntry:
    name = normalize_name(key)
    hashes = entry.get("hashes")
    marker, index = entry.get("markers"), entry.get("index")
    version = versions[category].get(name)
    return LockedEntry(
        name,
        version,
        origin,
        (category,),
        tuple(str(each) for each in hashes) if isinstance(hashes, list) else (),
        marker if isinstance(marker, str) and marker.strip() else None,
        index if isinstance(index, str) else None,
        free=version is None and not any(each in entry for each in KEPT_KEYS),
    )


def _sources(meta: Mapping[str, Any], origin: Origin) -> tuple[LockedSource, ...]:
    found = meta.get("sources")
    return tuple(
        LockedSource(
            each["url"],
            origin,
            each["name"] if isinstance(each.get("name"), str) else None,
            each.get("verify_ssl") is not False,
        )
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict) and isinstance(each.get("url"), str)
    )

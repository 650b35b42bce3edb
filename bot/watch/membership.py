"""What the lockfiles of a repository have, as an update found them on its default branch. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.index.sources import spelled_url
from advisor_core.knowledge.membership_records import ManifestRecord, RepositoryRecord
from advisor_core.lockfiles.formats import format_of, read_entries, read_lock
from advisor_core.standards import normalize_version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from advisor_core.outcome import LockOutcome

__all__ = ["manifest_records"]


def manifest_records(
    outcomes: Iterable[LockOutcome],
    repository: RepositoryRecord,
    commit_sha: str,
    seen_at: int,
    *,
    further_indexes: Collection[str] = (),
) -> list[ManifestRecord]:
    """Return what each lockfile that is there has, once per environment; unreadable ones are left out.

    `further_indexes`: URLs of indexes besides the one asked by default, without credentials.
    """
    records: list[ManifestRecord] = []
    for outcome in outcomes:
        pins = _read_pins(outcome)
        if pins is None:
            continue
        indexes = _read_indexes(outcome, pins, further_indexes) if further_indexes else {}
        locks = {outcome.target.lockfile: pins}
        for each in outcome.further:
            found = _pins_of(each.path, each.old_text) if each.manifest else None
            locks |= {each.path: found} if found is not None else {}
        records += [
            ManifestRecord(repository, path, environment.name, commit_sha, seen_at, locked, indexes)
            for path, locked in locks.items()
            for environment in outcome.target.environments
        ]
    return records


def _read_indexes(
    outcome: LockOutcome, pins: Collection[str], further: Collection[str]
) -> dict[str, str]:
    """Return which packages come from which of the further indexes: as the lockfile says.

    A lockfile that names no index for a package has it where the newest lock found it.
    """
    known = {spelled_url(url): url for url in further}
    manifest = outcome.target.manifest
    # A page of links is not asked for single packages, and a folder is in the repository.
    flat = {source.name for source in manifest.sources if source.flat}
    urls = {source.name: source.url for source in manifest.sources if not source.flat}
    found = {
        pin.name: pin.index for stack in outcome.stacks.values() for pin in stack.pins.values()
    }
    path = outcome.target.lockfile
    try:
        lock = read_entries(format_of(path), outcome.old_text or b"", path)
        urls |= {source.name: source.url for source in lock.sources if source.name is not None}
        found |= {each.name: each.index for each in lock.entries if each.index is not None}
    except InputError:
        pass  # the pins could be read, and that is what matters
    taken = {
        name: known.get(spelled_url(urls.get(index, index)))
        for name, index in found.items()
        if index not in flat
    }
    return {name: url for name, url in taken.items() if url is not None and name in pins}


def _read_pins(outcome: LockOutcome) -> dict[str, str] | None:
    return _pins_of(outcome.target.lockfile, outcome.old_text)


def _pins_of(path: str, text: bytes | None) -> dict[str, str] | None:
    if text is None:
        return None
    try:
        locked = read_lock(format_of(path), text, path)
    except InputError:
        return None
    pins: dict[str, str] = {}
    for category in locked.values():
        for name, version in category.items():
            try:
                pins.setdefault(name, normalize_version(version))
            except ValueError:
                continue
    return pins

"""What the lockfiles of a repository have, as an update found them on its default branch. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.knowledge.membership_records import ManifestRecord, RepositoryRecord
from advisor_core.lockfiles.formats import format_of, read_lock
from advisor_core.standards import normalize_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.outcome import LockOutcome

__all__ = ["manifest_records"]


def manifest_records(
    outcomes: Iterable[LockOutcome], repository: RepositoryRecord, commit_sha: str, seen_at: int
) -> list[ManifestRecord]:
    """Return what each lockfile that is there has, once per environment; unreadable ones are left out."""
    records: list[ManifestRecord] = []
    for outcome in outcomes:
        pins = _read_pins(outcome)
        records += [
            ManifestRecord(
                repository, outcome.target.lockfile, environment.name, commit_sha, seen_at, pins
            )
            for environment in outcome.target.environments
            if pins is not None
        ]
    return records


def _read_pins(outcome: LockOutcome) -> dict[str, str] | None:
    path = outcome.target.lockfile
    if outcome.old_text is None:
        return None
    try:
        locked = read_lock(format_of(path), outcome.old_text, path)
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

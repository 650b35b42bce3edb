"""What one source says of one package in one advisory: the form that is kept. Values only.

    AdvisoryRecord(Advisory("PYSEC-2024-1", "flask"), ranges=((("introduced", "0"), ("fixed", "2.2")),))

Versions here are keys of `ranges.version_key`, so that equal versions are equal texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.advisories.interface import Advisory

__all__ = ["AdvisoryRecord", "Event", "EventKind", "Range"]

EventKind = Literal["introduced", "fixed", "last_affected", "limit"]
"""https://ossf.github.io/osv-schema/#affectedrangesevents-fields"""

Event = tuple[EventKind, str]
"""The kind and a version key; `introduced` may say `0` (before all), `limit` may say `*` (none)."""

Range = tuple[Event, ...]
"""One range of an advisory, its events in the order given."""


@dataclass(frozen=True, slots=True)
class AdvisoryRecord:
    """An advisory on one package with the releases that it names."""

    advisory: Advisory
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    """Keys of single versions that are concerned besides those in the ranges."""
    unread: int = 0
    """Ranges and versions that say nothing here, because they are not PEP 440."""

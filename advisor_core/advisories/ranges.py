"""Which versions the events of OSV ranges hold. Pure; versions are compared by PEP 440.

OSV compares by order alone, unlike a PEP 440 specifier: `2.2.5rc1` comes before `fixed: 2.2.5` and is
concerned. A local version (`1.0+cpu`) is judged as the public one that it was built from.

https://ossf.github.io/osv-schema/#evaluation
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

from advisor_core.standards import VersionList, normalize_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.advisories.records import AdvisoryRecord, Range

__all__ = ["VersionOrder", "describe_releases", "mask_of_record", "version_key"]

_MOST_DESCRIBED = 12
"""Intervals and single versions that a text names; the others are counted."""

_TRAILING_ZEROS = re.compile(r"^((?:\d+!)?\d+(?:\.\d+)*?)(?:\.0)+(?!\.?\d)")

_TIES = {"fixed": 0, "introduced": 1, "last_affected": 2, "limit": 3}
"""The order of events at one version: what is fixed and introduced at the same one is concerned."""


@lru_cache(maxsize=65_536)
def version_key(text: str) -> str | None:
    """Return a text that is equal for equal versions, None when `text` is not PEP 440.

    `1.0`, `v1.0.0` and `1+cpu` give `1`.
    """
    try:
        normalized = normalize_version(text)
    except ValueError:
        return None
    return _TRAILING_ZEROS.sub(r"\1", normalized.partition("+")[0])


class VersionOrder:
    """The order of some version keys, as integers."""

    def __init__(self, keys: Iterable[str]) -> None:
        """Cost: one sort of the distinct keys."""
        listed = VersionList(list(dict.fromkeys(keys)))
        self._ranks = {key: rank for rank, key in enumerate(reversed(listed.versions))}

    def rank(self, key: str) -> int:
        """Return the rank, from 0, of a key that was given; an older version has a lower one."""
        return self._ranks[key]


def mask_of_record(record: AdvisoryRecord, order: VersionOrder, ranks: Sequence[int]) -> int:
    """Return which of the versions with `ranks` (ascending) the record concerns: bit i is `ranks[i]`.

    `order` must know every key of the record.
    """
    mask = 0
    for events in record.ranges:
        for start, end in _intervals(events, order):
            mask |= _slice_mask(ranks, start, end)
    for key in record.versions:
        place = 2 * order.rank(key)
        mask |= _slice_mask(ranks, place, place + 1)
    return mask


def describe_releases(records: Iterable[AdvisoryRecord]) -> str:
    """Return the releases that records of one vulnerability concern, in words: `<2.2.5, or 3.1`.

    Each interval once, the oldest first. Single versions follow the intervals; those that lie within
    one are not looked for.
    """
    records = list(records)
    keys = {
        key
        for record in records
        for key in (
            *record.versions,
            *(version for events in record.ranges for _, version in events if version != "*"),
        )
    }
    order = VersionOrder(keys)
    names = {order.rank(key): key for key in keys}
    intervals = {
        interval
        for record in records
        for events in record.ranges
        for interval in _intervals(events, order)
        if interval[0] < interval[1]
    }
    singles = {key for record in records for key in record.versions}
    said = [
        *(_describe_interval(start, end, names) for start, end in sorted(intervals)),
        *(names[rank] for rank in sorted(order.rank(key) for key in singles)),
    ]
    shown = said[:_MOST_DESCRIBED]
    rest = [f"{len(said) - len(shown)} more"] if len(said) > len(shown) else []
    return ", or ".join([*shown, *rest])


def _describe_interval(start: float, end: float, names: dict[int, str]) -> str:
    """Return an interval of places as `_intervals` gives them."""
    parts = [] if start < 0 else [f">={names[int(start) // 2]}"]
    if end != float("inf"):
        parts.append(f"{'<=' if end % 2 else '<'}{names[int(end) // 2]}")
    return " and ".join(parts) or "every release"


def _intervals(events: Range, order: VersionOrder) -> list[tuple[float, float]]:
    """Return the half-open intervals of the range, in places: twice the rank, 2r + 1 is after r."""
    limits = [
        float("inf") if version == "*" else 2 * order.rank(version)
        for kind, version in events
        if kind == "limit"
    ]
    end = max(limits, default=float("inf"))
    placed = sorted(
        (_place(kind, version, order), _TIES[kind], kind)
        for kind, version in events
        if kind != "limit"
    )
    found: list[tuple[float, float]] = []
    start: float | None = None
    for place, _, kind in placed:
        if kind == "introduced":
            start = place if start is None else start
        elif start is not None:
            found.append((start, min(place, end)))
            start = None
    if start is not None:
        found.append((start, end))
    return found


def _place(kind: str, version: str, order: VersionOrder) -> float:
    if kind == "introduced" and version == "0":
        # "A version that sorts before any other version": before `0.dev1` too.
        return -1
    return 2 * order.rank(version) + (kind == "last_affected")


def _slice_mask(ranks: Sequence[int], start: float, end: float) -> int:
    first = bisect_left(ranks, start / 2)
    last = bisect_left(ranks, end / 2)
    return ((1 << (last - first)) - 1) << first if last > first else 0

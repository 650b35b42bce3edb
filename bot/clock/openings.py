"""From a schedule to moments: when it is open, and when a repository has its turn. Pure.

Rules are by the clock on the wall of a time zone. An hour that the spring takes away is taken for the
hour after it; of one that comes twice in autumn, windows take the first and quiet hours both.

Example, `before 5am on monday` in Berlin: an opening is Monday from 0:00 to 5:00, and the repository's
turn is somewhere in the first half of it, at the same place each week, far from other repositories'.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from advisor_core.config.schedule import MINUTES_OF_A_DAY, Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from advisor_core.config.schedule import DayRule, Holiday

__all__ = ["Opening", "closed_until", "next_opening", "next_turn", "openings"]

_LONGEST_SPREAD_SECONDS = 4 * 3600.0
"""Over how much of an opening the repositories' turns are spread at most."""

_MOST_DAYS = 800
"""How far it is looked ahead: the 29th of February with some holidays. What opens later never opens."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Opening:
    """Time in which new pull requests may come. Seconds since the epoch."""

    start: float
    end: float
    """Not in it any more."""


def openings(schedule: Schedule, after: float) -> Iterator[Opening]:
    """Yield the openings that end after a moment, in order; none that is over two years away."""
    zone = ZoneInfo(schedule.timezone)
    first = datetime.fromtimestamp(after, zone).date() - timedelta(days=1)
    for number in range(_MOST_DAYS):
        day = first + timedelta(days=number)
        for start, end in _open_on(schedule, day, zone):
            if end > after:
                yield Opening(start, end)


def next_opening(schedule: Schedule | None, now: float) -> Opening | None:
    """Return the opening that holds a moment, else the first after it; None: there is none.

    Without a schedule it is always open.
    """
    if schedule is None or not (schedule.windows or schedule.quiet_hours or schedule.holidays):
        return Opening(now, now + 86_400.0)
    return next(openings(schedule, now), None)


def closed_until(schedule: Schedule | None, now: float) -> str:
    """Return until when it is closed, for people: `Tue 2026-12-01 08:00 Europe/Berlin`; empty: it is open."""
    opening = next_opening(schedule, now)
    if schedule is None or (opening is not None and opening.start <= now):
        return ""
    if opening is None:
        return "the schedule is changed: it never opens"
    wall = datetime.fromtimestamp(opening.start, ZoneInfo(schedule.timezone))
    return f"{wall:%a %Y-%m-%d %H:%M} {schedule.timezone}"


def next_turn(schedule: Schedule | None, repository_id: int, after: float) -> float:
    """Return when a repository is to be looked at by itself: once in each opening.

    The place in the opening depends on the repository alone. When nothing opens, it is after a day.
    """
    known = schedule or Schedule()
    place = _place(repository_id)
    for opening in openings(known, after):
        length = opening.end - opening.start
        # Without windows nobody waits for the beginning: the whole day is used.
        spread = min(length / 2, _LONGEST_SPREAD_SECONDS) if known.windows else length
        turn = opening.start + place * spread
        if turn > after:
            return turn
    return after + 86_400.0


def _place(repository_id: int) -> float:
    """Return a number from 0 to below 1 that looks like chance and is always the same."""
    digest = hashlib.sha256(str(repository_id).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _open_on(schedule: Schedule, day: date, zone: ZoneInfo) -> list[Span]:
    if any(_is_off(holiday, day) for holiday in schedule.holidays):
        return []
    windows = _parts_on(schedule.windows, day) if schedule.windows else ((0, MINUTES_OF_A_DAY),)
    spans = [_span(day, part, zone) for part in windows]
    for part in _parts_on(schedule.quiet_hours, day):
        quiet = _quiet(day, part, zone)
        spans = [left for span in spans for left in _without(span, quiet)]
    return spans


def _parts_on(rules: tuple[DayRule, ...], day: date) -> tuple[tuple[int, int], ...]:
    """Return the parts of a day that some rule names, ascending and apart."""
    found = [
        part
        for rule in rules
        if rule.holds(day.month, day.day, day.weekday())
        for part in rule.parts
    ]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _span(day: date, part: tuple[int, int], zone: ZoneInfo) -> Span:
    start, end = (_moment(day, minutes, zone, fold=0) for minutes in part)
    # Of a part whose beginning alone was taken away the length counts.
    return start, end if end > start else start + 60.0 * (part[1] - part[0])


def _quiet(day: date, part: tuple[int, int], zone: ZoneInfo) -> Span:
    starts, ends = ([_moment(day, minutes, zone, fold=fold) for fold in (0, 1)] for minutes in part)
    return min(starts), max(ends)


def _moment(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> float:
    """Return a time on the wall as seconds since the epoch (PEP 495)."""
    more, left = divmod(minutes, MINUTES_OF_A_DAY)
    day += timedelta(days=more)
    wall = datetime(day.year, day.month, day.day, left // 60, left % 60, tzinfo=zone, fold=fold)
    return wall.astimezone(UTC).timestamp()


def _without(span: Span, hole: Span) -> list[Span]:
    left = (span[0], min(span[1], hole[0]))
    right = (max(span[0], hole[1]), span[1])
    return [each for each in (left, right) if each[0] < each[1]]


def _is_off(holiday: Holiday, day: date) -> bool:
    if holiday.country:
        return day in _holidays_of(holiday.country)
    text = day.isoformat() if len(holiday.first) > len("12-24") else f"{day:%m-%d}"
    if holiday.first <= holiday.last:
        return holiday.first <= text <= holiday.last
    return text >= holiday.first or text <= holiday.last


@functools.lru_cache(maxsize=64)
def _holidays_of(code: str) -> Mapping[date, str]:
    """Return the holidays of a country, or of a part of it; years are added when they are asked for."""
    import holidays  # noqa: PLC0415 - slow, and few schedules name a country

    country, _, part = code.partition("-")
    return holidays.country_holidays(country, subdiv=part or None)

"""Reads when: words such as `before 5am on monday`, ranges such as `18:00-08:00`, and cron lines. Pure.

A line is phrases one after the other, each of which narrows it: which days, which times. `before 5am`
and `after 10pm` together are both ends of the same days. A cron line names moments; an hour begins
at each, and with `*` or `*/n` for the minutes it is the whole hour on the clock.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.config.schedule import MINUTES_OF_A_DAY, DayRule

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["parse_when"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_DAY = rf"(?:{'|'.join(_DAYS)})s?"
_TIME = r"(?:midnight|noon|\d{1,2}(?::\d\d)?(?: ?[ap]m)?)"
_NTH = r"(?:first|\d{1,2}(?:st|nd|rd|th)?)"
_AND = r"(?:,? and |, ?| )"

_PHRASES = (
    ("any", r"(?:at )?any ?time|always"),
    ("daily", r"daily|every day"),
    ("weekdays", r"(?:on |every )?weekdays?"),
    ("weekends", r"(?:on |every )?weekends?"),
    ("weekly", r"weekly|every week"),
    ("monthly", r"monthly|every month"),
    ("quarterly", r"quarterly|every quarter"),
    ("yearly", r"yearly|every year"),
    ("days", rf"(?:on |every )?{_DAY}(?:{_AND}(?:on |every )?{_DAY})*"),
    ("nth", rf"on the {_NTH}(?:{_AND}(?:the )?{_NTH})*(?: days?)? of (?:the |every |each )?month"),
    ("range", r"\d{1,2}:\d\d ?- ?\d{1,2}:\d\d"),
    ("between", rf"(?:between|from) {_TIME} (?:and|to|until) {_TIME}"),
    ("before", rf"before {_TIME}"),
    ("after", rf"after {_TIME}"),
    ("at", rf"at {_TIME}"),
)
_PHRASE = re.compile("|".join(rf"(?P<{name}>{pattern})(?![\w:])" for name, pattern in _PHRASES))
_MONTHS_BETWEEN = {"monthly": 1, "quarterly": 3, "yearly": 12}
_BETWEEN_PHRASES = re.compile(r"(?:,| and(?= ))? *")

_CRON = re.compile(r"(?:[\da-z*,/-]+ ){4}[\da-z*,/-]+")


def parse_when(text: str) -> DayRule:
    """Return which days and times a line means.

    Raises ValueError, with what is wrong, for what is no such line and for days that never come.
    """
    words = " ".join(text.lower().split())
    rule = (
        _parse_cron(words)
        if _CRON.fullmatch(words) and words[0] in "0123456789*"
        else _parse_words(words)
    )
    if not any(
        rule.is_either or day <= _LONGEST_MONTH[month - 1]
        for month in rule.months
        for day in rule.month_days
    ):
        raise ValueError("no year has such a day")
    return rule


def _parse_words(words: str) -> DayRule:
    said = _Said()
    at = 0
    while at < len(words):
        found = _PHRASE.match(words, at)
        if found is None:
            raise ValueError(f"not understood: {words[at : at + 40]!r}")
        said.add(str(found.lastgroup), found.group())
        at = _skip(words, found.end())
    if not words:
        raise ValueError("nothing is said")
    return said.rule()


class _Said:
    """What the phrases of a line have said so far."""

    def __init__(self) -> None:
        self.weekdays = DayRule().weekdays
        self.month_days = DayRule().month_days
        self.months = DayRule().months
        self.ranges: list[tuple[int, int]] = []
        self.after, self.before = 0, MINUTES_OF_A_DAY
        self.rhythms: set[str] = set()

    def add(self, kind: str, text: str) -> None:
        """Narrow it by one phrase. Raises ValueError."""
        if kind in {"weekdays", "weekends", "days"}:
            named = {day for day, name in enumerate(_DAYS) if name in text}
            more = {"weekdays": set(range(5)), "weekends": {5, 6}}.get(kind, named)
            self.weekdays = self.weekdays & more
        elif kind == "nth":
            numbers = {int(each) for each in re.findall(r"\d+", text)}
            numbers |= {1} if "first" in text else set()
            if not numbers <= set(range(1, 32)):
                raise ValueError(f"no day of a month: {text!r}")
            self.month_days = self.month_days & numbers
        elif kind in _MONTHS_BETWEEN or kind == "weekly":
            self.rhythms.add(kind)
        elif kind not in {"any", "daily"}:
            self._add_times(kind, [_minutes(each) for each in re.findall(_TIME, text)])

    def _add_times(self, kind: str, times: list[int]) -> None:
        if kind == "before":
            self.before = min(self.before, times[0] or MINUTES_OF_A_DAY)
        elif kind == "after":
            self.after = max(self.after, times[0])
        elif kind == "at":
            self.ranges.append((times[0], min(times[0] + 60, MINUTES_OF_A_DAY)))
        else:
            self.ranges.append((times[0], times[1] or MINUTES_OF_A_DAY))

    def rule(self) -> DayRule:
        """Return what was said. Raises ValueError."""
        every = DayRule()
        if "weekly" in self.rhythms and self.weekdays == every.weekdays:
            self.weekdays = frozenset((0,))
        for rhythm in self.rhythms - {"weekly"}:
            self.months = self.months & frozenset(range(1, 13, _MONTHS_BETWEEN[rhythm]))
            if self.month_days == every.month_days:
                # The first day of it; with a weekday, the first such day.
                last = 1 if self.weekdays == every.weekdays else 7
                self.month_days = frozenset(range(1, last + 1))
        if not (self.weekdays and self.month_days and self.months):
            raise ValueError("no day is all of that")
        ranges = self.ranges
        if self.after or self.before < MINUTES_OF_A_DAY:
            ranges = [*ranges, (self.after, self.before)]
        split = [part for each in ranges for part in _split(*each)]
        return DayRule(_merge(split) or every.parts, self.weekdays, self.month_days, self.months)


def _skip(words: str, at: int) -> int:
    found = _BETWEEN_PHRASES.match(words, at)
    return found.end() if found is not None else at


def _minutes(text: str) -> int:
    """Return a time of the day as minutes since midnight."""
    if text in {"midnight", "noon"}:
        return 720 if text == "noon" else 0
    found = re.fullmatch(r"(\d{1,2})(?::(\d\d))?(?: ?([ap])m)?", text)
    hour, minute = int(found[1]) if found else 99, int(found[2] or 0) if found else 0
    half = found[3] if found else None
    if half is not None:
        if not 1 <= hour <= 12:
            raise ValueError(f"no time of a day: {text!r}")
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour * 60 + minute > MINUTES_OF_A_DAY or minute > 59:
        raise ValueError(f"no time of a day: {text!r}")
    return hour * 60 + minute


def _split(start: int, end: int) -> list[tuple[int, int]]:
    """Return a part of a day; one that goes over midnight as both ends of each day."""
    if start < end:
        return [(start, end)]
    if start == end:
        raise ValueError("a time that ends when it begins")
    return [(0, end), (start, MINUTES_OF_A_DAY)]


def _merge(parts: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(part for part in parts if part[0] < part[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _parse_cron(line: str) -> DayRule:
    minute, hour, month_day, month, weekday = line.split(" ")
    minutes = _field(minute, 0, 59)
    hours = _field(hour, 0, 23)
    parts = [
        (60 * each, 60 * each + 60)
        if minute.startswith("*")
        else (60 * each + start, 60 * each + start + 60)
        for each in hours
        for start in minutes
    ]
    months = _field(month, 1, 12, names=_MONTHS)
    weekdays = frozenset(
        (day - 1) % 7 for day in _field(weekday, 0, 7, names=("sunday", *_DAYS[:6]))
    )
    return DayRule(
        _merge((start, min(end, MINUTES_OF_A_DAY)) for start, end in parts),
        weekdays,
        _field(month_day, 1, 31),
        months,
        is_either=not month_day.startswith("*") and not weekday.startswith("*"),
    )


def _field(text: str, least: int, most: int, *, names: tuple[str, ...] = ()) -> frozenset[int]:
    """Return the numbers of a field of a cron line."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = least if first == "*" else _number(first, least, names)
        if last:
            end = _number(last, least, names)
        else:
            end = most if first == "*" or step else start
        stride = int(step) if step.isdecimal() else 0 if "/" in part else 1
        if not least <= start <= end <= most or stride < 1 or (first == "*" and last):
            raise ValueError(f"not a field of a cron line: {part[:20]!r}")
        found.update(range(start, end + 1, stride))
    return frozenset(found)


def _number(text: str, least: int, names: tuple[str, ...]) -> int:
    if text.isdecimal() and len(text) <= 2:
        return int(text)
    for place, name in enumerate(names):
        if text == name[:3]:
            return least + place
    raise ValueError(f"not a field of a cron line: {text[:20]!r}")

"""Packages whose projects have published nothing for years."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from advisor_core.abandonment import ABANDONED_DAYS, Abandoned, find_abandoned
from advisor_core.model import Pin, Stack
from advisor_core.outcome import Answers
from fakes.outcomes import improved

DAY = 86_400
NOW = 10_000 * DAY


@dataclass
class Project:
    times: list = field(default_factory=list)

    @property
    def versions(self):
        return [str(number) for number in range(len(self.times))]

    def upload_times(self, position):
        time = self.times[position]
        return None if time is None else (time - DAY, time)


def find(now=NOW, **projects):
    stack = Stack({name: Pin(name, "1", (), "pypi") for name in projects})
    answers = Answers({name: Project(times) for name, times in projects.items()})
    outcome = replace(improved([]), stacks={"default": stack}, answers=answers)
    return find_abandoned([outcome, outcome], now=now)


OLD = NOW - (ABANDONED_DAYS + 1) * DAY


def test_the_newest_upload_of_the_newest_versions_counts():
    assert find(old=[OLD, OLD - DAY], fresh=[NOW], back=[OLD, OLD, NOW], none=[]) == (
        Abandoned("old", OLD),
    )


def test_the_oldest_is_named_first_and_each_once():
    assert [each.package for each in find(a=[OLD], b=[OLD - DAY])] == ["b", "a"]


def test_what_is_not_dated_is_not_called_abandoned():
    assert find(a=[OLD, None], b=[None]) == ()
    assert find(now=0, a=[OLD]) == ()

"""When a schedule is open, and when a repository has its turn; over changes of the clock too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_core.config import read_configuration
from bot.clock.openings import next_opening, next_turn, openings

BERLIN = "Europe/Berlin"


def schedule(when="at any time", zone="UTC", **more):
    keys = {"when": when, "timezone": zone, **more}
    text = "".join(f"  {key}: {value!r}\n" for key, value in keys.items())
    return read_configuration(f"schedule:\n{text}".encode()).schedule


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(opening, zone):
    start, end = (
        datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in (opening.start, opening.end)
    )
    return f"{start:%a %m-%d %H:%M} {(opening.end - opening.start) / 60:.0f} {end:%H:%M}"


def first(count, rules, after, zone="UTC"):
    return [shown(each, zone) for each in islice(openings(rules, at(after, zone)), count)]


def test_openings_follow_each_other():
    assert first(3, schedule("before 5am on monday, thursday"), "2026-11-30T12:00") == [
        "Thu 12-03 00:00 300 05:00",
        "Mon 12-07 00:00 300 05:00",
        "Thu 12-10 00:00 300 05:00",
    ]


def test_quiet_hours_and_holidays_are_taken_out():
    rules = schedule(
        "every weekday",
        BERLIN,
        quiet_hours=["18:00-08:00", "12:00-13:00"],
        holidays=["2026-12-24..2026-12-31", "01-01"],
    )
    assert first(3, rules, "2026-12-23T12:30", BERLIN) == [
        "Wed 12-23 13:00 300 18:00",
        "Mon 01-04 08:00 240 12:00",
        "Mon 01-04 13:00 300 18:00",
    ]


def test_holidays_of_a_country_are_taken_out():
    # Heilige Drei Könige is one in Bavaria, and none in Berlin.
    assert first(1, schedule("daily", holidays=["DE-BY"]), "2027-01-06T00:00") == [
        "Thu 01-07 00:00 1440 00:00"
    ]
    assert first(1, schedule("daily", holidays=["DE-BE"]), "2027-01-06T00:00") == [
        "Wed 01-06 00:00 1440 00:00"
    ]


def test_holidays_may_go_over_the_turn_of_the_year():
    assert first(1, schedule("daily", holidays=["12-24..01-02"]), "2028-12-24T09:00") == [
        "Wed 01-03 00:00 1440 00:00"
    ]


@pytest.mark.parametrize(
    ("when", "found"),
    [
        # On 2027-03-28 the hour from 2:00 to 3:00 does not exist in Berlin.
        ("daily", "Sun 03-28 00:00 1380 00:00"),
        ("at 2:30", "Sun 03-28 03:30 60 04:30"),
        ("2:00-2:30", "Sun 03-28 03:00 30 03:30"),
        ("2:30-3:15", "Sun 03-28 03:30 45 04:15"),
        ("before 3am", "Sun 03-28 00:00 120 03:00"),
        ("1:00-4:00", "Sun 03-28 01:00 120 04:00"),
    ],
)
def test_an_hour_that_spring_takes_away_is_the_one_after_it(when, found):
    assert first(1, schedule(when, BERLIN), "2027-03-28T00:00", BERLIN) == [found]


@pytest.mark.parametrize(
    ("when", "found"),
    [
        # On 2026-10-25 the hour from 2:00 to 3:00 comes twice in Berlin.
        ("daily", ["Sun 10-25 00:00 1500 00:00", "Mon 10-26 00:00 1440 00:00"]),
        ("at 2:30", ["Sun 10-25 02:30 120 03:30", "Mon 10-26 02:30 60 03:30"]),
        ("2:00-2:30", ["Sun 10-25 02:00 30 02:30", "Mon 10-26 02:00 30 02:30"]),
        ("1:00-4:00", ["Sun 10-25 01:00 240 04:00", "Mon 10-26 01:00 180 04:00"]),
    ],
)
def test_an_hour_that_comes_twice_opens_once(when, found):
    assert first(2, schedule(when, BERLIN), "2026-10-25T00:00", BERLIN) == found


def test_quiet_hours_hold_in_both_of_an_hour_that_comes_twice():
    rules = schedule("daily", BERLIN, quiet_hours="2:00-2:30")
    before, after = islice(openings(rules, at("2026-10-25T00:00", BERLIN)), 2)
    assert shown(before, BERLIN) == "Sun 10-25 00:00 120 02:00"
    assert after.start - before.end == 90 * 60
    # The second 2:30, an hour before 3:30 of winter time.
    assert at("2026-10-25T03:30", BERLIN) - after.start == 3600


def test_quiet_hours_that_spring_takes_away_close_nothing_else():
    rules = schedule("daily", BERLIN, quiet_hours="2:00-3:00")
    found = list(islice(openings(rules, at("2027-03-28T00:00", BERLIN)), 2))
    assert sum(each.end - each.start for each in found) >= 21 * 3600


def test_without_a_schedule_it_is_always_open():
    assert next_opening(None, 123.0).start == 123.0
    assert next_opening(schedule(), 123.0).start == 123.0


def test_what_never_opens_is_told_and_the_repository_looked_at_each_day():
    rules = schedule("every weekday", quiet_hours="every weekday")
    assert next_opening(rules, 0.0) is None
    assert next_turn(rules, 11, 1000.0) == 1000.0 + 86_400


def test_a_repositorys_turn_is_in_the_first_half_of_each_opening_at_the_same_place():
    rules = schedule("before 5am on monday", BERLIN)
    now, turns = at("2026-11-30T12:00"), []
    for _ in range(3):
        now = next_turn(rules, 11, now)
        turns.append(now)
    places = {turn - next_opening(rules, turn).start for turn in turns}
    assert len(places) == 1
    assert 0 <= places.pop() < 2.5 * 3600
    assert [turns[1] - turns[0], turns[2] - turns[1]] == [7 * 86_400] * 2


def test_turns_of_many_repositories_are_spread():
    after = at("2026-11-30T00:00") - 1
    turns = [next_turn(None, number, after) - after for number in range(2000)]
    hours = [int(turn // 3600) for turn in turns]
    assert all(50 < hours.count(hour) < 120 for hour in range(24))


@pytest.mark.parametrize("zone", [BERLIN, "America/Havana", "Australia/Lord_Howe", "Africa/Cairo"])
def test_each_day_has_one_turn_whatever_the_clock_does(zone):
    rules = schedule("daily", zone)
    now, end, turns = at("2026-01-01T00:00", zone), at("2027-01-01T00:00", zone), 0
    while (now := next_turn(rules, 99, now)) < end:
        turns += 1
    assert turns == 365


LINES = [
    "every weekday",
    "18:00-08:00",
    "before 5am on monday",
    "0 5,17 * * *",
    "on the 7th of the month",
]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=2),
    st.lists(st.sampled_from(LINES), max_size=2),
    st.sampled_from(["UTC", BERLIN, "Asia/Kolkata"]),
)
def test_openings_are_the_minutes_that_the_rules_name(windows, quiet, zone):
    """Minute by minute over eight days without a change of the clock."""
    rules = schedule(windows, zone, quiet_hours=quiet)
    start = at("2026-06-01T00:00", zone)
    spans = [each for each in islice(openings(rules, start), 40) if each.start < start + 8 * 86_400]

    def holds(rule, moment):
        minutes = moment.hour * 60 + moment.minute
        inside = any(begin <= minutes < end for begin, end in rule.parts)
        return inside and rule.holds(moment.month, moment.day, moment.weekday())

    for minute in range(0, 8 * 1440, 7):
        moment = datetime.fromtimestamp(start, UTC) + timedelta(minutes=minute)
        wall = moment.astimezone(ZoneInfo(zone))
        wanted = any(holds(rule, wall) for rule in rules.windows) and not any(
            holds(rule, wall) for rule in rules.quiet_hours
        )
        is_open = any(each.start <= moment.timestamp() < each.end for each in spans)
        assert is_open == wanted, wall

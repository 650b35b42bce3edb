"""What `schedule` in a `.thoth.yaml` means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config import read_configuration
from advisor_core.config.schedule import Holiday, Schedule
from advisor_core.config.schedule_words import parse_when
from advisor_core.errors import InputError

ALL_DAY = ((0, 1440),)
MONDAY, TUESDAY, FRIDAY = 0, 1, 4
WEEKDAYS = set(range(5))


def read(text):
    return read_configuration(text.encode()).schedule


def faults_of(text):
    with pytest.raises(InputError) as caught:
        read(text)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("line", "parts", "weekdays"),
    [
        ("at any time", ALL_DAY, set(range(7))),
        ("every weekday", ALL_DAY, WEEKDAYS),
        ("on weekends", ALL_DAY, {5, 6}),
        ("Weekly", ALL_DAY, {MONDAY}),
        ("weekly on friday", ALL_DAY, {FRIDAY}),
        ("on mondays,  tuesday and friday", ALL_DAY, {MONDAY, TUESDAY, FRIDAY}),
        ("before 5am on monday", ((0, 300),), {MONDAY}),
        ("on monday before 5:30 am", ((0, 330),), {MONDAY}),
        ("before midnight", ALL_DAY, set(range(7))),
        ("after 12pm", ((720, 1440),), set(range(7))),
        ("after 12am", ALL_DAY, set(range(7))),
        ("after 9am and before 5pm every weekday", ((540, 1020),), WEEKDAYS),
        ("after 10pm and before 5am every weekday", ((0, 300), (1320, 1440)), WEEKDAYS),
        ("22:00-05:00", ((0, 300), (1320, 1440)), set(range(7))),
        ("from noon to 14:00", ((720, 840),), set(range(7))),
        ("at 23:30", ((1410, 1440),), set(range(7))),
        ("0 5 * * 1", ((300, 360),), {MONDAY}),
        ("*/10 0-4 * * mon-fri", ((0, 300),), WEEKDAYS),
        ("30 5,6 * * 0,7", ((330, 450),), {6}),
        ("0 0-23/6 * * *", ((0, 60), (360, 420), (720, 780), (1080, 1140)), set(range(7))),
    ],
)
def test_a_line_means_times_on_weekdays(line, parts, weekdays):
    rule = parse_when(line)
    assert (rule.parts, set(rule.weekdays)) == (parts, weekdays)
    assert (len(rule.month_days), len(rule.months)) == (31, 12)


@pytest.mark.parametrize(
    ("line", "month_days", "months"),
    [
        ("monthly", {1}, set(range(1, 13))),
        ("monthly on tuesday", set(range(1, 8)), set(range(1, 13))),
        ("quarterly", {1}, {1, 4, 7, 10}),
        ("yearly", {1}, {1}),
        ("on the first day of the month", {1}, set(range(1, 13))),
        ("on the 1st, 15th and 31st of every month", {1, 15, 31}, set(range(1, 13))),
        ("quarterly on the 2nd of the month", {2}, {1, 4, 7, 10}),
        ("0 5 1,15 feb-apr *", {1, 15}, {2, 3, 4}),
        ("0 5 29 2 *", {29}, {2}),
    ],
)
def test_a_line_means_days_of_months(line, month_days, months):
    rule = parse_when(line)
    assert (set(rule.month_days), set(rule.months)) == (month_days, months)


def test_a_cron_line_with_both_kinds_of_days_means_either():
    rule = parse_when("0 5 13 * 5")
    assert rule.holds(month=3, month_day=13, weekday=MONDAY)
    assert rule.holds(month=3, month_day=14, weekday=FRIDAY)
    assert not rule.holds(month=3, month_day=14, weekday=MONDAY)


@pytest.mark.parametrize(
    "line",
    [
        "moonday",
        "before 25:00",
        "at 13pm",
        "at 24:00",
        "8:00-8:00",
        "before 5am onmonday",
        "on the 32nd of the month",
        "every weekend on monday",
        "61 * * * *",
        "0 5-1 * * *",
        "0 5/0 * * *",
        "*-3 * * * *",
        "0 5 * * xyz",
        "0 0 31 2,4 *",
        "0 5 * *",
        "0 5 * * * *",
        "",
    ],
)
def test_a_line_that_means_nothing_is_refused(line):
    with pytest.raises(ValueError, match=r"\w"):
        parse_when(line)


@given(st.text(max_size=60) | st.text("0123456789*,/- amp:onday", max_size=60))
def test_any_text_is_a_rule_or_refused(text):
    try:
        rule = parse_when(text)
    except ValueError:
        return
    ends = [moment for part in rule.parts for moment in part]
    assert ends == sorted(set(ends))
    assert 0 <= ends[0] < ends[-1] <= 1440


def test_a_text_and_a_list_are_short_for_when():
    assert read("schedule: every   weekday\n").text == "every weekday"
    both = read("schedule: [weekly, '0 5 * * 4']\n")
    assert (both.text, len(both.windows)) == ("weekly; 0 5 * * 4", 2)
    assert read("schedule: [weekly, at any time]\n") == Schedule()
    assert read("schedule:\n") is None
    assert read_configuration(None).schedule is None


def test_every_key_of_a_schedule_is_read():
    schedule = read(
        "schedule:\n  when: weekly\n  timezone: America/New_York\n  security: scheduled\n"
        "  quiet_hours: [every weekend, 18:00-08:00]\n"
        "  holidays: [2026-12-24..2027-01-02, 2026-05-01, 12-25, 12-24..01-02, us-ca, DE]\n"
    )
    assert (schedule.timezone, schedule.holds_security) == ("America/New_York", True)
    assert [rule.parts for rule in schedule.quiet_hours] == [ALL_DAY, ((0, 480), (1080, 1440))]
    assert schedule.holidays == (
        Holiday("2026-12-24", "2027-01-02"),
        Holiday("2026-05-01", "2026-05-01"),
        Holiday("12-25", "12-25"),
        Holiday("12-24", "01-02"),
        Holiday(country="US-CA"),
        Holiday(country="DE"),
    )


def test_every_fault_names_its_line_and_the_fix():
    faults = faults_of(
        "schedule:\n  when: [weekly, moonday]\n  timezone: Europe/Berlln\n  security: never\n"
        "  holidays:\n  - 2026-12-24..12-26\n  - DE-XX\n  - 2027-01-02..2026-12-24\n  quiet: x\n"
    )
    assert [fault.partition("\n")[0] for fault in faults] == [
        ".thoth.yaml:2: `when`: not understood: 'moonday'",
        ".thoth.yaml:3: `timezone` is not a name of IANA's time zone database: 'Europe/Berlln'",
        ".thoth.yaml:4: `security` must be one of any-time, scheduled: 'never'",
        ".thoth.yaml:6: `holidays` is neither days nor a country: '2026-12-24..12-26'",
        ".thoth.yaml:7: `holidays` is neither days nor a country: 'DE-XX'",
        ".thoth.yaml:8: `holidays` is neither days nor a country: '2027-01-02..2026-12-24'",
        ".thoth.yaml:9: unknown key in `schedule`: 'quiet'",
    ]
    assert all("hint: " in fault for fault in faults)
    assert "did you mean `Europe/Berlin`?" in faults[1]


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/localtime", "Europe/", "Europe"])
def test_a_time_zone_is_no_path(zone):
    (fault,) = faults_of(f"schedule: {{timezone: '{zone}'}}\n")
    assert fault.startswith(".thoth.yaml:1: `timezone` is not a name")


def test_too_many_lines_are_refused():
    (fault,) = faults_of(f"schedule: [{', '.join(['weekly'] * 51)}]\n")
    assert "more than 50 lines" in fault

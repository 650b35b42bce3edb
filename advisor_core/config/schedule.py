"""When a repository wants to hear from the App, as values. Performs no I/O and knows no clock.

    schedule: {when: before 5am every weekday, timezone: Europe/Berlin, quiet_hours: "18:00-08:00"}

is one `DayRule` for `when` (Monday to Friday, minutes 0 to 300) and one for the quiet hours (every day,
minutes 0 to 480 and 1080 to 1440).
"""

from __future__ import annotations

from advisor_core.values import dataclass

__all__ = ["MINUTES_OF_A_DAY", "DayRule", "Holiday", "Schedule"]

MINUTES_OF_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class DayRule:
    """Some days, and parts of them. By the clock on the wall."""

    parts: tuple[tuple[int, int], ...] = ((0, MINUTES_OF_A_DAY),)
    """Minutes since midnight, from and until, ascending and apart."""
    weekdays: frozenset[int] = frozenset(range(7))
    """0 is Monday."""
    month_days: frozenset[int] = frozenset(range(1, 32))
    months: frozenset[int] = frozenset(range(1, 13))
    is_either: bool = False
    """A day of which the weekday or the day of the month fits is one; else both have to
    (cron: https://man7.org/linux/man-pages/man5/crontab.5.html)."""

    def holds(self, month: int, month_day: int, weekday: int) -> bool:
        """Return whether a day is one of them."""
        fits = (weekday in self.weekdays, month_day in self.month_days)
        return month in self.months and (any(fits) if self.is_either else all(fits))


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days off: from and until, both included; or all holidays of a country."""

    first: str = ""
    """`2026-12-24`, or `12-24` for each year."""
    last: str = ""
    """As `first`; `12-31` to `01-02` goes over the turn of the year."""
    country: str = ""
    """`DE`, or `DE-BE` with those of a part of it; then there are no days."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When new pull requests may come, and when the repository is looked at by itself."""

    windows: tuple[DayRule, ...] = ()
    """None: at any time."""
    text: str = "at any time"
    """`when` as it was written, on one line."""
    timezone: str = "UTC"
    """IANA's name: whose clock the rules mean."""
    holidays: tuple[Holiday, ...] = ()
    quiet_hours: tuple[DayRule, ...] = ()
    """Within the windows, when no new pull request comes."""
    holds_security: bool = False
    """Whether pull requests that mend a vulnerability wait too."""

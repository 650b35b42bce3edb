"""The time that a fake GitHub lives by; tests move it, nothing waits for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

__all__ = ["Clock", "format_time"]


class Clock:
    """The present: stands still at `start`, or follows the machine's clock when that is None.

    A frozen clock makes commits' shas and every answer the same in each run. The App must then be
    given the same time, or GitHub refuses its JWT; clients that read the machine's clock themselves
    (gidgethub's JWT) need the following clock.
    """

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(f"a time without time zone: {start!r}")
        self._start = start
        self._moved = timedelta()

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        return (self._start or datetime.now(UTC)) + self._moved

    def timestamp(self) -> float:
        """Return the present in seconds since 1970; give it to code that wants `time.time`."""
        return (self._start.timestamp() if self._start else time.time()) + (
            self._moved.total_seconds()
        )

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, at least 0."""
        if seconds < 0:
            raise ValueError(f"time does not go back: {seconds!r}")
        self._moved += timedelta(seconds=seconds)


def format_time(moment: datetime) -> str:
    """Return a time as GitHub writes it: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

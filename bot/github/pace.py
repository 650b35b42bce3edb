"""Who may write to GitHub when: the pace of one installation, or none.

GitHub asks for one request at a time among those that change something, a second between them, and
takes at most 80 of them a minute and 500 an hour. `LocalPace` keeps that within one process; what
keeps it over several is given to `AppClient`.
https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "KEPT_FOR_SECURITY",
    "SECONDS_BETWEEN_WRITES",
    "WRITES_EACH",
    "WRITES_PER_HOUR",
    "LocalPace",
    "NoPace",
    "Pace",
    "Turn",
    "Wait",
    "most_an_hour",
]

WRITES_PER_HOUR: Final = 500
"""Past it GitHub refuses what creates content; we wait instead."""

KEPT_FOR_SECURITY: Final = 50
"""Of them, that security updates alone may use: ten at once, however much else was written within the
hour. What is left is enough for 80 ordinary updates an hour; they wait for each other's hour to pass."""

WRITES_EACH: Final = 5
"""Of an ordinary update: tree, commit, ref, pull request, dashboard. With less room it is not begun."""

SECONDS_BETWEEN_WRITES: Final = 1.0
"""GitHub asks for a pause of a second between requests that change something, one at a time. So
there are at most 60 a minute, which keeps the other limit, 80 a minute, too."""


def most_an_hour(*, urgent: bool) -> int:
    """Return how many writes there may be in an hour when one more, urgent or not, is sent."""
    return WRITES_PER_HOUR if urgent else WRITES_PER_HOUR - KEPT_FOR_SECURITY


class Turn(Protocol):
    """The right to write once."""

    async def is_ours(self) -> bool:
        """Return whether it still is: a turn ends by itself when it is kept for too long."""

    async def give_back(self) -> None:
        """End it: the write has ended, whatever came of it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nobody may write for so long, or somebody writes."""

    seconds: float
    is_writing: bool = False
    """Somebody writes; look again after the seconds."""
    room_seconds: float = 0.0
    """The hour is full, and has room for a whole update after this."""


class Pace(Protocol):
    """Gives out turns to write. Used by one task at a time in a process."""

    async def take(self, *, urgent: bool = False) -> Turn | Wait:
        """Take a turn, and count a write; or tell how long to wait.

        `urgent`: it may use what is kept for security.
        """

    async def closed_until(self) -> float:
        """Return before when others have learnt that nothing may be sent; 0: they have not."""

    def close(self, until: float) -> None:
        """Let others know that nothing may be sent before a moment."""


class NoPace:
    """Lets everybody write: the App's own calls create no content. Is its own turn."""

    async def take(self, *, urgent: bool = False) -> Turn | Wait:  # noqa: ARG002 - all may
        """Return itself."""
        return self

    async def is_ours(self) -> bool:
        """Return True."""
        return True

    async def give_back(self) -> None:
        """Do nothing."""

    async def closed_until(self) -> float:
        """Return 0: there are no others."""
        return 0.0

    def close(self, until: float) -> None:
        """Do nothing: there are no others."""


class LocalPace(NoPace):
    """Keeps the limits within one process, which takes no turn before it has given back the last."""

    def __init__(self, clock: Callable[[], float], *, margin_seconds: float = 1.0) -> None:
        self._clock = clock
        self._margin_seconds = margin_seconds
        self._writes: deque[float] = deque(maxlen=WRITES_PER_HOUR)

    async def take(self, *, urgent: bool = False) -> Turn | Wait:
        """Take a turn, and count a write; or tell how long to wait."""
        now = self._clock()
        writes = self._writes
        paused = writes[-1] + SECONDS_BETWEEN_WRITES - now if writes else 0.0
        most = most_an_hour(urgent=urgent)
        full = self._seconds_until_below(most)
        if paused > 0 or full > 0:
            room = self._seconds_until_below(most - WRITES_EACH + 1) if full > 0 else 0.0
            return Wait(max(paused, full), room_seconds=room)
        writes.append(now)
        return self

    def _seconds_until_below(self, count: int) -> float:
        """Return after how long the hour has fewer writes than that; not above 0: it has."""
        if len(self._writes) < count:
            return 0.0
        return self._writes[-count] + 3600 + self._margin_seconds - self._clock()

    async def give_back(self) -> None:
        """Begin the pause."""
        self._writes[-1] = self._clock()

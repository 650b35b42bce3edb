"""When a request to GitHub may be sent: the limits of one installation. Waits on a given clock.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bot.errors import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

__all__ = ["Throttle"]

WRITES_PER_HOUR: Final = 500
"""Past it GitHub refuses what creates content; we wait instead."""

SECONDS_BETWEEN_WRITES: Final = 1.0
"""GitHub asks for a pause of a second between requests that change something, one at a time. So
there are at most 60 a minute, which keeps the other limit, 80 a minute, too."""

CONCURRENT_REQUESTS: Final = 10
"""GitHub refuses more than 100 at once, over all that the App does."""

MARGIN_SECONDS: Final = 1.0
"""Added to every moment that GitHub names: its clock is not ours, and it counts whole seconds."""


class Throttle:
    """The limits of one installation, for one event loop of one process.

    Several processes that write for the same installation each keep these limits; what GitHub
    refuses then is waited for all the same.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        patience_seconds: float = 120.0,
        spaced: bool = True,
    ) -> None:
        """`clock`: seconds since the epoch.

        `patience_seconds`: a longer wait is a RateLimitedError, so that the worker can do something
        else. `spaced`: whether writes create content, which the App's own calls do not.
        """
        self._clock = clock
        self._sleep = sleep
        self._patience_seconds = patience_seconds
        self._spaced = spaced
        self._writer = asyncio.Lock()
        self._slots = asyncio.Semaphore(CONCURRENT_REQUESTS)
        self._writes: deque[float] = deque(maxlen=WRITES_PER_HOUR)
        self._closed_until = 0.0

    @property
    def closed_until(self) -> float:
        """The moment before which nothing may be sent; in the past when nothing is known."""
        return self._closed_until

    def close(self, until: float) -> None:
        """Send nothing before a moment: GitHub said so."""
        self._closed_until = max(self._closed_until, until)

    def note(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer, names in lower case."""
        if headers.get("x-ratelimit-remaining") == "0":
            reset = headers.get("x-ratelimit-reset", "")
            if reset.isascii() and reset.isdigit():
                self.close(float(reset) + MARGIN_SECONDS)

    @asynccontextmanager
    async def turn(self, action: str, *, writes: bool) -> AsyncIterator[None]:
        """Wait until a request may be sent, and count it; hold the context while it is under way.

        Raises RateLimitedError when that takes longer than the patience.
        """
        if not writes:
            async with self._slots:
                await self._wait(action, lambda: self._closed_until)
                yield
            return
        async with self._writer, self._slots:
            await self._wait(action, self._next_write)
            if self._spaced:
                self._writes.append(self._clock())
            try:
                yield
            finally:
                if self._spaced:
                    # The pause begins when the write has ended.
                    self._writes[-1] = self._clock()

    async def pause(self, action: str, seconds: float, reason: str) -> None:
        """Wait that long. Raises RateLimitedError at once when the patience is shorter."""
        if seconds > self._patience_seconds:
            raise RateLimitedError(action, reason, until=self._clock() + seconds)
        await self._sleep(seconds)

    async def _wait(self, action: str, moment: Callable[[], float]) -> None:
        # Again after each wait: meanwhile another request may have learnt of a limit.
        while (seconds := moment() - self._clock()) > 0:
            await self.pause(action, seconds, "GitHub's rate limit is used up")

    def _next_write(self) -> float:
        earliest = self._closed_until
        if not self._spaced:
            return earliest
        writes = self._writes
        if writes:
            earliest = max(earliest, writes[-1] + SECONDS_BETWEEN_WRITES)
        if len(writes) >= WRITES_PER_HOUR:
            earliest = max(earliest, writes[-WRITES_PER_HOUR] + 3600 + MARGIN_SECONDS)
        return earliest

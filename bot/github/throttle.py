"""When a request to GitHub may be sent: the limits of one installation. Waits on a given clock.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bot.errors import RateLimitedError
from bot.github.pace import LocalPace, Wait

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from bot.github.pace import Pace

__all__ = ["Throttle"]

CONCURRENT_REQUESTS: Final = 10
"""GitHub refuses more than 100 at once, over all that the App does."""

MARGIN_SECONDS: Final = 1.0
"""Added to every moment that GitHub names: its clock is not ours, and it counts whole seconds."""

_SHORTEST_SECONDS: Final = 0.001
"""The end of an hour can be less away than a clock can tell: each look at the database lasts longer."""

_LOOK_SECONDS: Final = 10.0
"""How often it is looked whether another worker has learnt of a limit."""


class Throttle:
    """The limits of one installation, for one event loop.

    Its pace says who writes when, in this process or over several.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        patience_seconds: float = 120.0,
        pace: Pace | None = None,
    ) -> None:
        """`clock`: seconds since the epoch.

        `patience_seconds`: a longer wait is a RateLimitedError, so that the worker can do something
        else. `pace` None: this process is the only one that writes.
        """
        self._clock = clock
        self._sleep = sleep
        self._patience_seconds = patience_seconds
        self._pace = pace if pace is not None else LocalPace(clock)
        self._writer = asyncio.Lock()
        self._slots = asyncio.Semaphore(CONCURRENT_REQUESTS)
        self._closed_until = 0.0
        self._looked_at = float("-inf")

    @property
    def closed_until(self) -> float:
        """The moment before which nothing may be sent; in the past when nothing is known."""
        return self._closed_until

    def close(self, until: float) -> None:
        """Send nothing before a moment: GitHub said so. Other workers are told."""
        if until > self._closed_until:
            self._closed_until = until
            self._pace.close(until)

    def note(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer, names in lower case."""
        if headers.get("x-ratelimit-remaining") == "0":
            reset = headers.get("x-ratelimit-reset", "")
            if reset.isascii() and reset.isdigit():
                self.close(float(reset) + MARGIN_SECONDS)

    @asynccontextmanager
    async def turn(
        self, action: str, *, writes: bool, urgent: bool = False
    ) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        """Wait until a request may be sent, and count it; hold the context while it is under way.

        Gives what tells, right before the request is sent, whether it still may be. An `urgent` write
        may use what is kept for security. Raises RateLimitedError when the wait takes longer than the
        patience.
        """
        if not writes:
            async with self._slots:
                await self._learn()
                await self._wait(action)
                yield _always
            return
        waited = 0.0
        while True:
            async with self._writer, self._slots:
                await self._wait(action)
                found = await self._pace.take(urgent=urgent)
                if not isinstance(found, Wait):
                    try:
                        yield found.is_ours
                    finally:
                        # The pause begins when the write has ended.
                        await found.give_back()
                    return
            # Others go on meanwhile: what is urgent need not wait when this does.
            waited += found.seconds
            if waited > self._patience_seconds:
                of_share = found.room_seconds > 0 and not urgent
                wait = found.room_seconds if of_share else found.seconds
                until = self._clock() + wait
                raise RateLimitedError(action, _USED_UP, until=until, of_share=of_share)
            await self._sleep(max(found.seconds, _SHORTEST_SECONDS))

    async def pause(self, action: str, seconds: float, reason: str) -> None:
        """Wait that long. Raises RateLimitedError at once when the patience is shorter."""
        if seconds > self._patience_seconds:
            raise RateLimitedError(action, reason, until=self._clock() + seconds)
        await self._sleep(seconds)

    async def _learn(self) -> None:
        """Look whether another worker has learnt of a limit, now and then."""
        now = self._clock()
        if now >= self._looked_at + _LOOK_SECONDS:
            self._looked_at = now
            self._closed_until = max(self._closed_until, await self._pace.closed_until())

    async def _wait(self, action: str) -> None:
        # Again after each wait: meanwhile another request may have learnt of a limit.
        while (seconds := self._closed_until - self._clock()) > 0:
            await self.pause(action, seconds, _USED_UP)


_USED_UP: Final = "GitHub's rate limit is used up"


async def _always() -> bool:
    return True

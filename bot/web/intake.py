"""Stores deliveries in groups: whatever waits goes into one transaction, by one thread.

A commit costs about as much for fifty deliveries as for one, so under load the cost of a delivery
falls. Nobody is told that a delivery is stored before its transaction has committed.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from bot.store.deliveries import Received

__all__ = ["Intake", "IntakeFullError"]

MOST_WAITING_BYTES = 256 << 20
"""Of deliveries that wait for the database. Past it the server answers 503, and GitHub's log of
deliveries shows them as failed, from where they are asked for again."""

_GROUP = 64
_GROUP_BYTES = 32 << 20
"""Largest group: keeps a transaction short enough for others that write."""

_Waiting = tuple["Received", "asyncio.Future[None]"]


class IntakeFullError(Exception):
    """Too much waits for the database."""


class Intake:
    """A context manager; `put` returns when the delivery is stored."""

    def __init__(
        self,
        keep: Callable[[Sequence[Received]], None],
        *,
        stored: Callable[[], None] = lambda: None,
        most_waiting_bytes: int = MOST_WAITING_BYTES,
    ) -> None:
        """`keep` stores a group or raises; `stored` is called after each group, in the thread."""
        self._keep = keep
        self._stored = stored
        self._most_waiting_bytes = most_waiting_bytes
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._wake = threading.Event()
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="thoth-intake", daemon=True)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended = True
        self._wake.set()
        await asyncio.to_thread(self._thread.join)

    async def put(self, received: Received) -> None:
        """Store a delivery. Raises IntakeFullError, and what the database raises."""
        size = len(received.payload)
        if self._loop is None or self._ended or self._bytes + size > self._most_waiting_bytes:
            raise IntakeFullError
        done: asyncio.Future[None] = self._loop.create_future()
        self._bytes += size
        self._waiting.append((received, done))
        if not self._wake.is_set():
            self._wake.set()
        try:
            await done
        finally:
            self._bytes -= size

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._waiting:
                self._store(self._take())
            if self._ended and not self._waiting:
                return

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        size = 0
        while self._waiting and len(group) < _GROUP and size < _GROUP_BYTES:
            group.append(self._waiting.popleft())
            size += len(group[-1][0].payload)
        return group

    def _store(self, group: list[_Waiting]) -> None:
        error: BaseException | None = None
        try:
            self._keep([received for received, _ in group])
            self._stored()
        except Exception as caught:  # noqa: BLE001 - handed to those who wait
            error = caught
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, [done for _, done in group], error)


def _settle(waiting: list[asyncio.Future[None]], error: BaseException | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

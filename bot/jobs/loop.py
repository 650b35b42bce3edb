"""The event loop of jobs, in a thread of its own: clients of GitHub belong to one loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["JobLoop"]

Result = TypeVar("Result")


class JobLoop:
    """A running loop; `close` ends it and what runs on it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="thoth-jobs", daemon=True
        )
        self._thread.start()

    async def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run work here and wait for it in the caller's loop.

        The work sees none of the caller's context variables. DBOS keeps there which workflow runs,
        and would record what the work enqueues as steps to be skipped when it is repeated.
        """
        clean = contextvars.Context()
        started = clean.run(asyncio.run_coroutine_threadsafe, work, self._loop)
        return await asyncio.wrap_future(started)

    def call(self, work: Coroutine[Any, Any, Result], *, timeout_seconds: float) -> Result:
        """Run work here and block until it is done. Raises TimeoutError, and cancels it then."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_seconds)
        except TimeoutError:
            future.cancel()
            raise

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Cancel what runs, do one last thing, end the loop."""

        async def end() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await last

        try:
            self.call(end(), timeout_seconds=20)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            if not self._thread.is_alive():
                self._loop.close()

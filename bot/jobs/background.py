"""Runs long synchronous work beside an event loop without keeping the process from ending."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["call_in_thread", "in_thread", "is_work_left"]

_THREAD_NAME = "thoth-work"

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def call_in_thread(work: Callable[[], Result]) -> Result:
    """Run `work` in a thread of its own and return its result, or raise what it raised.

    Unlike `asyncio.to_thread` the thread is a daemon: when a person interrupts the program, the
    program ends at once instead of when the work is done.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type] # no error, so this is the result

    def run() -> None:
        result: Result | None = None
        error: BaseException | None = None
        try:
            result = work()
        except BaseException as caught:  # noqa: BLE001 - handed to whoever waits
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name=_THREAD_NAME, daemon=True).start()
    return await done


def in_thread(work: Callable[Given, Result]) -> Callable[Given, Awaitable[Result]]:
    """Return the same work as a coroutine function: each call runs in a thread of its own."""

    def call(*args: Given.args, **kwargs: Given.kwargs) -> Awaitable[Result]:
        return call_in_thread(lambda: work(*args, **kwargs))

    return call


def is_work_left() -> bool:
    """Return whether a call that nobody waits for any more is still at work."""
    return any(thread.name == _THREAD_NAME for thread in threading.enumerate())

"""The first of two ways that gives something, where the second starts when the first is slow.

    found = await race(ask_the_file(), ask_for_a_part, patience_seconds=0.02)

The second way starts when the first gave nothing, failed, or has not answered within the patience.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["Finish", "race"]


@dataclass(frozen=True, slots=True)
class Finish:
    """How a race ended."""

    value: bytes | None
    """None when neither way gave anything."""
    overtaken: bool
    """Whether the second way gave the value while the first had not answered."""
    joined: bool
    """Whether the second way was started before the first had answered."""


async def race(
    first: Coroutine[Any, Any, bytes | None],
    second: Callable[[], Coroutine[Any, Any, bytes | None]],
    *,
    patience_seconds: float,
) -> Finish:
    """Return what the first way gives that gives anything; the other is then stopped.

    An error of one way is raised only when the other gives nothing: the first way's before the
    second's.
    """
    usual = asyncio.create_task(first)
    other: asyncio.Task[bytes | None] | None = None
    try:
        await asyncio.wait({usual}, timeout=patience_seconds)
        joined = not usual.done()
        if _found(usual):
            return Finish(usual.result(), overtaken=False, joined=False)
        other = asyncio.create_task(second())
        waiting = {task for task in (usual, other) if not task.done()}
        while waiting:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in (usual, other):
                if _found(task):
                    overtaken = task is other and not usual.done()
                    return Finish(task.result(), overtaken=overtaken, joined=joined)
        for task in (usual, other):
            task.result()
        return Finish(None, overtaken=False, joined=joined)
    finally:
        await _stop(usual, other)


def _found(task: asyncio.Task[bytes | None]) -> bool:
    return (
        task.done()
        and not task.cancelled()
        and task.exception() is None
        and task.result() is not None
    )


async def _stop(*tasks: asyncio.Task[Any] | None) -> None:
    started = [task for task in tasks if task is not None]
    for task in started:
        task.cancel()
    await asyncio.gather(*started, return_exceptions=True)

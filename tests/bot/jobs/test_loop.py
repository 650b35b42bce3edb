from __future__ import annotations

import contextvars

import pytest

from bot.jobs.loop import JobLoop

CALLER = contextvars.ContextVar("caller", default="nobody")


async def nothing():
    pass


async def test_work_runs_in_the_loop_without_the_context_of_its_caller():
    CALLER.set("a workflow")

    async def work():
        return CALLER.get()

    loop = JobLoop()
    assert await loop.run(work()) == "nobody"
    loop.close(nothing())


async def test_what_the_work_raises_comes_back():
    async def work():
        raise ValueError("no")

    loop = JobLoop()
    with pytest.raises(ValueError, match="no"):
        await loop.run(work())
    loop.close(nothing())

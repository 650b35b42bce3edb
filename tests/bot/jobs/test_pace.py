"""Requests of several workers to GitHub, with one pace between them."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest

from bot.errors import RateLimitedError
from bot.github import pace as pace_module
from bot.github.pace import KEPT_FOR_SECURITY, WRITES_PER_HOUR
from bot.github.throttle import Throttle
from bot.jobs import pace as shared_module
from bot.jobs.pace import SharedPace
from bot.store.paces import Paces
from bot.store.service import ServiceStore
from bot.store.tables import WriteRow, table_of
from fakes.app_process import wait_until


@pytest.fixture
def store(database_url):
    opened = ServiceStore.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def make(store):
    """Make a worker's throttle of an installation."""

    def throttle(name, paces=None, **options):
        shared = SharedPace(paces or store.paces, 7, name)
        return Throttle(clock=time.time, sleep=asyncio.sleep, pace=shared, **options)

    return throttle


async def test_three_workers_write_one_at_a_time_with_a_pause_between(make, monkeypatch):
    monkeypatch.setattr(shared_module, "SECONDS_BETWEEN_WRITES", 0.05)
    times = []

    async def write(throttle):
        for _ in range(3):
            async with throttle.turn("POST /x", writes=True) as is_ours:
                begun = time.time()
                assert await is_ours()
                times.append((begun, time.time()))

    await asyncio.gather(*(write(make(f"worker {each}")) for each in range(3)))
    assert len(times) == 9
    assert all(
        later[0] - earlier[1] >= 0.045 for earlier, later in itertools.pairwise(sorted(times))
    )


async def test_worker_that_stalls_in_its_turn_is_told_that_it_has_lost_it(make, store):
    stalled = make("stalled", Paces(store.database, turn_seconds=0.01))
    other = make("other")
    async with stalled.turn("POST /x", writes=True) as is_ours:
        await asyncio.sleep(0.02)
        assert not await is_ours()
        # The pause has begun when the stalled one began.
        await asyncio.sleep(pace_module.SECONDS_BETWEEN_WRITES)
        async with other.turn("POST /x", writes=True) as is_theirs:
            assert await is_theirs()


async def test_limit_that_one_worker_meets_stops_the_others_reads_too(make, store):
    one, other = make("one"), make("other", patience_seconds=5)
    one.close(time.time() + 1000)
    await asyncio.to_thread(
        wait_until, lambda: store.paces.closed_until(7), timeout_seconds=30, what="not told"
    )
    for writes in (False, True):
        with pytest.raises(RateLimitedError, match="used up"):
            async with other.turn("x", writes=writes):
                raise AssertionError("not reached")


async def test_what_is_kept_for_security_is_kept_over_all_workers(make, store):
    writes = [
        {"installation_id": 7, "written_at": time.time() - 60 - each}
        for each in range(WRITES_PER_HOUR - KEPT_FOR_SECURITY)
    ]
    with store.database.write() as connection:
        connection.execute(table_of(WriteRow).insert(), writes)
    with pytest.raises(RateLimitedError, match="used up"):
        async with make("one").turn("POST /x", writes=True):
            raise AssertionError("not reached")
    async with make("other").turn("POST /x", writes=True, urgent=True) as is_ours:
        assert await is_ours()


async def test_job_that_is_cancelled_gives_its_turn_back(make):
    writing = asyncio.Event()

    async def write(throttle):
        async with throttle.turn("POST /x", writes=True):
            writing.set()
            await asyncio.sleep(1000)

    task = asyncio.create_task(write(make("one")))
    await writing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with make("other", patience_seconds=10).turn("POST /x", writes=True) as is_ours:
        assert await is_ours()

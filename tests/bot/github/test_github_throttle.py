"""GitHub's limits are kept, on a clock that only waiting moves."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from bot.errors import RateLimitedError
from bot.github.pace import KEPT_FOR_SECURITY, WRITES_EACH, WRITES_PER_HOUR, NoPace, Wait
from bot.github.throttle import Throttle


@pytest.fixture
def throttle(time):
    return Throttle(clock=time, sleep=time.sleep)


async def write(throttle, times, moments, time):
    for _ in range(times):
        async with throttle.turn("POST /x", writes=True):
            moments.append(time())


async def test_writes_are_a_second_apart(throttle, time):
    moments = []
    await write(throttle, 10, moments, time)

    assert {later - earlier for earlier, later in itertools.pairwise(moments)} == {1.0}


async def test_the_pause_begins_when_a_write_has_ended(throttle, time):
    async with throttle.turn("POST /x", writes=True):
        await time.sleep(10)
    started = time()
    async with throttle.turn("POST /x", writes=True):
        assert time() == started + 1


async def test_no_minute_and_no_hour_has_more_writes_than_github_takes(time):
    throttle = Throttle(clock=time, sleep=time.sleep, patience_seconds=3600)
    moments = []
    await write(throttle, 1100, moments, time)

    for seconds, most in ((60, 80), (3600, 500)):
        for start in moments:
            assert sum(start <= each < start + seconds for each in moments) <= most


async def test_a_share_of_each_hour_is_for_what_is_urgent_alone(throttle, time):
    moments = []
    await write(throttle, WRITES_PER_HOUR - KEPT_FOR_SECURITY, moments, time)
    with pytest.raises(RateLimitedError) as caught:
        await write(throttle, 1, moments, time)
    assert caught.value.of_share
    assert caught.value.until == moments[WRITES_EACH - 1] + 3601, "room for a whole update"

    started = time()
    for _ in range(KEPT_FOR_SECURITY):
        async with throttle.turn("POST /x", writes=True, urgent=True):
            pass
    assert time() - started < KEPT_FOR_SECURITY + 1
    with pytest.raises(RateLimitedError):
        async with throttle.turn("POST /x", writes=True, urgent=True):
            raise AssertionError("not reached")


async def test_what_waits_for_room_does_not_hold_up_what_is_urgent():
    class Full:
        has_room = False

        async def take(self, *, urgent=False):
            return NoPace() if urgent or self.has_room else Wait(7.0)

        async def closed_until(self):
            return 0.0

    async def sleep(_seconds):
        sleeping.set()
        await room.wait()

    async def ordinary():
        async with throttle.turn("POST /x", writes=True):
            pass

    full, sleeping, room = Full(), asyncio.Event(), asyncio.Event()
    throttle = Throttle(clock=lambda: 0.0, sleep=sleep, pace=full)
    waits = asyncio.create_task(ordinary())
    await sleeping.wait()
    async with asyncio.timeout(30), throttle.turn("POST /x", writes=True, urgent=True):
        assert not waits.done()
    full.has_room = True
    room.set()
    await waits


async def test_a_wait_too_short_for_the_clock_ends(time):
    """A float of seconds since the epoch tells 2.4e-7 s apart: a clock that only waiting moves stood."""
    start = time()

    class Soon:
        async def take(self, *, urgent):
            assert not urgent
            return NoPace() if time() > start else Wait(1e-7)

        async def closed_until(self):
            return 0.0

    throttle = Throttle(clock=time, sleep=time.sleep, pace=Soon())
    async with asyncio.timeout(30), throttle.turn("POST /x", writes=True):
        assert time() < start + 0.01


async def test_one_writes_at_a_time(throttle, time):
    inside = []
    most = []

    async def one():
        async with throttle.turn("POST /x", writes=True):
            inside.append(1)
            most.append(len(inside))
            await asyncio.sleep(0)
            inside.pop()

    await asyncio.gather(*(one() for _ in range(20)))

    assert max(most) == 1


async def test_reads_do_not_wait_for_writers_and_are_ten_at_a_time(throttle, time):
    inside = []
    most = []

    async def one():
        async with throttle.turn("GET /x", writes=False):
            inside.append(1)
            most.append(len(inside))
            await asyncio.sleep(0)
            inside.pop()

    await asyncio.gather(*(one() for _ in range(50)))

    assert max(most) == 10
    assert time.slept == []


async def test_a_used_up_limit_is_waited_for(throttle, time):
    throttle.note({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time()) + 60)})
    started = time()
    async with throttle.turn("GET /x", writes=False):
        assert time() == started + 61


async def test_a_wait_longer_than_the_patience_is_an_error_that_says_until_when(throttle, time):
    until = time() + 3000
    throttle.close(until)

    for writes in (False, True):
        with pytest.raises(RateLimitedError, match="used up") as caught:
            async with throttle.turn("GET /x", writes=writes):
                raise AssertionError("not reached")
        assert caught.value.until == until
        assert caught.value.temporary
    assert time.slept == []


@pytest.mark.parametrize("headers", [
    {},
    {"x-ratelimit-remaining": "0"},
    {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"},
    {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "99999999999"},
])  # fmt: skip
async def test_headers_that_say_nothing_change_nothing(throttle, headers):
    throttle.note(headers)

    assert throttle.closed_until == 0


async def test_the_apps_own_writes_are_not_spaced(time):
    throttle = Throttle(clock=time, sleep=time.sleep, pace=NoPace())
    moments = []
    await write(throttle, 200, moments, time)

    assert time.slept == []


async def test_a_write_that_failed_counts(throttle, time):
    with pytest.raises(ZeroDivisionError):
        async with throttle.turn("POST /x", writes=True):
            raise ZeroDivisionError
    moments = []
    started = time()
    await write(throttle, 1, moments, time)

    assert moments == [started + 1]

"""Sends webhook deliveries over HTTP, one after the other, in the order of the queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    import asyncio

    from fakes.github.delivery import Delivery
    from fakes.github.webhooks import Webhooks
    from fakes.github.world import World

__all__ = ["send_deliveries"]


async def send_deliveries(
    world: World, webhooks: Webhooks, wake: asyncio.Event, *, timeout_seconds: float
) -> None:
    """Send what is queued, for ever; a delivery that is not answered in time counts as failed."""
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            await wake.wait()
            wake.clear()
            while (delivery := webhooks.take()) is not None:
                status_code, status = await _send(world, session, delivery)
                webhooks.finish(delivery, status_code, status)


async def _send(
    world: World, session: aiohttp.ClientSession, delivery: Delivery
) -> tuple[int, str]:
    url = world.app.webhook_url
    assert url is not None
    started = time.monotonic()
    try:
        async with session.post(url, data=delivery.body, headers=delivery.headers) as answer:
            text = await answer.text(errors="replace")
            delivery.answer = text[:1000]
            status = "OK" if answer.status < 400 else (answer.reason or "error")
            return answer.status, status
    except TimeoutError:
        return 504, "timed out"
    except aiohttp.ClientError:
        return 502, "failed to connect to host"
    finally:
        delivery.duration_seconds = round(time.monotonic() - started, 2)

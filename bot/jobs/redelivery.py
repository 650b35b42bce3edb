"""Asks GitHub again for deliveries that were lost: it never redelivers by itself.

https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bot.logs import get_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.jobs.site import Attempt, Site
    from bot.store.deliveries import Deliveries

__all__ = ["ask_again"]

LOOK_BACK_SECONDS = 3 * 86_400.0
"""How long GitHub keeps deliveries, and delivers again when asked."""

_SETTLING_SECONDS = 60.0
"""A younger attempt that succeeded may not be in our table yet."""

_MOST_AT_ONCE = 500

_log = get_log(__name__)


async def ask_again(
    site: Site, deliveries: Deliveries, *, clock: Callable[[], float] = time.time
) -> int:
    """Compare GitHub's log with what is known, ask for the rest again; return how many.

    What is known is left alone unless it failed: it is done, or durably on its way.
    """
    now = clock()
    newest: dict[str, Attempt] = {}
    for attempt in await site.attempts(now - LOOK_BACK_SECONDS):
        newest.setdefault(attempt.guid, attempt)
    settled = [
        each
        for each in newest.values()
        if each.has_failed or each.moment <= now - _SETTLING_SECONDS
    ]
    lost: set[str] = set()
    for start in range(0, len(settled), 500):
        guids = [each.guid for each in settled[start : start + 500]]
        lost |= await asyncio.to_thread(deliveries.unfinished, guids)
    # The oldest first, in the order in which things happened.
    wanted = [each for each in reversed(settled) if each.guid in lost][:_MOST_AT_ONCE]
    for attempt in wanted:
        await site.redeliver(attempt)
    if wanted:
        _log.info("lost deliveries asked for again", count=len(wanted))
    return len(wanted)

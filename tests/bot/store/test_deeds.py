"""What was done in a repository lately, by all workers."""

from __future__ import annotations

import pytest

from bot.ledger import DAY_SECONDS, Deeds
from bot.store.deeds import StoredLedger
from bot.store.service import ServiceStore


@pytest.fixture
def now():
    return [10_000.0]


@pytest.fixture
def store(database_url, now):
    opened = ServiceStore.open(database_url, lambda: now[0])
    yield opened
    opened.close()


async def test_deeds_count_for_a_day_in_their_repository(store, now):
    ledger, other = StoredLedger(store.deeds, 1), StoredLedger(store.deeds, 2)
    await ledger.note("written")
    now[0] += 100
    await ledger.note("opened")
    await ledger.note("written")
    await other.note("written")
    assert await ledger.today() == Deeds(1, 2, 10_100.0, 10_000.0)
    now[0] = 10_000.0 + DAY_SECONDS
    assert await ledger.today() == Deeds(1, 1, 10_100.0, 10_100.0)
    assert store.deeds.prune() == 0
    now[0] += DAY_SECONDS
    assert await ledger.today() == Deeds()
    now[0] += 50
    assert store.deeds.prune() == 1
    now[0] += 1000
    assert store.deeds.prune() == 3

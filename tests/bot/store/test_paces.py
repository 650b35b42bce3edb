"""One writer per installation and one pace of writing, over all workers, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
import time

import pytest

from bot.store.paces import Paces, TakenTurn, Wait
from bot.store.service import ServiceStore
from bot.store.tables import WriteRow, table_of

INSTALLATION = 7


@pytest.fixture
def store(database_url):
    opened = ServiceStore.open(database_url)
    yield opened
    opened.close()


def take(paces, holder="one", *, installation=INSTALLATION, between=0.0, most=500):
    return paces.take(installation, holder, between_seconds=between, most_an_hour=most)


def test_one_writes_at_a_time_and_the_pause_begins_when_the_write_has_ended(store):
    turn = take(store.paces, between=100.0)
    assert isinstance(turn, TakenTurn)
    waits = take(store.paces, "two")
    assert isinstance(waits, Wait)
    assert waits.is_writing
    store.paces.give_back(turn)
    waits = take(store.paces, "two", between=100.0)
    assert not waits.is_writing
    assert 99.0 < waits.seconds <= 100.0
    assert isinstance(take(store.paces, "two"), TakenTurn)


def test_installations_do_not_wait_for_each_other(store):
    assert isinstance(take(store.paces), TakenTurn)
    assert isinstance(take(store.paces, installation=8), TakenTurn)


def test_hour_that_is_full_is_waited_for_and_its_writes_are_forgotten_later(store):
    for _ in range(3):
        store.paces.give_back(take(store.paces, most=3))
    waits = take(store.paces, most=3)
    assert 3590.0 < waits.seconds <= 3601.0
    assert isinstance(take(store.paces, installation=8, most=3), TakenTurn)
    with store.database.write() as connection:
        writes = table_of(WriteRow)
        connection.execute(writes.update().values(written_at=writes.c.written_at - 2 * 3600))
    store.paces.prune()
    with store.database.read() as connection:
        assert connection.execute(writes.select()).all() == []
    assert isinstance(take(store.paces, "two", installation=9, most=1), TakenTurn)


def test_turn_that_is_kept_for_too_long_is_lost_and_its_holder_can_end_nobody_elses(store):
    quick = Paces(store.database, turn_seconds=0.0)
    stalled = take(quick)
    assert not quick.holds(stalled)
    newer = take(store.paces, "two")
    assert isinstance(newer, TakenTurn)
    quick.give_back(stalled)
    assert store.paces.holds(newer)
    assert isinstance(take(store.paces, "three"), Wait)


def test_turn_of_a_dead_worker_ends_with_it(store):
    dead = take(store.paces, "dead")
    alive = take(store.paces, "alive", installation=8)
    assert store.paces.free(lambda name: name == "dead") == 1
    assert not store.paces.holds(dead)
    assert store.paces.holds(alive)
    assert isinstance(take(store.paces, "two"), TakenTurn)


def test_limit_that_one_worker_met_is_kept_by_all(store):
    until = time.time() + 1000
    store.paces.close(INSTALLATION, until)
    store.paces.close(INSTALLATION, until - 500)
    assert store.paces.closed_until(INSTALLATION) == pytest.approx(until)
    assert store.paces.closed_until(8) == 0.0
    waits = take(store.paces)
    assert not waits.is_writing
    assert 900 < waits.seconds <= 1001


def test_three_at_once_never_write_together(database_url):
    inside, most, taken = [], [], []

    def write(name):
        store = ServiceStore.open(database_url)
        while len(taken) < 30:
            turn = take(store.paces, name)
            if isinstance(turn, TakenTurn):
                inside.append(name)
                most.append(len(inside))
                taken.append(turn.fence)
                inside.remove(name)
                store.paces.give_back(turn)
        store.close()

    ServiceStore.open(database_url).close()
    threads = [threading.Thread(target=write, args=(f"worker {each}",)) for each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert taken == sorted(set(taken))

"""Turns of repositories and chores of the service: durable, and once over several workers."""

from __future__ import annotations

import threading
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from alembic import command

from advisor_core.config import read_configuration
from advisor_core.knowledge.database import Database
from bot.clock.openings import next_opening, next_turn
from bot.jobs.routing import Routed, Work
from bot.store.deliveries import Received
from bot.store.migration import alembic_config
from bot.store.service import ServiceStore


class Clock:
    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(database_url, clock):
    opened = ServiceStore.open(database_url, clock)
    yield opened
    opened.close()


def plan(store, repository_id, due_at, installation_id=7):
    store.turns.plan(
        repository_id, installation_id=installation_id, full_name="octo/hello", due_at=due_at
    )


def finish(store, key):
    begun = store.jobs.begin(key, store.jobs.get_pending(key).generation)
    assert store.jobs.finish(begun)


def in_threads(count, action):
    found, failures = [], []

    def run():
        try:
            found.append(action())
        except Exception as error:  # noqa: BLE001 - asserted on below
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return found


def test_a_turn_becomes_a_job_when_it_is_due_and_once(store, clock):
    plan(store, 42, 2000.0)
    assert store.turns.take_due(10) == []
    clock.now = 2000.0
    assert store.turns.take_due(10) == ["update:42"]
    assert store.turns.take_due(10) == []
    assert [each.key for each in store.jobs.pending()] == ["update:42"]


def test_what_is_due_longest_comes_first(store, clock):
    for number in range(5):
        plan(store, number, 2000.0 - number)
    clock.now = 5000.0
    assert store.turns.take_due(3) == ["update:4", "update:3", "update:2"]
    assert store.turns.take_due(3) == ["update:1", "update:0"]


def test_planned_anew_only_the_last_plan_counts(store, clock):
    plan(store, 42, 2000.0)
    plan(store, 42, 3000.0)
    clock.now = 2500.0
    assert store.turns.take_due(10) == []
    assert store.turns.due_at(42) == 3000.0


def test_a_turn_whose_job_plans_nothing_comes_again_after_a_day(store, clock):
    plan(store, 42, 2000.0)
    clock.now = 2000.0
    store.turns.take_due(10)
    finish(store, "update:42")
    clock.now += 25 * 3600
    assert store.turns.take_due(10) == ["update:42"]


def test_turns_that_came_while_nobody_was_there_are_made_up_for_once(store, clock):
    plan(store, 42, 2000.0)
    clock.now = 2000.0 + 30 * 86_400
    assert store.turns.take_due(10) == ["update:42"]
    assert store.turns.take_due(10) == []


@pytest.mark.parametrize(
    "routed", [Routed(forgotten_installation=7), Routed(forgotten_repositories=(42,))]
)
def test_what_the_app_was_taken_from_has_no_turn(store, clock, routed):
    plan(store, 42, 2000.0)
    plan(store, 43, 2000.0, installation_id=8)
    store.deliveries.keep([Received("g", "installation", b"{}", 1.0)])
    (waiting,) = store.deliveries.waiting(1)
    store.deliveries.settle(waiting, routed, debounce_seconds=0)
    clock.now = 2000.0
    assert store.turns.take_due(10) == ["update:43"]


def test_workers_share_the_turns_and_none_is_taken_twice(database_url, clock, store):
    for number in range(60):
        plan(store, number, 1000.0)
    workers = [ServiceStore.open(database_url, clock) for _ in range(3)]
    try:
        turns = iter(workers)
        lock = threading.Lock()

        def work():
            with lock:
                mine = next(turns)
            found = []
            while keys := mine.turns.take_due(7):
                found += keys
            return found

        taken = [key for keys in in_threads(3, work) for key in keys]
    finally:
        for each in workers:
            each.close()
    # A worker that finds nothing free ends while another still has some.
    taken += store.turns.take_due(100)
    assert sorted(taken) == sorted(f"update:{number}" for number in range(60))
    assert {each.generation for each in store.jobs.pending()} == {1}


def test_known_repositories_get_a_turn_when_the_tables_are_made(database_url):
    database = Database(database_url)
    config = alembic_config()
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        row = "'update', 7, 42, 'octo/hello', false, 1, 1, 1, 0, 0, 5.0"
        connection.execute(
            sa.text(
                "INSERT INTO job (key, kind, installation_id, repository_id, full_name, manual, wanted,"
                f" begun, done, fence, attempts, due_at) VALUES ('update:42', {row}),"
                f" ('update:43', {row.replace('7, 42', '0, 43')})"
            )
        )
    database.close()
    store = ServiceStore.open(database_url)
    try:
        assert store.turns.due_at(42) is not None
        assert store.turns.due_at(43) is None
    finally:
        store.close()


@pytest.mark.parametrize(
    ("rules", "first", "looks"),
    [
        ("before 5am every weekday", "2027-03-24", 6),
        ("at 2am", "2027-03-24", 8),
        ("at 2am", "2026-10-21", 8),
        (None, "2026-10-21", 8),
    ],
)
def test_each_opening_has_one_look_whatever_the_clock_does(store, clock, rules, first, looks):
    """Over eight days, with a change of the clock on the fifth, and two workers that look."""
    text = f"schedule: {{when: {rules}, timezone: Europe/Berlin}}\n" if rules else ""
    schedule = read_configuration(text.encode()).schedule
    zone = ZoneInfo("Europe/Berlin" if rules else "UTC")
    clock.now = datetime.fromisoformat(first).replace(tzinfo=zone).timestamp()
    plan(store, 42, next_turn(schedule, 42, clock.now))
    seen = []
    end = clock.now + 8 * 86_400
    while (due := store.turns.due_at(42)) < end:
        clock.now = due + 15
        assert [store.turns.take_due(10), store.turns.take_due(10)] == [["update:42"], []]
        opening = next_opening(schedule, clock.now)
        assert opening.start <= clock.now < opening.end
        seen.append(datetime.fromtimestamp(clock.now, zone).date())
        finish(store, "update:42")
        plan(store, 42, next_turn(schedule, 42, clock.now))
    assert len(seen) == len(set(seen)) == looks


def test_a_chore_is_due_at_first_and_then_after_it_was_put_off(store, clock):
    assert store.chores.take("prune", at_most_seconds=100)
    assert not store.chores.take("prune", at_most_seconds=100)
    assert store.chores.take("refresh", at_most_seconds=100)
    store.chores.put_off("prune", seconds=3600)
    clock.now += 3599
    assert not store.chores.take("prune", at_most_seconds=100)
    clock.now += 1
    assert store.chores.take("prune", at_most_seconds=100)


def test_a_chore_of_a_worker_that_died_is_another_ones(store, clock):
    assert store.chores.take("prune", at_most_seconds=100)
    clock.now += 100
    assert store.chores.take("prune", at_most_seconds=100)


def test_one_worker_of_many_gets_a_chore(database_url, clock, store):
    workers = [ServiceStore.open(database_url, clock) for _ in range(3)]
    for new in ("never done", "done before"):
        if new == "done before":
            store.chores.take(new, at_most_seconds=1)
            clock.now += 1
        left = list(workers)
        taken = in_threads(3, lambda: left.pop().chores.take(new, at_most_seconds=100))  # noqa: B023
        assert sorted(taken) == [False, False, True]
    for each in workers:
        each.close()


def test_work_that_is_wanted_already_is_not_asked_for_twice(store, clock):
    store.jobs.want(Work("update", 7, 42, "octo/hello"))
    plan(store, 42, 500.0)
    assert store.turns.take_due(10) == ["update:42"]
    assert [each.generation for each in store.jobs.pending()] == [1]

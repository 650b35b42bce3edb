"""The queue on DBOS: once per generation, taken over from the dead, asked for anew after an upgrade."""

from __future__ import annotations

import threading
import time

import pytest

from bot.jobs import queue as queue_module
from bot.jobs.queue import JobQueue
from bot.jobs.routing import Work
from bot.store.service import ServiceStore

WORK = Work("update", 7, 42, "octo/hello")


class Ran:
    """Remembers what was run and finishes it."""

    def __init__(self, store):
        self.store = store
        self.generations = []
        self.event = threading.Event()
        self.holds = None

    async def __call__(self, key, generation):
        import asyncio

        self.generations.append((key, generation))
        self.event.set()
        if self.holds is not None:
            await asyncio.to_thread(self.holds.wait, 30)
        begun = self.store.jobs.begin(key, generation)
        if begun is not None:
            self.store.jobs.finish(begun)
        return "done"


@pytest.fixture
def store(database_url):
    opened = ServiceStore.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def launch(database_url, store):
    """Launch the queue as some worker; it is closed before another one is, or at the end."""
    opened = []

    def make(ran, executor="one"):
        if opened:
            opened.pop().close()
        queue = JobQueue(
            database_url,
            executor=executor,
            jobs=store.jobs,
            paces=store.paces,
            run=ran,
            concurrency=2,
            poll_seconds=0.1,
        )
        opened.append(queue)
        return queue

    yield make
    if opened:
        opened.pop().close()


def wait_done(store, key="update:42"):
    deadline = time.monotonic() + 40
    while store.jobs.get_pending(key) is not None:
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def test_generation_is_run_once_however_often_it_is_enqueued(store, launch):
    ran = Ran(store)
    queue = launch(ran)
    key, _ = store.jobs.want(WORK)
    for _ in range(5):
        queue.enqueue(key)
    wait_done(store)
    assert queue.sweep(late_seconds=-100) == 0
    assert ran.generations == [(key, 1)]


def test_job_whose_workflow_was_never_made_is_swept_up(store, launch):
    ran = Ran(store)
    queue = launch(ran)
    store.jobs.want(WORK)
    assert queue.sweep(late_seconds=-100) == 1
    wait_done(store)


def test_job_that_waits_after_a_failure_is_done_at_once_when_something_new_happens(store, launch):
    ran = Ran(store)
    queue = launch(ran)
    key, _ = store.jobs.want(WORK)
    store.jobs.fail(store.jobs.begin(key, 1), "index down", retry_seconds=3600)
    queue.enqueue(key)
    assert store.jobs.want(WORK) == (key, 2)
    queue.enqueue(key)
    wait_done(store)
    assert ran.generations == [(key, 2)]


def test_work_of_a_dead_worker_is_taken_over_on_the_same_queue(store, launch):
    first = Ran(store)
    first.holds = threading.Event()
    queue = launch(first, "dead")
    key, _ = store.jobs.want(WORK)
    queue.enqueue(key)
    assert first.event.wait(30)
    second = Ran(store)
    # The first is closed in the middle of the job, as if it had been killed.
    queue = launch(second, "alive")
    first.holds.set()
    assert queue.take_over(lambda name: name == "dead") == 1
    assert queue.take_over(lambda name: name == "dead") == 0
    wait_done(store)
    assert second.generations == [(key, 1)]


def test_a_command_is_acknowledged_while_its_repository_is_worked_on(store, launch):
    ran = Ran(store)
    ran.holds = threading.Event()
    queue = launch(ran)
    key, _ = store.jobs.want(WORK)
    queue.enqueue(key)
    assert ran.event.wait(30)
    ran.holds, held = None, ran.holds
    answer, _ = store.jobs.want(WORK.as_answer(5))
    seen, _ = store.jobs.want(WORK.as_acknowledgement(5))
    queue.enqueue(answer)
    queue.enqueue(seen)
    wait_done(store, seen)
    assert ran.generations == [(key, 1), (seen, 1)]
    assert store.jobs.get_pending(key) is not None
    held.set()
    wait_done(store, answer)


def test_jobs_pending_at_an_upgrade_are_done_by_the_newer_program(store, launch, monkeypatch):
    older = launch(Ran(store), "older")
    key, _ = store.jobs.want(WORK, delay_seconds=3600)
    older.enqueue(key)
    ran = Ran(store)
    monkeypatch.setattr(queue_module, "SCHEMA", "2")
    newer = launch(ran, "newer")
    assert newer.give_up_older() == 1
    store.jobs.want(WORK)
    assert newer.sweep(late_seconds=-100) == 1
    wait_done(store)
    assert ran.generations == [(key, 1)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_workflows_on_sqlite_never_sync_the_disk_while_deliveries_wait(database_url, store, launch):
    launch(Ran(store))
    from dbos import _dbos

    with _dbos._get_dbos_instance()._sys_db.engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "wal_autocheckpoint", "foreign_keys")
        ]
    assert found == [1, 0, 1]

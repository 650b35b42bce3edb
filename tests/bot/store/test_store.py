"""Deliveries and jobs, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Float, Integer, LargeBinary, MetaData, event

from advisor_core.errors import StoreError
from advisor_core.knowledge.database import Database
from bot.jobs.routing import Routed, Work
from bot.store.deliveries import Received
from bot.store.migration import VERSION_TABLE, alembic_config, migrate
from bot.store.service import ServiceStore
from bot.store.tables import METADATA, JobRow, table_of

WORK = Work("update", 7, 42, "octo/hello")


class Clock:
    def __init__(self):
        self.now = 1000.0

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


def deliver(store, guid, *work, keep=True, **routed):
    if keep:
        store.deliveries.keep([Received(guid, "push", b"{}", 1000.0)])
    (waiting,) = store.deliveries.waiting(10)
    return store.deliveries.settle(waiting, Routed(work, **routed), debounce_seconds=2.0)


def test_migration_makes_exactly_the_tables_and_is_repeatable(store):
    migrate(store.database)
    with store.database.read() as connection:
        # The knowledge base has its tables in the same database.
        options = {
            "version_table": VERSION_TABLE,
            "include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables,
        }
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, METADATA)
    assert differences == []


def test_schema_of_a_newer_program_is_refused(store, database_url):
    with store.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer program"):
        ServiceStore.open(database_url)


def test_migrating_from_several_threads_at_once_works(database_url):
    failures = []

    def run():
        try:
            ServiceStore.open(database_url).close()
        except Exception as error:  # noqa: BLE001 - asserted on below
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_delivery_is_kept_once_whatever_comes_twice(store):
    store.deliveries.keep([Received("a", "push", b"1", 1.0)] * 2)
    store.deliveries.keep([Received("a", "push", b"2", 2.0)])
    assert [each.payload for each in store.deliveries.waiting(10)] == [b"1"]


def test_burst_is_one_generation(store):
    assert deliver(store, "a", WORK) == [("update:42", 1)]
    assert deliver(store, "b", WORK) == [("update:42", 1)]
    begun = store.jobs.begin("update:42", 1)
    assert store.jobs.finish(begun)
    assert store.deliveries.counts() == {"done": 2}


def test_what_comes_in_during_work_is_another_generation(store):
    deliver(store, "a", WORK)
    begun = store.jobs.begin("update:42", 1)
    assert deliver(store, "b", WORK) == [("update:42", 2)]
    store.jobs.finish(begun)
    assert store.deliveries.counts() == {"done": 1, "routed": 1}
    assert [each.generation for each in store.jobs.pending()] == [2]


def test_only_the_newest_to_begin_may_write_and_finish(store):
    deliver(store, "a", WORK)
    stalled = store.jobs.begin("update:42", 1)
    other = store.jobs.begin("update:42", 1)
    assert (store.jobs.holds(stalled), store.jobs.holds(other)) == (False, True)
    assert store.jobs.finish(stalled) is False
    assert store.jobs.fail(stalled, "x", retry_seconds=1) is None
    assert store.deliveries.counts() == {"routed": 1}
    assert store.jobs.finish(other)
    assert store.jobs.begin("update:42", 1) is None


def test_failure_is_tried_again_later_and_the_delivery_waits_for_it(store, clock):
    deliver(store, "a", WORK)
    begun = store.jobs.begin("update:42", 1)
    assert store.jobs.fail(begun, "index down", retry_seconds=60) == ("update:42", 2)
    (pending,) = store.jobs.pending()
    assert (pending.generation, pending.due_at) == (2, clock.now + 60)
    again = store.jobs.begin("update:42", 2)
    assert again.attempts == 1
    store.jobs.finish(again)
    assert store.deliveries.counts() == {"done": 1}
    assert store.jobs.pending() == []


def test_delivery_whose_work_was_given_up_may_come_again(store):
    deliver(store, "a", WORK)
    store.jobs.fail(store.jobs.begin("update:42", 1), "no", retry_seconds=None)
    assert store.deliveries.counts() == {"failed": 1}
    assert store.deliveries.unfinished(["a", "b"]) == {"a", "b"}
    assert deliver(store, "a", WORK) == [("update:42", 2)]
    store.jobs.finish(store.jobs.begin("update:42", 2))
    assert store.deliveries.unfinished(["a"]) == set()


def test_redelivery_of_what_is_done_changes_nothing(store):
    deliver(store, "a", WORK)
    store.jobs.finish(store.jobs.begin("update:42", 1))
    store.deliveries.keep([Received("a", "push", b"{}", 2000.0)])
    assert store.deliveries.waiting(10) == []


def test_delivery_is_done_when_all_its_work_is(store):
    other = Work("update", 7, 43, "octo/other")
    deliver(store, "a", WORK, other)
    store.jobs.finish(store.jobs.begin("update:42", 1))
    assert store.deliveries.counts() == {"routed": 1}
    store.jobs.finish(store.jobs.begin("update:43", 1))
    assert store.deliveries.counts() == {"done": 1}


def test_delivery_is_settled_by_one_of_two(store):
    store.deliveries.keep([Received("a", "push", b"{}", 1.0)])
    (waiting,) = store.deliveries.waiting(10)
    assert store.deliveries.settle(waiting, Routed((WORK,)), debounce_seconds=0)
    assert store.deliveries.settle(waiting, Routed((WORK,)), debounce_seconds=0) is None


def test_payload_is_given_up_when_routed(store):
    deliver(store, "a", WORK)
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT payload FROM delivery").scalar() is None


def test_removed_installation_is_forgotten_and_its_running_job_fenced(store):
    deliver(store, "a", WORK)
    begun = store.jobs.begin("update:42", 1)
    deliver(store, "b", reason="deleted", forgotten_installation=7)
    assert store.jobs.holds(begun) is False
    assert store.jobs.finish(begun) is False
    assert store.jobs.pending() == []
    assert store.deliveries.counts() == {"done": 1, "ignored": 1}


def test_removed_repository_is_forgotten_alone(store):
    deliver(store, "a", WORK, Work("update", 7, 43, "octo/other"))
    deliver(store, "b", reason="removed", forgotten_repositories=(42,))
    assert [each.key for each in store.jobs.pending()] == ["update:43"]


def test_check_run_of_a_known_commit_is_its_pull_request(store):
    check = Work("check", 7, 42, "octo/hello", number=3)
    deliver(store, "a", check)
    store.jobs.finish(store.jobs.begin(check.key, 1), head_sha="f" * 40)
    recheck = Work("recheck", 7, 42, "octo/hello", head_sha="f" * 40, manual=True)
    assert deliver(store, "b", recheck) == [("check:42:3", 2)]
    assert store.jobs.begin("check:42:3", 2).manual is True
    unknown = Work("recheck", 7, 42, "octo/hello", head_sha="e" * 40)
    assert deliver(store, "c", unknown) == [("update:42", 1)]


def test_finished_deliveries_are_pruned_and_others_kept(store, clock):
    deliver(store, "a", WORK)
    store.jobs.finish(store.jobs.begin("update:42", 1))
    deliver(store, "b", WORK)
    clock.now += 100_000
    assert store.deliveries.prune(50_000) == 1
    assert store.deliveries.counts() == {"routed": 1}


def test_worker_is_dead_when_silent(database_url):
    clock = Clock()
    store = ServiceStore.open(database_url, clock)
    store.workers.beat("one")
    assert (store.workers.dead(30), store.workers.alive(30)) == ([], 1)
    store.workers.leave("one")
    assert (store.workers.dead(30), store.workers.alive(30)) == (["one"], 0)
    store.close()


def test_counts_tell_what_waits_and_what_is_at_work(store):
    deliver(store, "a", WORK, Work("update", 7, 43, "octo/other"))
    store.jobs.begin("update:42", 1)
    assert store.jobs.counts() == {"repositories": 2, "waiting": 1, "working": 1}


def test_subject_that_comes_back_goes_on_counting_and_what_was_known_of_it_is_gone(store, clock):
    deliver(store, "a", WORK)
    store.jobs.finish(store.jobs.begin("update:42", 1), head_sha="f" * 40)
    deliver(store, "b", reason="deleted", forgotten_installation=7)
    with store.database.read() as connection:
        (row,) = connection.execute(table_of(JobRow).select()).all()
    assert (row.installation_id, row.full_name, row.head_sha, row.error) == (0, None, None, None)
    assert store.jobs.counts()["repositories"] == 0
    # The number of a generation is a workflow's: 1 would never run again.
    assert store.jobs.want(WORK) == ("update:42", 2)
    assert store.jobs.counts()["repositories"] == 1
    deliver(store, "c", reason="deleted", forgotten_installation=7)
    clock.now += 1000
    assert store.jobs.prune(2000) == 0
    assert store.jobs.prune(500) == 1


def test_what_was_kept_under_each_older_schema_is_brought_up_to_date(database_url):
    """A row is put into each table at the schema that has it first, and goes through all later steps."""
    database = Database(database_url)
    config = alembic_config()
    steps = ScriptDirectory.from_config(config).walk_revisions()
    kept = {}
    for revision in sorted(step.revision for step in steps):
        with database.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            tables = MetaData()
            tables.reflect(connection)
            for name in sorted(tables.tables.keys() & METADATA.tables.keys() - kept.keys()):
                columns = tables.tables[name].columns
                kept[name] = {each.name: a_value(each) for each in columns}
                connection.execute(tables.tables[name].insert(), kept[name])
    database.close()
    opened = ServiceStore.open(database_url)
    with opened.database.read() as connection:
        for name, row in kept.items():
            (found,) = connection.execute(METADATA.tables[name].select()).mappings()
            assert {column: found[column] for column in row} == row, name
    opened.close()
    assert kept.keys() == METADATA.tables.keys()


def a_value(column):
    if isinstance(column.type, (Integer, Float, Boolean)):
        return 1
    return b"bytes" if isinstance(column.type, LargeBinary) else "a text"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_threads_of_one_process_take_turns_and_never_find_the_file_locked(store):
    event.listen(
        store.database.engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA busy_timeout = 0").close(),
    )
    store.database.engine.dispose()
    failures = []

    def beat(name):
        try:
            for _ in range(30):
                store.workers.beat(name)
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=beat, args=(str(each),)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []

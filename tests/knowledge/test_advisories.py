"""Advisories in the knowledge base, on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from advisor_core.advisories.importing import import_osv
from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.records import AdvisoryRecord
from advisor_core.errors import InputError, StoreError
from advisor_core.knowledge import AdvisoryImport, Store, open_advisories
from advisor_core.knowledge.advisory_recording import record_in_batches

NOW = 1_800_000_000
FLASK = AdvisoryRecord(
    Advisory(
        "PYSEC-1",
        "flask",
        aliases=("CVE-1", "GHSA-1"),
        summary="leaks \x00 cookies",
        severity="high",
        link="https://osv.dev/vulnerability/PYSEC-1",
        published_at=1_000,
        modified_at=2_000,
    ),
    ranges=((("introduced", "0"), ("fixed", "2")), (("introduced", "3"), ("last_affected", "3.1"))),
    versions=("2.5", "2.6"),
    unread=1,
)
DJANGO = AdvisoryRecord(
    Advisory("PYSEC-2", "django", modified_at=5_000), ranges=((("introduced", "0"),),)
)


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as opened:
        yield opened


def record(store, *records, at=NOW):
    return store.record_advisories(
        AdvisoryImport("test", records, documents=len(records), imported_at=at)
    )


def changed(**fields):
    return replace(FLASK, advisory=replace(FLASK.advisory, **fields))


def test_what_was_recorded_is_read_back(store, database_url):
    done = record(store, FLASK, DJANGO)
    assert (done.added, done.changed, done.same, done.data_at) == (
        ("PYSEC-1", "PYSEC-2"),
        (),
        0,
        5_000,
    )
    with open_advisories(database_url) as advisories:
        assert advisories.as_of == 5_000
        (advisory,) = advisories.of_package("flask")
        assert advisory == replace(FLASK.advisory, summary="leaks \ufffd cookies")
        versions = ["1.0", "2.0", "2.5", "3.0.1", "3.1", "3.2"]
        assert [len(found) for found in advisories.affecting("flask", versions)] == [
            1,
            0,
            1,
            1,
            1,
            0,
        ]
        assert advisories.fixed_in(advisory, versions) == ["2.0", "3.2"]
        assert advisories.affecting("requests", ["1.0"]) == [[]]


def test_many_packages_are_read_with_few_statements(store, database_url):
    records = [
        AdvisoryRecord(Advisory(f"PYSEC-{number}", f"package-{number}"), versions=("1",))
        for number in range(1_200)
    ]
    record(store, *records)
    with open_advisories(database_url) as advisories:
        asked = []
        query = advisories._query
        advisories._query = lambda statement, names: asked.append(names) or query(statement, names)
        advisories.prefetch([each.advisory.package for each in records] + ["unknown"])
        assert advisories.affecting("package-7", ["1"])[0][0].id == "PYSEC-7"
        assert advisories.affecting("unknown", ["1"]) == [[]]
        assert len(asked) == 4


def test_an_import_of_the_same_changes_nothing_but_the_date(store, database_url):
    record(store, FLASK)
    before = store.info().counts
    done = record(store, changed(modified_at=9_000), at=NOW + 1)
    assert (done.added, done.changed, done.same, done.data_at) == ((), (), 1, 9_000)
    after = store.info().counts
    assert after == {**before, "advisory_import": 2}
    with open_advisories(database_url) as advisories:
        assert advisories.as_of == 9_000


@pytest.mark.parametrize(
    "new",
    [
        changed(withdrawn=True, modified_at=3_000),
        changed(severity="low", modified_at=3_000),
        changed(summary="other", modified_at=3_000),
        changed(aliases=(), modified_at=3_000),
        replace(FLASK, ranges=((("introduced", "0"),),)),
        replace(FLASK, versions=()),
    ],
)
def test_a_change_replaces_what_was_known(store, database_url, new):
    record(store, FLASK)
    assert record(store, new).changed == ("PYSEC-1",)
    assert store.info().counts["advisory_package"] == 1
    with open_advisories(database_url) as advisories:
        found = advisories.affecting("flask", ["4"])
        assert bool(found[0]) == (new.ranges == ((("introduced", "0"),),))
        assert bool(advisories.of_package("flask")) != new.advisory.withdrawn


def test_a_package_that_an_advisory_no_longer_names_is_forgotten(store, database_url):
    other = replace(FLASK, advisory=replace(FLASK.advisory, package="quart"))
    record(store, FLASK, other)
    record(store, other)
    with open_advisories(database_url) as advisories:
        assert advisories.of_package("flask") == ()
        assert len(advisories.of_package("quart")) == 1


def test_an_older_text_never_replaces_a_newer_one(store, database_url):
    record(store, FLASK)
    done = record(store, changed(modified_at=1_500, severity="low"))
    assert (done.outdated, done.changed) == (("PYSEC-1",), ())
    with open_advisories(database_url) as advisories:
        assert advisories.of_package("flask")[0].severity == "high"
        assert advisories.as_of == 2_000


def test_of_one_advisory_given_twice_the_newer_counts(store, database_url):
    newer = changed(modified_at=3_000, severity="low")
    for order in ((FLASK, newer), (newer, FLASK)):
        record(store, *order)
        with open_advisories(database_url) as advisories:
            assert advisories.of_package("flask")[0].severity == "low"


def test_a_date_in_the_future_is_not_believed(store):
    assert record(store, FLASK, changed(id="PYSEC-9", modified_at=NOW * 2)).data_at == 2_000
    assert record(store, AdvisoryRecord(Advisory("X-1", "a"))).data_at == NOW


def test_nothing_imported_is_not_the_same_as_nothing_known(store, database_url):
    with open_advisories(database_url) as advisories:
        assert advisories.as_of is None
        assert advisories.affecting("flask", ["1"]) == [[]]


def test_a_database_without_our_tables_knows_nothing(database_url):
    with open_advisories(database_url) as advisories:
        assert advisories.as_of is None
        assert advisories.affecting("flask", ["1"]) == [[]]


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with open_advisories(f"sqlite:///{tmp_path}/none.db") as advisories:
        assert advisories.as_of is None
        assert advisories.of_package("flask") == ()
    assert not list(tmp_path.iterdir())


def test_an_old_or_foreign_file_is_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / "old.db"
    sqlite3.connect(path).execute("CREATE TABLE other (a)").connection.close()
    with open_advisories(f"sqlite:///{path}") as advisories:
        assert advisories.as_of is None
    path.write_bytes(b"my holiday pictures" * 300)
    with (
        pytest.raises(StoreError, match="not a database"),
        open_advisories(f"sqlite:///{path}") as advisories,
    ):
        _ = advisories.as_of


def test_a_file_in_a_folder_that_may_not_be_written_to_is_read(tmp_path):
    path = tmp_path / "knowledge.db"
    with Store.open(f"sqlite:///{path}") as store:
        record(store, FLASK)
    before = set(tmp_path.iterdir())
    path.chmod(0o444)
    with open_advisories(f"sqlite:///{path}") as advisories:
        assert len(advisories.of_package("flask")) == 1
    assert set(tmp_path.iterdir()) == before


def test_readers_see_one_state_while_an_import_goes_on(store, database_url):
    record(store, FLASK)
    with open_advisories(database_url) as advisories:
        assert advisories.as_of == 2_000
        record(store, DJANGO)
        assert advisories.of_package("django") == () or "postgres" in database_url


def test_an_import_that_fails_changes_nothing(store, database_url, tmp_path):
    record(store, FLASK)
    before = store.info().counts
    for content in (b'{"id": "GHSA-1"}\n{"id": "GHSA-2", "affected"', b"not json", b""):
        path = tmp_path / "osv.jsonl"
        path.write_bytes(content)
        with pytest.raises(InputError):
            import_osv(store, str(path))
    assert store.info().counts == before


def many(number):
    return [
        AdvisoryRecord(Advisory(f"X-{each:05}", "a", summary="x" * 300)) for each in range(number)
    ]


def test_an_import_that_fills_the_disk_goes_on_where_it_stopped(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/knowledge.db") as store:
        record(store, FLASK)
        before = store.info()
        with store._database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 200}")
        with pytest.raises(StoreError, match="full"):
            record(store, *many(5_000))
        stopped = store.info()
        assert stopped.advisories_as_of == before.advisories_as_of
        kept = stopped.counts["advisory"] - before.counts["advisory"]
        assert 0 < kept < 5_000
        with store._database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 100000")
        done = record(store, *many(5_000))
        assert (len(done.added), done.same) == (5_000 - kept, kept)


def test_others_write_between_the_parts_of_an_import(store, database_url):
    with Store.open(database_url) as other:
        turns = []

        @contextmanager
        def writing():
            # Would wait for as long as somebody holds the lock, and then fail.
            other.take_lease("a test", "me", now=NOW, seconds=1)
            turns.append(1)
            with store.writing() as writer:
                yield writer

        record_in_batches(writing, AdvisoryImport("test", many(2_500), 2_500, NOW))
    assert len(turns) == 5
    assert store.info().counts["advisory"] == 2_500


def test_the_date_of_advisories_is_told_once_the_first_import_is_finished(store, database_url):
    begun = []

    @contextmanager
    def writing():
        if len(begun) == 2:
            raise KeyboardInterrupt
        begun.append(1)
        with store.writing() as writer:
            yield writer

    with pytest.raises(KeyboardInterrupt):
        record_in_batches(writing, AdvisoryImport("test", many(1_500), 1_500, NOW))
    assert store.info().advisories_as_of is None
    with open_advisories(database_url) as advisories:
        assert advisories.as_of is None
    record(store, *many(1_500))
    assert store.info().advisories_as_of is not None


def test_a_source_is_kept_without_credentials(store, tmp_path, database_url):
    path = tmp_path / "osv.json"
    path.write_text('{"id": "A-1", "affected": []}')
    report = import_osv(store, str(path), clock=lambda: NOW)
    assert (report.documents, report.changes.data_at) == (1, NOW)
    assert Path(report.source) == path

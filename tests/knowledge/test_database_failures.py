from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import psycopg
import pytest

from advisor_core.errors import StoreError
from advisor_core.knowledge import ProjectRecord, Store, default_database_url
from advisor_core.knowledge.database import Database, parse_database_url
from fakes.project_pages import FakeReleases, make_artifact

INDEX = "https://pypi.example/simple"
FLASK = FakeReleases("flask", {"1.0": [make_artifact("flask-1.0.tar.gz")]})


def record(store, releases=FLASK, *, seen_at=1):
    return store.record_projects([ProjectRecord(INDEX, releases, seen_at)])


def large_page(files=20_000):
    artifacts = [make_artifact(f"big-1.0-{number}-py3-none-any.whl") for number in range(files)]
    return FakeReleases("big", {"1.0": artifacts})


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgres://u@h/n", "postgresql+psycopg"),
        ("postgresql://u@h/n", "postgresql+psycopg"),
        ("postgresql+psycopg://u@h/n", "postgresql+psycopg"),
        ("sqlite:///thoth.db", "sqlite"),
        ("sqlite:////data/thoth.db\n", "sqlite"),
    ],
)
def test_urls_of_both_databases_are_accepted(url, driver):
    assert parse_database_url(url).drivername == driver


@pytest.mark.parametrize(
    "url",
    [
        "",
        "thoth.db",
        "mysql://u:hunter2@h/n",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql+asyncpg://h/n",
    ],
)
def test_other_urls_are_refused_with_an_example_and_without_the_password(url):
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert "sqlite:///" in caught.value.hint
    assert "hunter2" not in str(caught.value)


def test_the_default_is_a_file_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    url = default_database_url()
    assert url.startswith("sqlite:///")
    with Store.open(url) as store:
        assert store.releases("flask") == ()


def test_a_file_that_is_no_database_is_left_as_it_was(tmp_path):
    path = tmp_path / "knowledge.db"
    path.write_bytes(b"my holiday pictures, not a database at all" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a database") as caught:
        Store.open(f"sqlite:///{path}")
    assert "was left as it is" in caught.value.hint
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_damaged_page_is_reported_when_it_is_met(tmp_path):
    path = tmp_path / "knowledge.db"
    url = f"sqlite:///{path}"
    with Store.open(url) as store:
        record(store, large_page(2000))
    content = bytearray(path.read_bytes())
    content[4096 * 8 : 4096 * 12] = b"\xff" * 4096 * 4
    path.write_bytes(content)
    with Store.open(url) as store, pytest.raises(StoreError, match="malformed") as caught:
        store.info()
    assert "restore it from a copy" in caught.value.hint


def test_a_full_disk_keeps_nothing_of_the_operation(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/knowledge.db") as store:
        record(store)
        with store._database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 40")
        with pytest.raises(StoreError, match="full") as caught:
            record(store, large_page())
        assert "make room on the disk" in caught.value.hint
        assert len(store.releases("flask")) == 1
        assert store.releases("big") == ()


@pytest.fixture
def guarded_folder():
    """A folder that the test may not write to, also when it runs as root."""
    folder = Path(tempfile.mkdtemp(prefix="thoth-readonly-"))
    as_root = os.geteuid() == 0

    def guard():
        folder.chmod(0o555)
        if as_root:
            os.seteuid(65534)

    try:
        yield folder, guard
    finally:
        if as_root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_folder_that_may_not_be_written_to_is_named(guarded_folder):
    folder, guard = guarded_folder
    with Store.open(f"sqlite:///{folder}/first.db"):
        pass  # everything that is imported lazily is imported now
    guard()
    with pytest.raises(StoreError, match="unable to open") as caught:
        Store.open(f"sqlite:///{folder}/knowledge.db")
    assert "name another file with `--db`" in caught.value.hint
    with pytest.raises(StoreError, match="cannot make the folder"):
        Store.open(f"sqlite:///{folder}/deeper/knowledge.db")


def test_a_file_that_may_not_be_written_to_keeps_what_it_has(guarded_folder):
    folder, guard = guarded_folder
    path = folder / "knowledge.db"
    with Store.open(f"sqlite:///{path}") as store:
        record(store)
    path.chmod(0o444)
    before = path.read_bytes()
    guard()
    with pytest.raises(StoreError) as caught:
        Store.open(f"sqlite:///{path}")
    assert caught.value.hint
    assert path.read_bytes() == before


def test_a_database_locked_by_another_is_named_and_nothing_is_lost(database_url):
    with Store.open(database_url, busy_timeout_seconds=0.05) as store:
        record(store)
        if database_url.startswith("sqlite"):
            other = sqlite3.connect(database_url.removeprefix("sqlite:///"))
            other.execute("BEGIN IMMEDIATE")
        else:
            other = psycopg.connect(database_url)
            other.execute("LOCK TABLE package IN EXCLUSIVE MODE")
        try:
            with pytest.raises(StoreError, match="lock") as caught:
                record(store, FakeReleases("flask", {"2.0": []}), seen_at=2)
            assert "wait until it is done" in caught.value.hint
            assert [release.version for release in store.releases("flask")] == ["1.0"]
        finally:
            other.rollback()
            other.close()
        record(store, FakeReleases("flask", {"2.0": []}), seen_at=2)
        assert [release.version for release in store.releases("flask")] == ["2.0", "1.0"]


def test_a_server_that_is_not_there_is_named_without_the_password():
    with pytest.raises(StoreError) as caught:
        Store.open("postgres://someone:hunter2@127.0.0.1:1/name?password=hunter2")
    assert "127.0.0.1:1/name" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "check that PostgreSQL runs" in caught.value.hint


def test_a_database_that_does_not_exist_says_how_to_make_it(postgres_url):
    with pytest.raises(StoreError) as caught:
        Store.open(postgres_url.replace("/test_", "/no_test_"))
    assert "createdb" in caught.value.hint


def test_sqlite_is_set_up_on_every_connection(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/k.db", busy_timeout_seconds=7)
    names = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
    with database.read() as first, database.read() as second:
        for connection in (first, second):
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
            assert found == ["wal", 1, 7000, 1]
    database.close()


def test_a_row_without_its_parent_is_refused(database_url):
    Store.open(database_url).close()
    database = Database(database_url)

    def insert_orphan():
        with database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO package (index_id, name, seen_at) VALUES (99, 'x', 0)"
            )

    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        insert_orphan()
    database.close()

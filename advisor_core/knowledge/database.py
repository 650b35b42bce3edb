"""Connections to the knowledge base's database, SQLite or PostgreSQL, and what their errors mean.

Knows nothing of the tables. Every error of the driver leaves here as a `StoreError` that says what
to do; no message holds a password.
"""

from __future__ import annotations

import contextlib
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from advisor_core.errors import StoreError
from advisor_core.knowledge.ownership import owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = ["BUSY_TIMEOUT_SECONDS", "Database", "parse_database_url"]

BUSY_TIMEOUT_SECONDS = 30.0
"""How long a writer waits for another one. Past it the operation fails and nothing of it is kept;
the longest transaction here, one large project page, takes well under a second."""

_CONNECT_TIMEOUT_SECONDS = 10
"""How long PostgreSQL may take to answer at all."""

_DAMAGED = (
    "the file is damaged or no SQLite database, and was left as it is: move it away and run again "
    "(what indexes said is fetched anew), or restore it from a copy"
)

_HINTS = (
    (
        r"database is locked|lock timeout|could not obtain lock",
        "another process is writing to it: wait until it is done, or use PostgreSQL for several",
    ),
    (r"file is not a database|malformed|disk image", _DAMAGED),
    (r"readonly|read-only", "make the file and its folder writable, or name another with `--db`"),
    (
        r"unable to open|permission denied",
        "check that the folder exists and may be written to, or name another file with `--db`",
    ),
    (r"is full|no space|disk I/O", "make room on the disk; nothing of the operation was kept"),
    (r"does not exist", "create the database first: `createdb NAME`"),
    (
        r"connection|connect|could not translate|timeout expired",
        "check that PostgreSQL runs and that the URL is right",
    ),
)
"""What the driver's text holds, and what to do then; the first that is found counts."""


def parse_database_url(text: str) -> URL:
    """Return the URL with the driver that is used; raises StoreError when it is none we support.

    `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://...` and `postgres://...`, as
    hosting platforms spell it.
    """
    hint = "write `sqlite:///knowledge.db` or `postgresql://USER@HOST/NAME`"
    try:
        url = make_url(re.sub(r"^postgres://", "postgresql://", text.strip()))
    except (ArgumentError, ValueError) as exc:
        raise StoreError(
            "not a database URL (it is not shown: it may hold a password)", hint=hint
        ) from exc
    backend, _, driver = url.drivername.partition("+")
    if backend == "postgresql" and driver in {"", "psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and driver in {"", "pysqlite"}:
        if not url.database or url.database == ":memory:":
            raise StoreError("a knowledge base in memory would be lost: 'sqlite://'", hint=hint)
        return url.set(drivername="sqlite")
    raise StoreError(f"not a supported database: {url.drivername!r}", hint=hint)


class Database:
    """One database: makes connections, begins transactions, translates errors. Thread-safe."""

    def __init__(self, url: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> None:
        """Open no connection yet; raises StoreError when the URL is wrong."""
        parsed = parse_database_url(url)
        self.is_sqlite = parsed.drivername == "sqlite"
        self.display_url = parsed.set(query={}).render_as_string(hide_password=True)
        """For messages: without the password, and without parameters, which may hold one too."""
        self._secrets = [parsed.password, *_texts(parsed.query.get("password"))]
        self.path = Path(parsed.database or "") if self.is_sqlite else None
        """The file, on SQLite."""
        timeout_ms = int(busy_timeout_seconds * 1000)
        if self.is_sqlite:
            self.engine: Engine = sqlalchemy.create_engine(parsed)
            _configure_sqlite(self.engine, timeout_ms)
        else:
            options = f"-c lock_timeout={timeout_ms}"
            self.engine = sqlalchemy.create_engine(
                parsed,
                connect_args={"connect_timeout": _CONNECT_TIMEOUT_SECONDS, "options": options},
                # A server that was restarted leaves dead connections in the pool.
                pool_pre_ping=True,
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a transaction that only reads: one state of the database throughout."""
        with self._translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Begin a transaction that writes; all of it is kept, or nothing."""
        with self._translated(), self.engine.connect() as opened:
            connection = opened.execution_options(thoth_writes=True)
            with connection.begin():
                yield connection

    def compact(self) -> None:
        """Give back room, and bring the statistics of the planner up to date; outside a transaction."""
        statements = ["VACUUM", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"]
        with self._translated(), contextlib.closing(self.engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            if not self.is_sqlite:
                driver.autocommit = True
                statements = ["VACUUM (ANALYZE)"]
            try:
                for statement in statements:
                    driver.execute(statement)
            except driver_errors() as exc:
                raise self.failure(exc) from exc
            finally:
                if not self.is_sqlite:
                    driver.autocommit = False

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeoutError) as exc:
            raise self.failure(getattr(exc, "orig", None) or exc) from exc

    def failure(self, cause: BaseException) -> StoreError:
        """Return the error that says what the driver's error means."""
        said = " ".join(str(cause).split())[:500]
        for secret in self._secrets:
            if secret:
                said = said.replace(str(secret), "***")
        if self.path is not None and re.search("database is locked", said):
            owner = owner_of(self.path)
            said += f" (by {owner})" if owner else ""
        hint = next((hint for found, hint in _HINTS if re.search(found, said, re.IGNORECASE)), "")
        return StoreError(f"the knowledge base {self.display_url}: {said}", hint=hint)


def driver_errors() -> tuple[type[Exception], ...]:
    """Return what the drivers raise, for statements that are given to them directly."""
    import sqlite3  # noqa: PLC0415 - one of two

    import psycopg  # noqa: PLC0415 - as above

    return sqlite3.Error, psycopg.Error


def _texts(values: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else values or ()


def _configure_sqlite(engine: Engine, timeout_ms: int) -> None:
    """Set what SQLite leaves off, on every connection."""

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: object) -> None:
        # The driver would begin transactions by itself, late, and never for DDL: see "SQLite:
        # Serializable isolation / Savepoints / Transactional DDL" in SQLAlchemy's documentation.
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            # First, for the next statements may meet a lock. Waiting beats failing at once.
            cursor.execute(f"PRAGMA busy_timeout = {timeout_ms}")
            # Readers go on while one writes, and a killed process leaves a log to be replayed.
            cursor.execute("PRAGMA journal_mode = WAL")
            # With WAL, a power cut may lose the last transactions but never damages the file; what
            # is lost is asked of the index again. FULL would sync the disk at each commit.
            cursor.execute("PRAGMA synchronous = NORMAL")
            # Off by default, per connection: https://www.sqlite.org/foreignkeys.html#fk_enable
            cursor.execute("PRAGMA foreign_keys = ON")
        finally:
            cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and then writes cannot wait for another writer: SQLite
        # fails it at once, whatever the busy timeout. So writers take the lock when they begin.
        # https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions
        writes = connection.get_execution_options().get("thoth_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

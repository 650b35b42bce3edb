"""Reads a SQLite knowledge base with the driver alone: for programs that must start fast. Writes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from advisor_core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SqliteQuery", "open_sqlite"]

_BUSY_SECONDS = 30.0


SqliteQuery = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Runs one statement with `?` parameters, returns all rows."""


@contextmanager
def open_sqlite(url: str) -> Iterator[SqliteQuery]:
    """Open the file of a `sqlite:///` URL for reading, one state of it throughout.

    A file that is not there, and a table that is not there yet, hold no rows. Raises StoreError when
    the file is damaged, locked or no database.
    """
    path = Path(url.partition("///")[2].partition("?")[0])
    if not path.is_file():
        yield lambda _statement, _parameters: []
        return
    with _translated(path):
        connection = _connect(path)
    try:

        def query(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
            with _translated(path):
                try:
                    return connection.execute(statement, list(parameters)).fetchall()
                except sqlite3.OperationalError as exc:
                    if "no such table" in str(exc):
                        return []
                    raise

        yield query
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection that has begun to read."""
    # Opened for writing, so that the last one who leaves takes the files of the log away; never written.
    options = ["mode=rw", "mode=ro"]
    if not path.with_name(f"{path.name}-wal").exists():
        # In a folder that may not be written to SQLite cannot make the files of a log. Where there
        # is no log the file alone is the whole: https://www.sqlite.org/wal.html#read_only_databases
        options.append("mode=ro&immutable=1")
    for option in options:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?{option}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
        )
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if option == options[-1]:
                raise
        else:
            return connection
    raise AssertionError  # pragma: no cover - one of the options returned or raised


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        hint = "restore it from a copy, or name another with `--db`"
        raise StoreError(f"the knowledge base {path}: {exc}", hint=hint) from exc

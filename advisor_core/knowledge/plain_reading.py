"""Opens a knowledge base for reading alone, as one function that runs a statement.

A SQLite file is read with the driver alone: the advisor answers in less time than the import of the
SQL toolkit takes. Nothing is created or migrated here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Query", "open_reading"]

Query = Callable[[str, Sequence[Any]], Sequence[Sequence[Any]]]
"""Runs one statement with `?` parameters, returns all rows."""


@contextmanager
def open_reading(url: str) -> Iterator[Query]:
    """Open the knowledge base at the URL: one state of it throughout. Raises StoreError.

    A SQLite file that does not exist is not made, and a database without tables has no rows.
    """
    if url.startswith("sqlite:"):
        from advisor_core.knowledge.sqlite_reading import open_sqlite  # noqa: PLC0415 - one of two

        with open_sqlite(url) as read:
            yield read
        return
    from advisor_core.knowledge.database import Database  # noqa: PLC0415 - slow to import

    database = Database(url)
    try:
        with database.read() as connection:
            there = connection.exec_driver_sql("SELECT to_regclass('advisory_package')").scalar()
            if there is None:
                yield lambda _statement, _parameters: []
                return

            def query(statement: str, parameters: Sequence[Any]) -> Sequence[Sequence[Any]]:
                statement = statement.replace("?", "%s")
                found = connection.exec_driver_sql(statement, tuple(parameters))
                return [tuple(row) for row in found]

            yield query
    finally:
        database.close()

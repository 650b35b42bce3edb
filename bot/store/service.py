"""The service's tables together, opened and brought up to date."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Self

from sqlalchemy import event, text

from advisor_core.knowledge.database import Database
from bot.store.deliveries import Deliveries
from bot.store.jobs import Jobs
from bot.store.migration import migrate
from bot.store.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = ["ServiceStore"]


class ServiceStore:
    """The tables of one database. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.deliveries = Deliveries(database, clock)
        self.jobs = Jobs(database, clock)
        self.workers = Workers(database, clock)

    @classmethod
    def open(cls, url: str, clock: Callable[[], float] = time.time) -> Self:
        """Open the database and bring its tables up to date. Raises StoreError."""
        database = Database(url)
        if database.is_sqlite:
            # Else the connection that commits the thousandth page copies them all, with a sync of the
            # disk, while deliveries wait for it. `checkpoint` does so beside the writers instead.
            event.listen(database.engine, "connect", _leave_checkpoints)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database, clock)

    def check(self) -> None:
        """Raise StoreError unless the database answers."""
        with self.database.read() as connection:
            connection.execute(text("SELECT 1"))

    def checkpoint(self) -> None:
        """Copy what SQLite's log holds into the database; blocks nobody who reads or writes.

        https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
        """
        if self.database.is_sqlite:
            with contextlib.closing(self.database.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").close()

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the counts of deliveries and of jobs."""
        return self.deliveries.counts(), self.jobs.counts()

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


def _leave_checkpoints(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA wal_autocheckpoint = 0")
    cursor.close()

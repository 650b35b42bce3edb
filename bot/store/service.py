"""The service's tables together, opened and brought up to date with the knowledge base beside them."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Self

from sqlalchemy import event, text

from advisor_core.knowledge.database import Database
from advisor_core.knowledge.migration import migrate as migrate_knowledge
from bot.store.chores import Chores
from bot.store.deeds import DeedTable
from bot.store.deliveries import Deliveries
from bot.store.jobs import Jobs
from bot.store.migration import migrate
from bot.store.paces import Paces
from bot.store.tallies import Tallies
from bot.store.turns import Turns
from bot.store.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = ["ServiceStore"]


class _OneWriter(Database):
    """Lets one thread of this process write at a time, on SQLite.

    SQLite itself has who finds the file locked sleep, longer each time, up to a tenth of a second; a
    delivery would wait that long for what takes a millisecond. Other processes still find that lock.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._writing = threading.Lock()

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Begin a transaction that writes; all of it is kept, or nothing. Not to be nested."""
        turn = self._writing if self.is_sqlite else contextlib.nullcontext()
        with turn, super().write() as connection:
            yield connection


class ServiceStore:
    """The tables of one database. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.deliveries = Deliveries(database, clock)
        self.jobs = Jobs(database, clock)
        self.workers = Workers(database, clock)
        self.paces = Paces(database, clock)
        self.turns = Turns(database, clock)
        self.chores = Chores(database, clock)
        self.deeds = DeedTable(database, clock)
        self.tallies = Tallies(database, clock)

    @classmethod
    def open(cls, url: str, clock: Callable[[], float] = time.time) -> Self:
        """Open the database and bring its tables up to date. Raises StoreError."""
        database = _OneWriter(url)
        if database.is_sqlite:
            # Else the connection that commits the thousandth page copies them all, with a sync of the
            # disk, while deliveries wait for it. `checkpoint` does so beside the writers instead.
            event.listen(database.engine, "connect", _leave_checkpoints)
        try:
            migrate_knowledge(database)
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

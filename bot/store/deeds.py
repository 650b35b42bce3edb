"""Queries on deeds: what was done in each repository lately."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from bot.ledger import DAY_SECONDS, Deeds
from bot.store.tables import DeedRow, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.knowledge.database import Database
    from bot.ledger import Deed

__all__ = ["DeedTable", "StoredLedger"]

_DEED = table_of(DeedRow)


class DeedTable:
    """The table of deeds. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def note(self, repository_id: int, deed: Deed) -> None:
        """Write down what is about to be done."""
        row = {"repository_id": repository_id, "kind": deed, "done_at": self._clock()}
        with self._database.write() as connection:
            connection.execute(_DEED.insert(), row)

    def today(self, repository_id: int) -> Deeds:
        """Return what was done in the last 24 hours."""
        query = (
            select(_DEED.c.kind, func.count(), func.min(_DEED.c.done_at))
            .where(
                _DEED.c.repository_id == repository_id,
                _DEED.c.done_at > self._clock() - DAY_SECONDS,
            )
            .group_by(_DEED.c.kind)
        )
        with self._database.read() as connection:
            found = {row[0]: (int(row[1]), float(row[2])) for row in connection.execute(query)}
        opened, first_opened = found.get("opened", (0, 0.0))
        written, first_written = found.get("written", (0, 0.0))
        return Deeds(opened, written, first_opened, first_written)

    def prune(self) -> int:
        """Forget what no day counts any more; return how many."""
        with self._database.write() as connection:
            before = self._clock() - 2 * DAY_SECONDS
            return connection.execute(delete(_DEED).where(_DEED.c.done_at < before)).rowcount


@dataclass(frozen=True, slots=True)
class StoredLedger:
    """One repository's; a `Ledger`."""

    table: DeedTable
    repository_id: int

    async def note(self, deed: Deed) -> None:
        """Write down what is about to be done."""
        await asyncio.to_thread(self.table.note, self.repository_id, deed)

    async def today(self) -> Deeds:
        """Return what was done in the last 24 hours."""
        return await asyncio.to_thread(self.table.today, self.repository_id)

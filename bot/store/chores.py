"""Queries on chores: what the service does for itself from time to time, one worker of all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import text, update

from bot.store.tables import ChoreRow, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.knowledge.database import Database

__all__ = ["Chores"]

_CHORE = table_of(ChoreRow)


class Chores:
    """The table of chores. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def take(self, name: str, *, at_most_seconds: float) -> bool:
        """Return whether the chore is due and now the caller's to do.

        It is nobody else's for `at_most_seconds`; not `put_off` by then, it is due again. One that was
        never done is due.
        """
        now = self._clock()
        with self._database.write() as connection:
            taken = connection.execute(
                text(
                    "INSERT INTO chore (name, due_at) VALUES (:name, :until)"
                    " ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at"
                    " WHERE chore.due_at <= :now"
                ),
                {"name": name, "until": now + at_most_seconds, "now": now},
            )
            return taken.rowcount == 1

    def put_off(self, name: str, *, seconds: float) -> None:
        """Say that the chore is due after so long: it was done, or did not succeed."""
        with self._database.write() as connection:
            connection.execute(
                update(_CHORE).where(_CHORE.c.name == name).values(due_at=self._clock() + seconds)
            )

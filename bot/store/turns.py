"""Queries on turns: when each repository is looked at though nothing happened to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, text, update

from bot.jobs.routing import Work
from bot.store.jobs import want
from bot.store.tables import TurnRow, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database

__all__ = ["Turns", "forget_turns"]

UNPLANNED_SECONDS = 25 * 3600.0
"""A turn that was taken comes again after so long, unless the job plans the next one as it should."""

_TURN = table_of(TurnRow)


class Turns:
    """The table of turns. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def plan(
        self, repository_id: int, *, installation_id: int, full_name: str, due_at: float
    ) -> None:
        """Say when a repository has its next turn, instead of whatever was planned."""
        with self._database.write() as connection:
            connection.execute(
                text(
                    "INSERT INTO turn (repository_id, installation_id, full_name, due_at)"
                    " VALUES (:repository_id, :installation_id, :full_name, :due_at)"
                    " ON CONFLICT (repository_id) DO UPDATE SET due_at = excluded.due_at,"
                    " installation_id = excluded.installation_id, full_name = excluded.full_name"
                ),
                {
                    "repository_id": repository_id,
                    "installation_id": installation_id,
                    "full_name": full_name,
                    "due_at": due_at,
                },
            )

    def take_due(self, limit: int) -> list[str]:
        """Ask for the work of turns that are due, each of them once; return the keys of the jobs.

        The turn and the job are written together: whoever dies has taken all of it, or nothing.
        """
        now = self._clock()
        query = (
            select(_TURN)
            .where(_TURN.c.due_at <= now)
            .order_by(_TURN.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        keys = []
        with self._database.write() as connection:
            for row in connection.execute(query).mappings().all():
                work = Work(
                    "update", row["installation_id"], row["repository_id"], row["full_name"]
                )
                keys.append(want(connection, work, now=now, delay=0.0)[0])
                connection.execute(
                    update(_TURN)
                    .where(_TURN.c.repository_id == row["repository_id"])
                    .values(due_at=now + UNPLANNED_SECONDS)
                )
        return keys

    def due_at(self, repository_id: int) -> float | None:
        """Return when a repository has its next turn, None when it has none."""
        query = select(_TURN.c.due_at).where(_TURN.c.repository_id == repository_id)
        with self._database.read() as connection:
            found: float | None = connection.execute(query).scalar()
        return found

    def forget(self, repository_id: int) -> None:
        """Plan nothing any more for a repository that is gone."""
        with self._database.write() as connection:
            forget_turns(connection, _TURN.c.repository_id == repository_id)


def forget_turns(connection: Connection, which: Any) -> None:  # noqa: ANN401 - a clause
    """Plan nothing any more for some repositories."""
    connection.execute(delete(_TURN).where(which))

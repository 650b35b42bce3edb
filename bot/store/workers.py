"""Queries on workers: who is alive, and who has died."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, text

from bot.store.tables import WorkerRow, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database

__all__ = ["Workers"]

_WORKER = table_of(WorkerRow)


class Workers:
    """The worker table. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def beat(self, executor: str) -> None:
        """Say that a worker is alive."""
        with self._database.write() as connection:
            now = self._now(connection)
            connection.execute(
                text(
                    "INSERT INTO worker (executor, started_at, beat_at) VALUES (:executor, :now, :now)"
                    " ON CONFLICT (executor) DO UPDATE SET beat_at = excluded.beat_at"
                ),
                {"executor": executor, "now": now},
            )

    def leave(self, executor: str) -> None:
        """Say that a worker has ended in good order; what it left undone is taken over at once."""
        with self._database.write() as connection:
            connection.execute(
                _WORKER.update().where(_WORKER.c.executor == executor).values(beat_at=0.0)
            )

    def dead(self, silent_seconds: float) -> list[str]:
        """Return the workers that have not been heard of for that long."""
        with self._database.read() as connection:
            before = self._now(connection) - silent_seconds
            query = select(_WORKER.c.executor).where(_WORKER.c.beat_at < before)
            return list(connection.execute(query).scalars())

    def alive(self, silent_seconds: float) -> int:
        """Return how many workers were heard of since."""
        with self._database.read() as connection:
            since = self._now(connection) - silent_seconds
            query = select(_WORKER.c.executor).where(_WORKER.c.beat_at >= since)
            return len(list(connection.execute(query).scalars()))

    def bury(self, executor: str) -> None:
        """Forget a dead worker whose work was taken over, unless it has risen."""
        with self._database.write() as connection:
            row = connection.execute(
                select(_WORKER.c.beat_at).where(_WORKER.c.executor == executor)
            ).first()
            # Kept for a day: one that wakes up late is dead again at its next pause.
            if row is not None and row.beat_at < self._now(connection) - 86_400:
                connection.execute(delete(_WORKER).where(_WORKER.c.executor == executor))

    def _now(self, connection: Connection) -> float:
        """Return the time by the one clock that all workers share."""
        if self._database.is_sqlite:
            return self._clock()
        moment: Any = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(moment.scalar())

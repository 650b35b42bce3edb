"""Queries on deliveries: keep them, route them, say what became of them, forget them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from bot.store.errands import finish_errands
from bot.store.jobs import want
from bot.store.secrets import forget_secrets
from bot.store.tables import FORGOTTEN, DeliveryRow, ErrandRow, JobRow, TurnRow, table_of
from bot.store.turns import forget_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database
    from bot.jobs.routing import Routed, Work

__all__ = ["Deliveries", "Received", "StoredDelivery"]


_DELIVERY = table_of(DeliveryRow)
_ERRAND = table_of(ErrandRow)
_JOB = table_of(JobRow)
_TURN = table_of(TurnRow)

# Written by hand: this runs for each delivery before it is answered, and SQLAlchemy's own insert
# would cost more than everything else there.
_INSERT = (
    "INSERT INTO delivery (guid, event, payload, received_at, state)"
    " VALUES ({0}, {0}, {0}, {0}, 'stored') ON CONFLICT (guid) DO UPDATE SET"
    " state = 'stored', payload = excluded.payload, note = NULL, finished_at = NULL"
    " WHERE delivery.state = 'failed'"
)


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery whose signature is right, and nothing else known."""

    guid: str
    event: str
    payload: bytes
    received_at: float


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery that waits to be routed."""

    id: int
    guid: str
    event: str
    payload: bytes


class Deliveries:
    """The delivery table. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._insert = _INSERT.format("?" if database.is_sqlite else "%s")

    def keep(self, received: Sequence[Received]) -> None:
        """Keep deliveries, all or none; one that is known stays as it is unless it had failed."""
        rows = [(each.guid, each.event, each.payload, each.received_at) for each in received]
        with self._database.write() as connection:
            connection.exec_driver_sql(self._insert, rows)

    def waiting(self, limit: int) -> list[StoredDelivery]:
        """Return the oldest deliveries that nobody has routed yet."""
        query = (
            select(_DELIVERY.c.id, _DELIVERY.c.guid, _DELIVERY.c.event, _DELIVERY.c.payload)
            .where(_DELIVERY.c.state == "stored")
            .order_by(_DELIVERY.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [
                StoredDelivery(row.id, row.guid, row.event, bytes(row.payload or b""))
                for row in connection.execute(query)
            ]

    def settle(
        self, delivery: StoredDelivery, routed: Routed, *, debounce_seconds: float
    ) -> list[tuple[str, int]] | None:
        """Turn a delivery into work; return the jobs and generations that it waits for.

        None: somebody else did. The payload is given up here, so the table stays small.
        """
        now = self._clock()
        with self._database.write() as connection:
            state = "routed" if routed.work else "ignored"
            settled = connection.execute(
                update(_DELIVERY)
                .where(_DELIVERY.c.id == delivery.id, _DELIVERY.c.state == "stored")
                .values(
                    state=state,
                    payload=None,
                    note=routed.reason or None,
                    finished_at=None if routed.work else now,
                )
            )
            if settled.rowcount == 0:
                return None
            if routed.forgotten_installation is not None:
                _forget_installation(connection, routed.forgotten_installation, now)
            if routed.forgotten_repositories:
                gone = _JOB.c.repository_id.in_(routed.forgotten_repositories)
                _forget(connection, gone, now)
                forget_turns(connection, _TURN.c.repository_id.in_(routed.forgotten_repositories))
            forget_secrets(connection, routed.forgotten_owner, routed.forgotten_names)
            wanted = []
            for work in _distinct(routed.work):
                delay = 0.0 if work.is_urgent else debounce_seconds
                key, generation = want(connection, work, now=now, delay=delay)
                wanted.append((key, generation))
            if wanted:
                connection.execute(
                    _ERRAND.insert(),
                    [
                        {"delivery_id": delivery.id, "job_key": key, "generation": generation}
                        for key, generation in dict(wanted).items()
                    ],
                )
            return wanted

    def unfinished(self, guids: Sequence[str]) -> set[str]:
        """Return those of the GUIDs whose work is not done: unknown or failed ones.

        What is stored or routed is on its way and needs no redelivery.
        """
        query = select(_DELIVERY.c.guid).where(
            _DELIVERY.c.guid.in_(guids), _DELIVERY.c.state != "failed"
        )
        with self._database.read() as connection:
            known = set(connection.execute(query).scalars())
        return {guid for guid in guids if guid not in known}

    def counts(self) -> dict[str, int]:
        """Return how many deliveries there are in each state."""
        query = select(_DELIVERY.c.state, func.count()).group_by(_DELIVERY.c.state)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def prune(self, older_than_seconds: float) -> int:
        """Forget finished deliveries that came in before that; return how many."""
        before = self._clock() - older_than_seconds
        with self._database.write() as connection:
            pruned = connection.execute(
                delete(_DELIVERY).where(
                    _DELIVERY.c.received_at < before,
                    _DELIVERY.c.state.in_(("done", "ignored", "failed")),
                )
            )
            return pruned.rowcount


def _distinct(work: Sequence[Work]) -> list[Work]:
    return list({each.key: each for each in work}.values())


def _forget_installation(connection: Connection, installation_id: int, now: float) -> None:
    _forget(connection, _JOB.c.installation_id == installation_id, now)
    forget_turns(connection, _TURN.c.installation_id == installation_id)


def _forget(connection: Connection, which: Any, now: float) -> None:  # noqa: ANN401 - a clause
    """End jobs and drop what they know; who works on one now has no fence and stops at a write.

    The rows stay for a while (`Jobs.prune`): a generation's number is a workflow's id, so one that comes
    back must not begin again at 1.
    """
    keys = list(connection.execute(select(_JOB.c.key).where(which)).scalars())
    for key in keys:
        finish_errands(connection, key, None, now, state="done", note="the App was removed")
    connection.execute(
        update(_JOB)
        .where(which)
        .values(
            installation_id=FORGOTTEN,
            full_name=None,
            head_sha=None,
            manual=False,
            begun=_JOB.c.wanted,
            done=_JOB.c.wanted,
            fence=_JOB.c.fence + 1,
            attempts=0,
            due_at=now,
            error=None,
        )
    )

"""Queries on tallies: what all processes have counted, and what is to be seen of the service right now."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select, text

from advisor_core.errors import StoreError
from advisor_core.index.tally import REQUESTS
from advisor_core.knowledge.ages import KnowledgeAges, read_ages
from bot.logs import get_log
from bot.store.tables import FORGOTTEN, DeliveryRow, JobRow, PaceRow, TallyRow, WriteRow, table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database
    from bot.metrics import Limit, Metrics, TallyKey

__all__ = ["ServiceState", "Tallies", "flush"]

_DELIVERY = table_of(DeliveryRow)
_JOB = table_of(JobRow)
_PACE = table_of(PaceRow)
_TALLY = table_of(TallyRow)
_WRITE = table_of(WriteRow)

_HOUR_SECONDS = 3600.0

_log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The whole service at one moment."""

    deliveries: Mapping[str, int]
    """Deliveries that are kept, by state."""
    jobs: Mapping[str, int]
    """`waiting`: due and not begun; `delayed`: not due yet; `working`: begun and not done. Of all three,
    `failing`: those whose last attempt did not succeed."""
    job_ages: Mapping[str, float]
    """Seconds since the oldest `waiting` one was due, and the oldest `working` one was begun; 0: none."""
    requests_left: int | None
    """To GitHub, of the installation that has the fewest left; None: nothing is known."""
    writes_an_hour: int
    """To GitHub in the last hour, of the installation that wrote most."""
    closed_installations: int
    """To which nothing may be sent now: GitHub said so."""
    knowledge: KnowledgeAges = field(default_factory=KnowledgeAges)


class Tallies:
    """The table of tallies, and counts of others. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def add(self, counts: Mapping[TallyKey, float], limits: Mapping[int, Limit]) -> None:
        """Add what a process has counted. All of it is kept, or nothing. Raises StoreError."""
        rows = [
            {"name": name, "labels": json.dumps(labels), "value": value}
            # In one order, so that two processes never wait for each other.
            for (name, labels), value in sorted(counts.items())
        ]
        learnt = [
            {"id": installation_id, "left": limit.left, "resets_at": limit.resets_at}
            for installation_id, limit in sorted(limits.items())
        ]
        if not rows and not learnt:
            return
        with self._database.write() as connection:
            if rows:
                connection.execute(
                    text(
                        "INSERT INTO tally (name, labels, value) VALUES (:name, :labels, :value)"
                        " ON CONFLICT (name, labels) DO UPDATE SET value = tally.value + excluded.value"
                    ),
                    rows,
                )
            if learnt:
                connection.execute(
                    text(
                        "INSERT INTO pace (installation_id, fence, held_until, written_at,"
                        " closed_until, requests_left, resets_at)"
                        " VALUES (:id, 0, 0, 0, 0, :left, :resets_at)"
                        " ON CONFLICT (installation_id) DO UPDATE SET"
                        " requests_left = excluded.requests_left, resets_at = excluded.resets_at"
                    ),
                    learnt,
                )

    def read(self) -> dict[TallyKey, float]:
        """Return what all processes have counted, ever."""
        with self._database.read() as connection:
            return {
                (row.name, tuple(json.loads(row.labels))): row.value
                for row in connection.execute(select(_TALLY))
            }

    def state(self) -> ServiceState:
        """Return what is to be seen of the service now."""
        now = self._clock()
        with self._database.read() as connection:
            by_state = select(_DELIVERY.c.state, func.count()).group_by(_DELIVERY.c.state)
            deliveries = {row[0]: row[1] for row in connection.execute(by_state)}
            jobs, ages = _read_jobs(connection, now)
            limits = connection.execute(
                select(
                    func.min(case((_PACE.c.resets_at > now, _PACE.c.requests_left))),
                    func.count(case((_PACE.c.closed_until > now, 1))),
                )
            ).one()
            writes = (
                select(func.count().label("count"))
                .where(_WRITE.c.written_at > now - _HOUR_SECONDS)
                .group_by(_WRITE.c.installation_id)
                .subquery()
            )
            most = connection.execute(select(func.max(writes.c.count))).scalar()
            knowledge = read_ages(connection, int(now))
        return ServiceState(
            deliveries, jobs, ages, limits[0], int(most or 0), int(limits[1]), knowledge
        )


def _read_jobs(connection: Connection, now: float) -> tuple[dict[str, int], dict[str, float]]:
    is_at_work = (_JOB.c.begun > _JOB.c.done) & _JOB.c.begun_at.is_not(None)
    is_wanted = _JOB.c.wanted > _JOB.c.begun
    is_due = is_wanted & ~is_at_work & (_JOB.c.due_at <= now)
    row = connection.execute(
        select(
            func.count(case((is_due, 1))),
            func.count(case((is_wanted & ~is_at_work & (_JOB.c.due_at > now), 1))),
            func.count(case((is_at_work, 1))),
            func.count(case((_JOB.c.attempts > 0, 1))),
            func.min(case((is_due, _JOB.c.due_at))),
            func.min(case((is_at_work, _JOB.c.begun_at))),
        ).where(_JOB.c.installation_id != FORGOTTEN, _JOB.c.done < _JOB.c.wanted)
    ).one()
    counts = dict(zip(("waiting", "delayed", "working", "failing"), map(int, row[:4]), strict=True))
    ages = {
        state: 0.0 if since is None else max(0.0, now - since)
        for state, since in zip(("waiting", "working"), row[4:], strict=True)
    }
    return counts, ages


def flush(metrics: Metrics, tallies: Tallies) -> None:
    """Tell the database what this process has counted; what cannot be told is told the next time."""
    metrics.index_requests(REQUESTS.take())
    counts, limits = metrics.take()
    try:
        tallies.add(counts, limits)
    except StoreError as error:
        metrics.give_back(counts)
        _log.warning("counts could not be kept", reason=str(error))

"""Queries on jobs: want one, begin it under a fence, finish it or try it again later."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, delete, func, literal, select, update

from bot.store.errands import finish_errands
from bot.store.tables import FORGOTTEN, JobRow, PaceRow, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, RowMapping, Select

    from advisor_core.knowledge.database import Database
    from bot.jobs.routing import Work

__all__ = ["ACKNOWLEDGE", "AFTER_VULNERABLE", "VULNERABLE", "Begun", "Jobs", "Pending", "want"]

_JOB = table_of(JobRow)
_PACE = table_of(PaceRow)

# Made once: they are asked with each job, and with each write to GitHub.
_LOCK = select(_JOB).where(_JOB.c.key == bindparam("job")).with_for_update()
_FENCE = select(_JOB.c.fence).where(_JOB.c.key == bindparam("job"))

_FAILED = "the job failed"
"""Note of a delivery. Why is told in the job's row, which is emptied when the App is removed."""

VULNERABLE = 1
"""The urgency of what has to do with a vulnerability: it begins at once, however many began before."""

AFTER_VULNERABLE = 2
"""What comes next."""

ACKNOWLEDGE = "acknowledge:"
"""What the keys of acknowledgements begin with."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A generation of a job that the caller may do, as long as its fence is the newest."""

    key: str
    generation: int
    fence: int
    kind: str
    installation_id: int
    repository_id: int | None
    full_name: str | None
    number: int | None
    manual: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A generation that is wanted and not done."""

    key: str
    generation: int
    due_at: float
    is_begun: bool
    partition: str
    urgency: int = 0
    """0: somebody waits for it. Else as of `Work`."""
    installation_id: int = 0


def want(connection: Connection, work: Work, *, now: float, delay: float) -> tuple[str, int]:
    """Ask for work; return the job's key and the generation that will see it.

    A generation that waits already sees it too, so a burst is one generation.
    """
    key = work.key
    row = _locked(connection, key)
    if row is None and work.kind == "recheck":
        return _want_recheck(connection, work, now=now, delay=delay)
    if row is None:
        connection.execute(
            _JOB.insert(),
            {
                "key": key,
                "kind": work.kind,
                "installation_id": work.installation_id,
                "repository_id": work.repository_id,
                "full_name": work.full_name,
                "number": work.number,
                "manual": work.manual,
                "wanted": 1,
                "begun": 0,
                "done": 0,
                "fence": 0,
                "attempts": 0,
                "due_at": now + delay,
                "urgency": work.urgency,
            },
        )
        return key, 1
    waits = row["wanted"] > row["begun"]
    generation = row["wanted"] if waits else row["wanted"] + 1
    connection.execute(
        update(_JOB)
        .where(_JOB.c.key == key)
        .values(
            wanted=generation,
            installation_id=work.installation_id,
            full_name=work.full_name or row["full_name"],
            manual=work.manual or (bool(row["manual"]) and waits),
            # What waits because of failures is tried at once: something has changed.
            due_at=min(row["due_at"], now + delay) if waits else now + delay,
            urgency=min(row["urgency"], work.urgency) if waits else work.urgency,
            attempts=0,
        )
    )
    return key, generation


def _want_recheck(
    connection: Connection, work: Work, *, now: float, delay: float
) -> tuple[str, int]:
    """Find by its commit the pull request that a check run belongs to; else it is the base's."""
    found = connection.execute(
        select(_JOB.c.key, _JOB.c.number).where(
            _JOB.c.repository_id == work.repository_id,
            _JOB.c.kind == "check",
            _JOB.c.head_sha == work.head_sha,
        )
    ).first()
    if found is None:
        return want(connection, work.as_update(), now=now, delay=delay)
    return want(connection, work.as_check(found.number), now=now, delay=delay)


class Jobs:
    """The job table. Every method blocks."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def want(self, work: Work, *, delay_seconds: float = 0.0) -> tuple[str, int]:
        """Ask for work that no delivery brought."""
        with self._database.write() as connection:
            return want(connection, work, now=self._clock(), delay=delay_seconds)

    def begin(self, key: str, generation: int) -> Begun | None:
        """Begin a generation and take the fence; None: it was done, overtaken or forgotten."""
        with self._database.write() as connection:
            row = _locked(connection, key)
            if row is None or row["done"] >= generation or row["begun"] > generation:
                return None
            fence = row["fence"] + 1
            connection.execute(
                update(_JOB)
                .where(_JOB.c.key == key)
                .values(begun=generation, fence=fence, begun_at=self._clock())
            )
        return Begun(
            key=key,
            generation=generation,
            fence=fence,
            kind=row["kind"],
            installation_id=row["installation_id"],
            repository_id=row["repository_id"],
            full_name=row["full_name"],
            number=row["number"],
            manual=bool(row["manual"]),
            attempts=row["attempts"],
        )

    def holds(self, begun: Begun) -> bool:
        """Return whether nobody has begun the job since."""
        with self._database.read() as connection:
            return connection.execute(_FENCE, {"job": begun.key}).scalar() == begun.fence

    def finish(self, begun: Begun, *, head_sha: str | None = None) -> bool:
        """Say that a generation is done; False: another has the fence, and nothing was changed."""
        with self._database.write() as connection:
            row = _locked(connection, begun.key)
            if row is None or row["fence"] != begun.fence:
                return False
            connection.execute(
                update(_JOB)
                .where(_JOB.c.key == begun.key)
                .values(
                    done=begun.generation,
                    attempts=0,
                    error=None,
                    manual=bool(row["manual"]) and row["wanted"] > begun.generation,
                    head_sha=head_sha or row["head_sha"],
                )
            )
            finish_errands(connection, begun.key, begun.generation, self._clock(), state="done")
        return True

    def fail(
        self,
        begun: Begun,
        error: str,
        *,
        retry_seconds: float | None,
        counts: bool = True,
        least_urgency: int = 0,
    ) -> tuple[str, int] | None:
        """Say that a generation failed; return the one that tries again, None: nobody does.

        `retry_seconds` None gives up: what waited for it has failed, until it is asked for again.
        `least_urgency`: what is left to do is not more urgent than that.
        """
        now = self._clock()
        with self._database.write() as connection:
            row = _locked(connection, begun.key)
            if row is None or row["fence"] != begun.fence:
                return None
            values: dict[str, Any] = {
                "error": error[:2000],
                "attempts": row["attempts"] + counts,
                "begun_at": None,
            }
            again = None
            if retry_seconds is None:
                values |= {"done": begun.generation, "attempts": 0}
                finish_errands(
                    connection, begun.key, begun.generation, now, state="failed", note=_FAILED
                )
            elif row["wanted"] == begun.generation:
                values |= {
                    "wanted": begun.generation + 1,
                    "due_at": now + retry_seconds,
                    "urgency": max(row["urgency"], least_urgency),
                }
                again = begun.key, begun.generation + 1
            else:
                again = begun.key, row["wanted"]
            connection.execute(update(_JOB).where(_JOB.c.key == begun.key).values(**values))
        return again

    def renew(self, key: str, generation: int) -> tuple[str, int] | None:
        """Ask again for a generation whose workflow ended without finishing it."""
        with self._database.write() as connection:
            row = _locked(connection, key)
            if row is None or row["wanted"] != generation or row["done"] >= generation:
                return None
            connection.execute(update(_JOB).where(_JOB.c.key == key).values(wanted=generation + 1))
        return key, generation + 1

    def pending(self, limit: int = 1000, *, waited_for: bool = False) -> list[Pending]:
        """Return the newest generation of every job that is not done, the longest due first.

        `waited_for`: only of those that somebody waits for.
        """
        query = select(_JOB).where(_JOB.c.done < _JOB.c.wanted).order_by(_JOB.c.due_at).limit(limit)
        if waited_for:
            query = query.where(_JOB.c.urgency == 0)
        return self._list(query)

    def due(self, limit: int) -> list[Pending]:
        """Return the same of those that nobody waits for and that may begin, the most urgent first.

        Of an installation that is not to begin one yet (`Paces.take_job`) only what is vulnerable.
        """
        # By the clock by which it was written.
        now = (
            literal(self._clock())
            if self._database.is_sqlite
            else func.extract("epoch", func.clock_timestamp())
        )
        not_yet = select(_PACE.c.installation_id).where(_PACE.c.next_job_at > now)
        query = (
            select(_JOB)
            .where(
                _JOB.c.done < _JOB.c.wanted,
                _JOB.c.urgency > 0,
                _JOB.c.due_at <= self._clock(),
                (_JOB.c.urgency <= VULNERABLE) | _JOB.c.installation_id.not_in(not_yet),
            )
            .order_by(_JOB.c.urgency, _JOB.c.due_at)
            .limit(limit)
        )
        return self._list(query)

    def get_pending(self, key: str) -> Pending | None:
        """Return one job's newest generation, None when it is done or forgotten."""
        found = self._list(select(_JOB).where(_JOB.c.key == key, _JOB.c.done < _JOB.c.wanted))
        return found[0] if found else None

    def _list(self, query: Select[Any]) -> list[Pending]:
        with self._database.read() as connection:
            return [
                Pending(
                    row.key,
                    row.wanted,
                    row.due_at,
                    row.begun >= row.wanted,
                    partition_of(row.key, row.repository_id, row.installation_id),
                    row.urgency,
                    row.installation_id,
                )
                for row in connection.execute(query)
            ]

    def counts(self) -> dict[str, int]:
        """Return how many subjects there are, and how many of them wait or are at work."""
        watched = (_JOB.c.kind == "update") & (_JOB.c.installation_id != FORGOTTEN)
        waiting = func.coalesce(func.sum((_JOB.c.wanted > _JOB.c.begun).cast(Integer)), 0)
        at_work = (_JOB.c.begun > _JOB.c.done) & _JOB.c.begun_at.is_not(None)
        working = func.coalesce(func.sum(at_work.cast(Integer)), 0)
        kept = func.coalesce(func.sum(watched.cast(Integer)), 0)
        with self._database.read() as connection:
            row = connection.execute(select(kept, waiting, working)).one()
        return {"repositories": int(row[0]), "waiting": int(row[1]), "working": int(row[2])}

    def prune(self, older_than_seconds: float) -> int:
        """Drop what is left of subjects that were forgotten before that; return how many."""
        with self._database.write() as connection:
            return connection.execute(
                delete(_JOB).where(
                    _JOB.c.installation_id == FORGOTTEN,
                    _JOB.c.due_at < self._clock() - older_than_seconds,
                )
            ).rowcount


def partition_of(key: str, repository_id: int | None, installation_id: int) -> str:
    """Return the queue's partition: one job at a time in each.

    A repository is one, but that what people wrote there is acknowledged beside whatever is at work.
    """
    if key.startswith(ACKNOWLEDGE):
        return key
    return f"r{repository_id}" if repository_id is not None else f"i{installation_id}"


def _locked(connection: Connection, key: str) -> RowMapping | None:
    """Return the row of a job, locked until the transaction ends (SQLite locks everything)."""
    return connection.execute(_LOCK, {"job": key}).mappings().first()

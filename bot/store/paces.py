"""Queries on the pace of writing to GitHub: one writer per installation, over all workers.

A turn to write is taken and given back. Who takes one gets a number, the fence, that only the newest to
take a turn holds; a turn that is not given back ends by itself, or with the worker that had it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, delete, func, select, text, update

from bot.store.tables import PaceRow, WriteRow, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, RowMapping

    from advisor_core.knowledge.database import Database

__all__ = ["TURN_SECONDS", "Paces", "TakenTurn", "Wait"]

TURN_SECONDS = 60.0
"""How long a turn lasts that nobody gives back: twice as long as a request may take."""

_LOOK_SECONDS = 0.2
"""After how long to look again whether another's turn has ended."""

_HOUR_SECONDS = 3600.0

_PACE = table_of(PaceRow)
_WRITE = table_of(WriteRow)

# Made once: each write to GitHub asks all of them, and making one takes longer than running it.
_LOCK = select(_PACE).where(_PACE.c.installation_id == bindparam("id")).with_for_update()
_TAKE = (
    update(_PACE)
    .where(_PACE.c.installation_id == bindparam("id"))
    .values(
        {name: bindparam(f"new_{name}") for name in ("holder", "fence", "held_until", "written_at")}
    )
)
_PUT_OFF = (
    update(_PACE)
    .where(_PACE.c.installation_id == bindparam("id"), _PACE.c.next_job_at < bindparam("until"))
    .values(next_job_at=bindparam("until"))
)
_COUNT = _WRITE.insert()
_HOLDS = select(_PACE.c.fence, _PACE.c.held_until).where(_PACE.c.installation_id == bindparam("id"))
_GIVE_BACK = (
    update(_PACE)
    .where(_PACE.c.installation_id == bindparam("id"), _PACE.c.fence == bindparam("turn"))
    .values(held_until=0.0, holder=None, written_at=bindparam("now"))
)
_RECENT = (
    select(_WRITE.c.written_at)
    .where(_WRITE.c.installation_id == bindparam("id"), _WRITE.c.written_at > bindparam("since"))
    .order_by(_WRITE.c.written_at.desc())
    .limit(bindparam("most", type_=Integer))
    .subquery()
)
_HOUR = select(func.count(), func.min(_RECENT.c.written_at)).select_from(_RECENT)


@dataclass(frozen=True, slots=True)
class TakenTurn:
    """The right to write once."""

    installation_id: int
    fence: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nobody may write yet, or somebody writes."""

    seconds: float
    is_writing: bool
    """Somebody has the turn; it may end any moment."""
    room_seconds: float = 0.0
    """The hour is full, and has room for a whole job after this."""


class Paces:
    """The tables of paces and writes. Every method blocks."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        *,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._turn_seconds = turn_seconds

    def take(
        self,
        installation_id: int,
        holder: str,
        *,
        between_seconds: float,
        most_an_hour: int,
        writes_each: int = 1,
    ) -> TakenTurn | Wait:
        """Take the turn to write, and count the write; or return how long to wait at least.

        When the hour is full, no job that nobody waits for begins until it has room for `writes_each`.
        """
        with self._database.write() as connection:
            row = self._locked(connection, installation_id)
            now = self._now(connection)
            if row["held_until"] > now:
                return Wait(min(row["held_until"] - now, _LOOK_SECONDS), is_writing=True)
            earliest = max(row["closed_until"], row["written_at"] + between_seconds)
            if earliest > now:
                return Wait(earliest - now, is_writing=False)
            full_until = _end_of_hour(connection, installation_id, now, most_an_hour)
            if full_until > now:
                most = most_an_hour - writes_each + 1
                room_at = _end_of_hour(connection, installation_id, now, most)
                connection.execute(_PUT_OFF, {"id": installation_id, "until": room_at})
                return Wait(full_until - now, is_writing=False, room_seconds=room_at - now)
            fence = row["fence"] + 1
            taken = {
                "id": installation_id,
                "new_holder": holder,
                "new_fence": fence,
                "new_held_until": now + self._turn_seconds,
                "new_written_at": now,
            }
            connection.execute(_TAKE, taken)
            connection.execute(_COUNT, {"installation_id": installation_id, "written_at": now})
        return TakenTurn(installation_id, fence)

    def take_job(self, installation_id: int, *, seconds_between: float) -> bool:
        """Take the right to begin a job that nobody waits for; False: it is not time for one yet."""
        with self._database.write() as connection:
            row = self._locked(connection, installation_id)
            now = self._now(connection)
            if row["next_job_at"] > now:
                return False
            until = now + seconds_between
            connection.execute(_PUT_OFF, {"id": installation_id, "until": until})
        return True

    def holds(self, turn: TakenTurn) -> bool:
        """Return whether the turn is not over, and nobody has taken one since."""
        with self._database.read() as connection:
            row = connection.execute(_HOLDS, {"id": turn.installation_id}).first()
            return (
                row is not None
                and row.fence == turn.fence
                and bool(row.held_until > self._now(connection))
            )

    def give_back(self, turn: TakenTurn) -> None:
        """End the turn; the pause until the next one begins. Does nothing when another has it."""
        with self._database.write() as connection:
            now = self._now(connection)
            connection.execute(
                _GIVE_BACK, {"id": turn.installation_id, "turn": turn.fence, "now": now}
            )

    def close(self, installation_id: int, until: float) -> None:
        """Let nobody send anything for an installation before a moment: GitHub said so."""
        with self._database.write() as connection:
            row = self._locked(connection, installation_id)
            if row["closed_until"] < until:
                connection.execute(
                    update(_PACE)
                    .where(_PACE.c.installation_id == installation_id)
                    .values(closed_until=until)
                )

    def closed_until(self, installation_id: int) -> float:
        """Return the moment before which nothing may be sent; in the past when nothing is known."""
        with self._database.read() as connection:
            query = select(_PACE.c.closed_until).where(_PACE.c.installation_id == installation_id)
            return float(connection.execute(query).scalar() or 0.0)

    def free(self, is_dead: Callable[[str], bool]) -> int:
        """End the turns of dead workers; return how many."""
        freed = 0
        with self._database.read() as connection:
            query = select(_PACE.c.installation_id, _PACE.c.holder, _PACE.c.fence).where(
                _PACE.c.holder.is_not(None)
            )
            held = list(connection.execute(query))
        for row in held:
            if is_dead(row.holder):
                self.give_back(TakenTurn(row.installation_id, row.fence))
                freed += 1
        return freed

    def prune(self) -> int:
        """Forget the writes that no hour counts any more; return how many."""
        with self._database.write() as connection:
            before = self._now(connection) - 2 * _HOUR_SECONDS
            return connection.execute(delete(_WRITE).where(_WRITE.c.written_at < before)).rowcount

    def _locked(self, connection: Connection, installation_id: int) -> RowMapping:
        """Return the row of an installation, made if needed, locked until the transaction ends."""
        row = connection.execute(_LOCK, {"id": installation_id}).mappings().first()
        if row is None:
            connection.execute(
                text(
                    "INSERT INTO pace (installation_id, fence, held_until, written_at, closed_until)"
                    " VALUES (:id, 0, 0, 0, 0) ON CONFLICT (installation_id) DO NOTHING"
                ),
                {"id": installation_id},
            )
            row = connection.execute(_LOCK, {"id": installation_id}).mappings().one()
        return row

    def _now(self, connection: Connection) -> float:
        """Return the time by the one clock that all workers share."""
        if self._database.is_sqlite:
            return self._clock()
        moment: Any = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(moment.scalar())


def _end_of_hour(
    connection: Connection, installation_id: int, now: float, most_an_hour: int
) -> float:
    """Return when the hour has room for one more write; in the past when it has."""
    since = now - _HOUR_SECONDS - 1.0
    count, oldest = connection.execute(
        _HOUR, {"id": installation_id, "since": since, "most": most_an_hour}
    ).one()
    # A second more: GitHub's clock is not ours.
    return float(oldest) + _HOUR_SECONDS + 1.0 if count >= most_an_hour else 0.0

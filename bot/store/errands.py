"""Finishing what deliveries wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from bot.store.tables import DeliveryRow, ErrandRow, table_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["finish_errands"]

_DELIVERY = table_of(DeliveryRow)
_ERRAND = table_of(ErrandRow)


def finish_errands(
    connection: Connection,
    key: str,
    generation: int | None,
    now: float,
    *,
    state: str,
    note: str | None = None,
) -> None:
    """Finish what waited for a job up to a generation (None: all of it)."""
    mine = _ERRAND.c.job_key == key
    if generation is not None:
        mine &= _ERRAND.c.generation <= generation
    ids = list(connection.execute(select(_ERRAND.c.delivery_id).where(mine)).scalars())
    if not ids:
        return
    connection.execute(delete(_ERRAND).where(mine))
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        left = select(_ERRAND.c.delivery_id).where(_ERRAND.c.delivery_id.in_(some))
        connection.execute(
            update(_DELIVERY)
            .where(
                _DELIVERY.c.id.in_(some),
                _DELIVERY.c.state == "routed",
                _DELIVERY.c.id.not_in(left),
            )
            .values(state=state, note=note, finished_at=now)
        )

"""How old the knowledge is. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from advisor_core.knowledge.tables import METADATA
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["KnowledgeAges", "read_ages"]

_IMPORT = METADATA.tables["advisory_import"]
_PAGE = METADATA.tables["watched_page"]
_EVENT = METADATA.tables["knowledge_event"]


@dataclass(frozen=True, slots=True)
class KnowledgeAges:
    """Ages in seconds; None: nothing of the kind is known."""

    advisories_taken_in: int | None = None
    """Since advisories were last taken in."""
    advisories_data: int | None = None
    """Since the newest change in them."""
    watched_pages: int = 0
    """Packages that are looked at."""
    page_overdue: int | None = None
    """Since the package that waits longest should have been looked at; 0: none waits."""
    event_unhandled: int | None = None
    """Since the oldest event that nothing has come of yet; None: there is none."""


def read_ages(connection: Connection, now: int) -> KnowledgeAges:
    """Return the ages at a moment, seconds since the epoch."""
    taken_in, data = connection.execute(
        select(func.max(_IMPORT.c.imported_at), func.max(_IMPORT.c.data_at))
    ).one()
    pages, due = connection.execute(select(func.count(), func.min(_PAGE.c.due_at))).one()
    unhandled = connection.execute(
        select(func.min(_EVENT.c.seen_at)).where(_EVENT.c.handled_at.is_(None))
    ).scalar()

    def age(moment: int | None) -> int | None:
        return None if moment is None else max(0, now - int(moment))

    return KnowledgeAges(age(taken_in), age(data), int(pages), age(due), age(unhandled))

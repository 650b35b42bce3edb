"""A copy of a SQLite knowledge base while it is in use, and what keeps its file small."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, select

from advisor_core.errors import StoreError
from advisor_core.knowledge.exporting import replaced
from advisor_core.knowledge.tables import METADATA
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from advisor_core.knowledge.database import Database

__all__ = ["Pruned", "back_up", "prune"]

_PAGES_AT_ONCE = 1000
"""Between two steps of a copy others may write."""

_RELEASE = METADATA.tables["release"]
_ARTIFACT = METADATA.tables["artifact"]
_ADVICE = METADATA.tables["advice"]
_EVENT = METADATA.tables["knowledge_event"]
_IMPORT = METADATA.tables["advisory_import"]
_ADVISORY = METADATA.tables["advisory"]


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was deleted."""

    releases: int
    """That their index has not listed for long."""
    files: int
    advice: int
    events: int


def back_up(
    database: Database, path: Path, *, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write a whole copy of the SQLite file, in the state of one moment, while others go on.

    `progress` is told of the pages that are left, and of all. Raises StoreError, also when the copy turns
    out damaged; then `path` is as before.
    """
    if database.path is None:
        raise StoreError(
            "only a SQLite knowledge base is copied by this program",
            hint="use `pg_dump`, which copies PostgreSQL while it is in use",
        )

    def tell(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(remaining, total)

    with replaced(path) as temporary:
        with contextlib.closing(database.engine.raw_connection()) as pooled:
            source: Any = pooled.driver_connection
            try:
                with contextlib.closing(sqlite3.connect(temporary)) as copy:
                    # In one transaction that reads: else the copy begins anew whenever another writes,
                    # https://www.sqlite.org/backup.html, and never ends beside a busy service.
                    source.execute("BEGIN")
                    source.execute("SELECT count(*) FROM sqlite_master").fetchone()
                    try:
                        source.backup(copy, pages=_PAGES_AT_ONCE, progress=tell)
                    finally:
                        source.execute("ROLLBACK")
                    copy.execute("PRAGMA journal_mode = DELETE")
                    faults = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            except sqlite3.Error as exc:
                if getattr(exc, "sqlite_errorname", "").startswith(("SQLITE_FULL", "SQLITE_IOERR")):
                    raise StoreError(
                        f"{path}: cannot be written: {exc}",
                        hint="make room on the disk, or name a file on another one",
                    ) from exc
                raise database.failure(exc) from exc
        if faults != "ok":
            raise StoreError(
                f"the copy of {database.display_url} is damaged: {faults}",
                hint="the knowledge base itself may be: restore it from an older copy",
            )


def prune(connection: Connection, before: int) -> Pruned:
    """Delete what ended before the moment (epoch seconds); advisories and observations stay true."""
    files = connection.execute(delete(_ARTIFACT).where(_ARTIFACT.c.vanished_at < before)).rowcount
    releases = connection.execute(delete(_RELEASE).where(_RELEASE.c.vanished_at < before)).rowcount
    advice = connection.execute(delete(_ADVICE).where(_ADVICE.c.created_at < before)).rowcount
    events = connection.execute(delete(_EVENT).where(_EVENT.c.handled_at < before)).rowcount
    used = exists(select(_ADVISORY.c.id).where(_ADVISORY.c.import_id == _IMPORT.c.id))
    newest = select(_IMPORT.c.id).order_by(_IMPORT.c.data_at.desc(), _IMPORT.c.id.desc()).limit(1)
    connection.execute(
        delete(_IMPORT).where(
            _IMPORT.c.imported_at < before, ~used, _IMPORT.c.id.not_in(newest.scalar_subquery())
        )
    )
    return Pruned(releases, files, advice, events)

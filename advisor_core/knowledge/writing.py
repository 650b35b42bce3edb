"""What recording pages and recording metadata share: ids, rows of releases, bulk inserts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from advisor_core.knowledge.records import normalize_index_url
from advisor_core.knowledge.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row, Table

__all__ = ["Writer"]

_INDEX = METADATA.tables["package_index"]
_RELEASE = METADATA.tables["release"]

_FEWEST_TO_COPY = 20
"""Rows from which PostgreSQL's COPY is used: many times faster, but a round trip more."""


class Writer:
    """Writes within one transaction; remembers the ids of indexes meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._index_ids: dict[str, int] = {}

    def upsert(self, table: Table) -> Any:  # noqa: ANN401 - one of two classes with the same methods
        """Return an INSERT of the database at hand, which knows `ON CONFLICT`."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def find_index(self, url: str, seen_at: int) -> int:
        """Return the id of the index's row; makes it if it is new."""
        url = normalize_index_url(url)
        if url not in self._index_ids:
            self.connection.execute(
                self.upsert(_INDEX)
                .values(url=url, first_seen_at=seen_at)
                .on_conflict_do_nothing(index_elements=["url"])
            )
            found = self.connection.execute(select(_INDEX.c.id).where(_INDEX.c.url == url))
            self._index_ids[url] = found.scalar_one()
        return self._index_ids[url]

    def read_releases(self, package_id: int) -> dict[str, Row[Any]]:
        """Return the rows of the package's releases by version."""
        rows = self.connection.execute(select(_RELEASE).where(_RELEASE.c.package_id == package_id))
        return {row.version: row for row in rows}

    def insert_releases(self, package_id: int, seen_at: Mapping[str, int]) -> None:
        """Insert releases that are not there: version to when it was first seen."""
        self.insert_rows(
            _RELEASE,
            [
                {
                    "package_id": package_id,
                    "version": version,
                    "first_seen_at": moment,
                    "provides_extra": "",
                }
                for version, moment in seen_at.items()
            ],
        )

    def insert_rows(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that have the same columns and are known not to be there."""
        if len(rows) >= _FEWEST_TO_COPY and not self.is_sqlite:
            self._copy_rows(table, rows)
        elif rows:
            self.connection.execute(table.insert(), rows)

    def _copy_rows(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        names = list(rows[0])
        driver: Any = self.connection.connection.cursor()
        with (
            driver as cursor,
            cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row([row[name] for name in names])

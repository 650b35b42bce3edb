"""Reading what indexes said. Every function works inside the transaction it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from advisor_core.knowledge.records import (
    ReleaseRecord,
    Requirer,
    normalize_index_url,
    to_artifact,
)
from advisor_core.knowledge.tables import METADATA
from advisor_core.model import Skipped
from advisor_core.releases import CoreMetadata
from advisor_core.standards import VersionList

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection, Row, Select

    from advisor_core.model import Artifact

__all__ = [
    "count_rows",
    "measure_size",
    "read_advisories_as_of",
    "read_artifacts",
    "read_last_seen",
    "read_metadata",
    "read_releases",
    "read_requirers",
]

_INDEX = METADATA.tables["package_index"]
_PACKAGE = METADATA.tables["package"]
_RELEASE = METADATA.tables["release"]
_ARTIFACT = METADATA.tables["artifact"]
_REQUIREMENT = METADATA.tables["requirement"]


def read_releases(
    connection: Connection, name: str, index_url: str | None
) -> tuple[ReleaseRecord, ...]:
    """Return the releases of a package, newest first; of several indexes one after another."""
    columns = (
        _RELEASE.c.version,
        _INDEX.c.url,
        _RELEASE.c.first_seen_at,
        _RELEASE.c.vanished_at,
        _RELEASE.c.metadata_at,
        _RELEASE.c.metadata_problem,
    )
    by_index: dict[str, dict[str, ReleaseRecord]] = {}
    for row in connection.execute(_of_package(select(*columns), name, index_url)):
        by_index.setdefault(row[1], {})[row[0]] = ReleaseRecord(name, *row)
    found: list[ReleaseRecord] = []
    for releases in by_index.values():
        ordered = VersionList(list(releases))
        found += [releases[version] for version in ordered.versions if version in releases]
    return tuple(found)


def read_artifacts(
    connection: Connection, name: str, version: str, index_url: str | None
) -> tuple[Artifact, ...]:
    """Return the files that the release has now, by filename; of the first index that has it."""
    release = _first_release(connection, name, version, index_url)
    if release is None:
        return ()
    rows = connection.execute(
        select(
            _ARTIFACT.c.filename,
            _ARTIFACT.c.url,
            _ARTIFACT.c.hashes,
            _ARTIFACT.c.size,
            _ARTIFACT.c.requires_python,
            _ARTIFACT.c.yanked,
            _ARTIFACT.c.uploaded_at,
            _ARTIFACT.c.metadata_hash,
        )
        .where(_ARTIFACT.c.release_id == release.id, _ARTIFACT.c.vanished_at.is_(None))
        .order_by(_ARTIFACT.c.filename)
    )
    return tuple(to_artifact(row[0], tuple(row[1:])) for row in rows)


def read_metadata(
    connection: Connection, name: str, version: str, index_url: str | None
) -> CoreMetadata | Skipped:
    """Return the metadata of the release on the first index that has it, or why it is unknown."""
    release = _first_release(connection, name, version, index_url)
    if release is None:
        return Skipped("the release is not in the knowledge base")
    if release.metadata_at is None:
        return Skipped("the metadata was never asked for")
    if release.metadata_problem is not None:
        return Skipped(release.metadata_problem)
    lines = connection.execute(
        select(_REQUIREMENT.c.text)
        .where(_REQUIREMENT.c.release_id == release.id)
        .order_by(_REQUIREMENT.c.position)
    ).scalars()
    return CoreMetadata(
        name=name,
        version=version,
        requires_dist=tuple(lines),
        requires_python=release.requires_python,
        provides_extra=tuple(release.provides_extra.split()),
    )


def read_requirers(connection: Connection, name: str, limit: int) -> tuple[Requirer, ...]:
    """Return releases whose metadata requires the package, by name and version as text."""
    rows = connection.execute(
        select(_PACKAGE.c.name, _RELEASE.c.version, _REQUIREMENT.c.text)
        .join(_RELEASE, _RELEASE.c.id == _REQUIREMENT.c.release_id)
        .join(_PACKAGE, _PACKAGE.c.id == _RELEASE.c.package_id)
        .where(_REQUIREMENT.c.name == name)
        .order_by(_PACKAGE.c.name, _RELEASE.c.version, _REQUIREMENT.c.position)
        .limit(limit)
    )
    return tuple(Requirer(*row) for row in rows)


def count_rows(connection: Connection) -> dict[str, int]:
    """Return the rows of every table. Cost: a scan of each."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in METADATA.sorted_tables
    }


def read_last_seen(connection: Connection) -> int | None:
    """Return when any page was last seen, None when none was."""
    return connection.execute(select(func.nullif(func.max(_PACKAGE.c.seen_at), 0))).scalar()


def read_advisories_as_of(connection: Connection) -> int | None:
    """Return of when the newest advisories are, None when none were imported."""
    table = METADATA.tables["advisory_import"]
    return connection.execute(select(func.nullif(func.max(table.c.data_at), 0))).scalar()


def measure_size(connection: Connection) -> int:
    """Return the bytes that the database takes; on PostgreSQL those of our tables with indexes."""
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    statement = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
    return sum(
        connection.execute(statement, {"name": table.name}).scalar_one()
        for table in METADATA.sorted_tables
    )


def _first_release(
    connection: Connection, name: str, version: str, index_url: str | None
) -> Row[Any] | None:
    statement = _of_package(select(_RELEASE), name, index_url)
    return connection.execute(statement.where(_RELEASE.c.version == version).limit(1)).one_or_none()


def _of_package(statement: Select[Any], name: str, index_url: str | None) -> Select[Any]:
    """Narrow to one package, in the order in which its indexes became known."""
    statement = (
        statement.join_from(_RELEASE, _PACKAGE, _PACKAGE.c.id == _RELEASE.c.package_id)
        .join(_INDEX, _INDEX.c.id == _PACKAGE.c.index_id)
        .where(_PACKAGE.c.name == name)
        .order_by(_INDEX.c.id)
    )
    if index_url is not None:
        statement = statement.where(_INDEX.c.url == normalize_index_url(index_url))
    return statement

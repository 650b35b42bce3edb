"""Recording project pages. Every function works inside the transaction it is given.

A page is compared with what is known, and only differences are written: recording the same page
again writes one row (when it was seen). What an index no longer lists is marked, not deleted. An
older page never overwrites a newer one.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from advisor_core.knowledge.records import Recorded, clean_text, fields_of
from advisor_core.knowledge.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.knowledge.records import ArtifactFields, ProjectRecord
    from advisor_core.knowledge.writing import Writer

__all__ = ["record_first_seen", "record_project"]

_PACKAGE = METADATA.tables["package"]
_RELEASE = METADATA.tables["release"]
_ARTIFACT = METADATA.tables["artifact"]

_FIELDS = (
    "url",
    "hashes",
    "size",
    "requires_python",
    "yanked",
    "uploaded_at",
    "metadata_hash",
)
"""Columns of an artifact that the index may change, in the order of `ArtifactFields`."""

_Page = dict[str, dict[str, "ArtifactFields"]]
"""Version to filename to the columns of the file."""


def record_project(writer: Writer, record: ProjectRecord) -> Recorded:
    """Record one project page."""
    page = _read_page(record)
    digest = _digest(page)
    index_id = writer.find_index(record.index_url, record.seen_at)
    package = _lock_package(writer, index_id, record)
    if package is None or package[1] == digest:
        return Recorded()
    package_id = package[0]
    releases, added, vanished = _record_releases(writer, package_id, page, record.seen_at)
    artifacts = _record_artifacts(writer, package_id, releases, page, record.seen_at)
    writer.connection.execute(
        update(_PACKAGE).where(_PACKAGE.c.id == package_id).values(digest=digest)
    )
    return Recorded(releases_added=added, releases_vanished=vanished) + artifacts


def record_first_seen(
    writer: Writer, index_url: str, name: str, moments: Mapping[str, int]
) -> None:
    """Record that releases of a known package were seen before they were seen here; never later."""
    if not moments:
        return
    index_id = writer.find_index(index_url, min(moments.values()))
    package = (
        select(_PACKAGE.c.id)
        .where(_PACKAGE.c.index_id == index_id, _PACKAGE.c.name == name)
        .scalar_subquery()
    )
    statement = (
        update(_RELEASE)
        .where(
            _RELEASE.c.package_id == package,
            _RELEASE.c.version == bindparam("key"),
            _RELEASE.c.first_seen_at > bindparam("at"),
        )
        .values(first_seen_at=bindparam("at"))
    )
    writer.connection.execute(
        statement, [{"key": version, "at": at} for version, at in moments.items()]
    )


def _lock_package(
    writer: Writer, index_id: int, record: ProjectRecord
) -> tuple[int, str | None] | None:
    """Return id and digest of the package's row, now locked; None when a newer page is known.

    On PostgreSQL the update holds the row until the transaction ends, so that two pages of one
    package are recorded one after the other; on SQLite the whole transaction is alone anyway.
    """
    inserted = writer.upsert(_PACKAGE).values(
        index_id=index_id,
        name=record.releases.name,
        seen_at=record.seen_at,
        cursor=None if record.cursor is None else clean_text(record.cursor),
    )
    statement = inserted.on_conflict_do_update(
        index_elements=["index_id", "name"],
        set_={"seen_at": inserted.excluded.seen_at, "cursor": inserted.excluded.cursor},
        where=_PACKAGE.c.seen_at <= inserted.excluded.seen_at,
    ).returning(_PACKAGE.c.id, _PACKAGE.c.digest)
    row = writer.connection.execute(statement).one_or_none()
    return None if row is None else (row.id, row.digest)


def _record_releases(
    writer: Writer, package_id: int, page: _Page, seen_at: int
) -> tuple[dict[str, int], int, int]:
    """Return the listed releases' ids by version, how many are new and how many vanished."""
    known = writer.read_releases(package_id)
    new = [version for version in page if version not in known]
    writer.insert_releases(package_id, dict.fromkeys(new, seen_at))
    back = [row.id for version, row in known.items() if version in page and row.vanished_at]
    gone = [row.id for version, row in known.items() if version not in page and not row.vanished_at]
    _mark_releases(writer, back, None)
    _mark_releases(writer, gone, seen_at)
    if new:
        known = writer.read_releases(package_id)
    return {version: known[version].id for version in page}, len(new), len(gone)


def _mark_releases(writer: Writer, ids: Sequence[int], vanished_at: int | None) -> None:
    if ids:
        statement = update(_RELEASE).where(_RELEASE.c.id == bindparam("key"))
        writer.connection.execute(
            statement.values(vanished_at=bindparam("at")),
            [{"key": release_id, "at": vanished_at} for release_id in ids],
        )


def _record_artifacts(
    writer: Writer, package_id: int, releases: Mapping[str, int], page: _Page, seen_at: int
) -> Recorded:
    known = _read_artifacts(writer, package_id)
    added, changed = [], []
    listed = {
        (releases[version], filename): fields
        for version, files in page.items()
        for filename, fields in files.items()
    }
    for key, fields in listed.items():
        old = known.get(key)
        if old is None:
            added.append(_artifact_row(key, fields))
        elif old != (*fields, None):
            changed.append(_artifact_row(key, fields, prefix="new_"))
    gone = [
        _artifact_row(key, old[:-1], vanished_at=seen_at, prefix="new_")
        for key, old in known.items()
        if key not in listed and old[-1] is None
    ]
    writer.insert_rows(_ARTIFACT, added)
    _update_artifacts(writer, [*changed, *gone])
    return Recorded(
        artifacts_added=len(added),
        artifacts_changed=len(changed),
        artifacts_vanished=len(gone),
    )


def _read_artifacts(writer: Writer, package_id: int) -> dict[tuple[int, str], Any]:
    columns = [_ARTIFACT.c[name] for name in (*_FIELDS, "vanished_at")]
    rows = writer.connection.execute(
        select(_ARTIFACT.c.release_id, _ARTIFACT.c.filename, *columns)
        .join(_RELEASE, _RELEASE.c.id == _ARTIFACT.c.release_id)
        .where(_RELEASE.c.package_id == package_id)
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def _update_artifacts(writer: Writer, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        names = (*_FIELDS, "vanished_at")
        writer.connection.execute(
            update(_ARTIFACT)
            .where(_ARTIFACT.c.release_id == bindparam("new_release_id"))
            .where(_ARTIFACT.c.filename == bindparam("new_filename"))
            .values({name: bindparam(f"new_{name}") for name in names}),
            rows,
        )


def _read_page(record: ProjectRecord) -> _Page:
    releases = record.releases
    return {
        clean_text(version): {
            clean_text(artifact.filename): fields_of(artifact)
            for artifact in releases.artifacts(position)
        }
        for position, version in enumerate(releases.versions)
    }


def _digest(page: _Page) -> str:
    content = repr(sorted((version, sorted(files.items())) for version, files in page.items()))
    return hashlib.sha256(content.encode()).hexdigest()


def _artifact_row(
    key: tuple[int, str],
    fields: Sequence[Any],
    *,
    vanished_at: int | None = None,
    prefix: str = "",
) -> dict[str, Any]:
    row = {f"{prefix}{name}": value for name, value in zip(_FIELDS, fields, strict=True)}
    row[f"{prefix}release_id"], row[f"{prefix}filename"] = key
    row[f"{prefix}vanished_at"] = vanished_at
    return row

"""Recording core metadata of releases. Every function works inside the transaction it is given.

Older metadata never overwrites newer, and a failure to read it never overwrites what was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from advisor_core.knowledge.records import clean_text
from advisor_core.knowledge.tables import METADATA
from advisor_core.model import Skipped
from advisor_core.standards import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from advisor_core.knowledge.records import MetadataRecord
    from advisor_core.knowledge.writing import Writer
    from advisor_core.releases import CoreMetadata

__all__ = ["record_metadata"]

_PACKAGE = METADATA.tables["package"]
_RELEASE = METADATA.tables["release"]
_REQUIREMENT = METADATA.tables["requirement"]

_MOST_AT_ONCE = 1000
"""Values in one `IN`; databases limit the parameters of a statement (SQLite: 32,766)."""


def record_metadata(writer: Writer, records: Sequence[MetadataRecord]) -> int:
    """Record the metadata of releases of one package on one index; return how many were new."""
    wanted = {clean_text(record.version): record for record in records}
    package_id = _find_package(writer, records[0])
    releases = writer.read_releases(package_id)
    new = [version for version in wanted if version not in releases]
    if new:
        writer.insert_releases(package_id, {v: wanted[v].seen_at for v in new})
        releases = writer.read_releases(package_id)
    lines = _read_requirements(
        writer, [releases[version].id for version in wanted if releases[version].metadata_at]
    )
    updates, rows = [], []
    for version, record in wanted.items():
        release = releases[version]
        values, requirements = _metadata_rows(record.metadata, release.id)
        texts = [row["text"] for row in requirements]
        if _is_news(release, values, record.seen_at) and (
            not _is_same(release, values) or texts != lines.get(release.id, [])
        ):
            updates.append({"key": release.id, "metadata_at": record.seen_at, **values})
            rows += requirements
    if updates:
        writer.connection.execute(
            update(_RELEASE).where(_RELEASE.c.id == bindparam("key")), updates
        )
    outdated = [{"key": row["key"]} for row in updates if row["key"] in lines]
    if outdated:
        writer.connection.execute(
            _REQUIREMENT.delete().where(_REQUIREMENT.c.release_id == bindparam("key")), outdated
        )
    writer.insert_rows(_REQUIREMENT, rows)
    return len(updates)


def _find_package(writer: Writer, record: MetadataRecord) -> int:
    """Return the id of the package's row, now locked; makes the row if it is new."""
    index_id = writer.find_index(record.index_url, record.seen_at)
    writer.connection.execute(
        writer.upsert(_PACKAGE)
        # Seen at 0: its page was not recorded, so that any page is newer.
        .values(index_id=index_id, name=record.name, seen_at=0)
        .on_conflict_do_nothing(index_elements=["index_id", "name"])
    )
    found: int = writer.connection.execute(
        select(_PACKAGE.c.id)
        .where(_PACKAGE.c.index_id == index_id, _PACKAGE.c.name == record.name)
        .with_for_update()
    ).scalar_one()
    return found


def _read_requirements(writer: Writer, release_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the requirement lines of those of the releases that have any."""
    lines: dict[int, list[str]] = {}
    for first in range(0, len(release_ids), _MOST_AT_ONCE):
        rows = writer.connection.execute(
            select(_REQUIREMENT.c.release_id, _REQUIREMENT.c.text)
            .where(_REQUIREMENT.c.release_id.in_(release_ids[first : first + _MOST_AT_ONCE]))
            .order_by(_REQUIREMENT.c.release_id, _REQUIREMENT.c.position)
        )
        for release_id, line in rows:
            lines.setdefault(release_id, []).append(line)
    return lines


def _is_news(release: Row[Any], values: Mapping[str, object], seen_at: int) -> bool:
    """Return whether this may replace what is known: newer, and no failure over a success."""
    if release.metadata_at is None:
        return True
    was_read = release.metadata_problem is None
    return seen_at >= release.metadata_at and not (was_read and values["metadata_problem"])


def _is_same(release: Row[Any], values: Mapping[str, object]) -> bool:
    return release.metadata_at is not None and all(
        getattr(release, name) == value for name, value in values.items()
    )


def _metadata_rows(
    metadata: CoreMetadata | Skipped, release_id: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the columns of the release and the rows of its requirements."""
    nothing: dict[str, Any] = {"requires_python": None, "provides_extra": ""}
    if isinstance(metadata, Skipped):
        return {**nothing, "metadata_problem": clean_text(metadata.reason)}, []
    rows = []
    for position, text in enumerate(metadata.requires_dist):
        try:
            name = parse_requirement(text).name
        except ValueError as exc:
            return {**nothing, "metadata_problem": clean_text(str(exc))[:1000]}, []
        rows.append(
            {
                "release_id": release_id,
                "position": position,
                "name": name,
                "text": clean_text(text),
            }
        )
    requires_python = metadata.requires_python
    return {
        "metadata_problem": None,
        "requires_python": None if requires_python is None else clean_text(requires_python),
        "provides_extra": clean_text(" ".join(metadata.provides_extra)),
    }, rows

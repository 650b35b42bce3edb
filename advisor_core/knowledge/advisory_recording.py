"""Recording advisories. Every function works inside the transaction it is given.

An advisory that is already known word for word is not written again, and an older text never overwrites
a newer one. None is deleted: sources withdraw advisories instead. Every import that is kept leaves a row,
so that "advisories as of DATE" stays true when nothing was new.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from advisor_core.knowledge.records import clean_text
from advisor_core.knowledge.release_events import Event
from advisor_core.knowledge.tables import METADATA
from advisor_core.knowledge.watching import insert_events, locked_packages
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.advisories.records import AdvisoryRecord
    from advisor_core.knowledge.writing import Writer

__all__ = ["AdvisoryImport", "ImportedAdvisories", "record_advisories"]

_IMPORT = METADATA.tables["advisory_import"]
_ADVISORY = METADATA.tables["advisory"]
_CONCERNED = METADATA.tables["advisory_package"]

_MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class AdvisoryImport:
    """What one source gave."""

    source: str
    """Path or URL, without credentials."""
    records: Sequence[AdvisoryRecord]
    documents: int
    imported_at: int
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class ImportedAdvisories:
    """What an import changed."""

    import_id: int
    added: tuple[str, ...]
    """Identifiers, sorted."""
    changed: tuple[str, ...]
    same: int
    outdated: tuple[str, ...]
    """A newer text of these is known, and stays."""
    data_at: int
    """Epoch seconds of the newest change in the data."""


def record_advisories(
    writer: Writer, given: AdvisoryImport, *, keep_events: bool = False
) -> ImportedAdvisories:
    """Record what the source gave; return what was new.

    With `keep_events` what is new on packages that are locked becomes events: not of the first import,
    which is knowledge and no news.
    """
    is_first = writer.connection.execute(select(_IMPORT.c.id).limit(1)).first() is None
    incoming = _group(given.records)
    known = {
        row.identifier: row
        for row in writer.connection.execute(
            select(
                _ADVISORY.c.identifier, _ADVISORY.c.id, _ADVISORY.c.modified_at, _ADVISORY.c.digest
            )
        )
        if row.identifier in incoming
    }
    data_at = _data_at(given)
    added, changed, outdated = [], [], []
    for identifier, records in incoming.items():
        old = known.get(identifier)
        if old is None:
            added.append(identifier)
        elif old.digest == _digest(records):
            continue
        elif (records[0].advisory.modified_at or data_at) < (old.modified_at or 0):
            outdated.append(identifier)
        else:
            changed.append(identifier)
    import_id = _insert_import(writer, given, data_at, len(added), len(changed))
    _insert_new(writer, [(incoming[name], import_id) for name in added])
    _update_changed(writer, [(known[name].id, incoming[name], import_id) for name in changed])
    if keep_events and not is_first:
        news = [record for name in (*added, *changed) for record in incoming[name]]
        _keep_events(writer, news, given.imported_at)
    return ImportedAdvisories(
        import_id=import_id,
        added=tuple(sorted(added)),
        changed=tuple(sorted(changed)),
        same=len(incoming) - len(added) - len(changed) - len(outdated),
        outdated=tuple(sorted(outdated)),
        data_at=data_at,
    )


def _keep_events(writer: Writer, news: Iterable[AdvisoryRecord], seen_at: int) -> None:
    locked = set(locked_packages(writer.connection))
    insert_events(
        writer,
        [
            Event(
                "advisory-withdrawn" if each.advisory.withdrawn else "advisory",
                each.advisory.package,
                None,
                each.advisory.id,
                each.advisory.summary,
                each.advisory.severity,
            )
            for each in news
            if each.advisory.package in locked
        ],
        seen_at,
    )


def _group(records: Iterable[AdvisoryRecord]) -> dict[str, list[AdvisoryRecord]]:
    """Return the records by identifier, one per package; of one given twice the newer, else the last."""
    texts: dict[str, dict[str, AdvisoryRecord]] = {}
    for record in records:
        packages = texts.setdefault(record.advisory.id, {})
        other = next(iter(packages.values()), None)
        if other is not None and _moment(other) > _moment(record):
            continue
        if other is not None and _moment(other) < _moment(record):
            packages.clear()
        packages[record.advisory.package] = record
    return {name: list(packages.values()) for name, packages in texts.items()}


def _moment(record: AdvisoryRecord) -> int:
    return record.advisory.modified_at or 0


def _data_at(given: AdvisoryImport) -> int:
    moments = [
        max(record.advisory.modified_at or 0, record.advisory.published_at or 0)
        for record in given.records
    ]
    # A time in the future is a mistake of the source; data without times is as new as the import.
    newest = max((each for each in moments if each <= given.imported_at), default=0)
    return newest or given.imported_at


def _insert_import(
    writer: Writer, given: AdvisoryImport, data_at: int, added: int, changed: int
) -> int:
    statement = insert(_IMPORT).values(
        source=clean_text(given.source),
        imported_at=given.imported_at,
        data_at=data_at,
        documents=given.documents,
        added=added,
        changed=changed,
    )
    import_id: int = writer.connection.execute(statement.returning(_IMPORT.c.id)).scalar_one()
    return import_id


def _insert_new(writer: Writer, new: Sequence[tuple[list[AdvisoryRecord], int]]) -> None:
    for first in range(0, len(new), _MOST_AT_ONCE):
        batch = new[first : first + _MOST_AT_ONCE]
        writer.insert_rows(_ADVISORY, [_advisory_row(records, key) for records, key in batch])
        identifiers = [records[0].advisory.id for records, _ in batch]
        found = writer.connection.execute(
            select(_ADVISORY.c.identifier, _ADVISORY.c.id).where(
                _ADVISORY.c.identifier.in_(identifiers)
            )
        )
        ids = {row.identifier: row.id for row in found}
        writer.insert_rows(
            _CONCERNED,
            [
                _concerned_row(record, ids[record.advisory.id])
                for records, _ in batch
                for record in records
            ],
        )


def _update_changed(
    writer: Writer, changed: Sequence[tuple[int, list[AdvisoryRecord], int]]
) -> None:
    if not changed:
        return
    columns = [
        column.name for column in _ADVISORY.columns if column.name not in {"id", "identifier"}
    ]
    writer.connection.execute(
        update(_ADVISORY)
        .where(_ADVISORY.c.id == bindparam("key"))
        .values({name: bindparam(f"new_{name}") for name in columns}),
        [
            {"key": key, **{f"new_{name}": row[name] for name in columns}}
            for key, row in ((key, _advisory_row(records, at)) for key, records, at in changed)
        ],
    )
    writer.connection.execute(
        delete(_CONCERNED).where(_CONCERNED.c.advisory_id == bindparam("key")),
        [{"key": key} for key, _, _ in changed],
    )
    writer.insert_rows(
        _CONCERNED,
        [_concerned_row(record, key) for key, records, _ in changed for record in records],
    )


def _advisory_row(records: Sequence[AdvisoryRecord], import_id: int) -> dict[str, Any]:
    advisory = records[0].advisory
    return {
        "identifier": advisory.id,
        "aliases": " ".join(advisory.aliases),
        "summary": clean_text(advisory.summary),
        "link": advisory.link,
        "published_at": advisory.published_at,
        "modified_at": advisory.modified_at,
        "withdrawn": advisory.withdrawn,
        "digest": _digest(records),
        "import_id": import_id,
    }


def _concerned_row(record: AdvisoryRecord, advisory_id: int) -> dict[str, Any]:
    return {
        "package": record.advisory.package,
        "advisory_id": advisory_id,
        "severity": record.advisory.severity,
        "ranges": json.dumps(record.ranges, separators=(",", ":")),
        "versions": " ".join(record.versions),
        "unread": record.unread,
    }


def _digest(records: Sequence[AdvisoryRecord]) -> str:
    """Return a digest of what is said, without when it was touched: not every touch is a change."""
    advisory = records[0].advisory
    said = [
        advisory.aliases,
        clean_text(advisory.summary),
        advisory.published_at,
        advisory.withdrawn,
        sorted(
            (each.advisory.package, each.advisory.severity, each.ranges, each.versions)
            for each in records
        ),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()

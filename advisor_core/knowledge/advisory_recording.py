"""Recording advisories, in the transactions that are given.

An advisory that is already known word for word is not written again, and an older text never overwrites
a newer one. None is deleted: sources withdraw advisories instead. Every import leaves a row, and a
date in it once it is finished, so that "advisories as of DATE" stays true when nothing was new.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from advisor_core.knowledge.records import clean_text
from advisor_core.knowledge.release_events import Event
from advisor_core.knowledge.tables import METADATA
from advisor_core.knowledge.watching import insert_events, locked_packages
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from advisor_core.advisories.records import AdvisoryRecord
    from advisor_core.knowledge.writing import Writer

__all__ = ["AdvisoryImport", "ImportedAdvisories", "record_advisories", "record_in_batches"]

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
    """Record what the source gave in the writer's one transaction; return what was new.

    With `keep_events` what is new on packages that are locked becomes events.
    """

    @contextmanager
    def same() -> Iterator[Writer]:
        yield writer

    return record_in_batches(same, given, keep_events=keep_events)


def record_in_batches(
    writing: Callable[[], AbstractContextManager[Writer]],
    given: AdvisoryImport,
    *,
    keep_events: bool = False,
) -> ImportedAdvisories:
    """Record what the source gave, some of it in each transaction that `writing` opens.

    So others write in between. Stopped midway, what was recorded stays true and is not written again by
    the next import; `advisories as of DATE` moves only once all of it is there.
    """
    incoming = _group(given.records)
    data_at = _data_at(given)
    with writing() as writer:
        import_id = _insert_import(writer, given)
    added: list[str] = []
    changed: list[str] = []
    outdated: list[str] = []
    names = sorted(incoming)
    for first in range(0, len(names), _MOST_AT_ONCE):
        some = {name: incoming[name] for name in names[first : first + _MOST_AT_ONCE]}
        digests = {name: _digest(records) for name, records in some.items()}
        with writing() as writer:
            known = _read_known(writer, list(some))
            fresh = [name for name in some if name not in known]
            differing = [name for name, old in known.items() if old.digest != digests[name]]
            older = {
                name
                for name in differing
                if (some[name][0].advisory.modified_at or data_at) < (known[name].modified_at or 0)
            }
            newer = [name for name in differing if name not in older]
            _insert_new(writer, [(some[name], import_id) for name in fresh])
            _update_changed(writer, [(known[name].id, some[name], import_id) for name in newer])
            if keep_events:
                news = [record for name in (*fresh, *newer) for record in some[name]]
                _keep_events(writer, news, given.imported_at)
        added += fresh
        changed += newer
        outdated += older
    with writing() as writer:
        _finish_import(writer, import_id, data_at, len(added), len(changed))
    return ImportedAdvisories(
        import_id=import_id,
        added=tuple(sorted(added)),
        changed=tuple(sorted(changed)),
        same=len(incoming) - len(added) - len(changed) - len(outdated),
        outdated=tuple(sorted(outdated)),
        data_at=data_at,
    )


def _read_known(writer: Writer, identifiers: Sequence[str]) -> dict[str, Any]:
    """Return the advisories of these identifiers, as they are now."""
    columns = _ADVISORY.c
    found = writer.connection.execute(
        select(columns.identifier, columns.id, columns.modified_at, columns.digest).where(
            columns.identifier.in_(identifiers)
        )
    )
    return {row.identifier: row for row in found}


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


def _insert_import(writer: Writer, given: AdvisoryImport) -> int:
    """Insert the row of an import that has begun: of no date, until it is finished."""
    statement = insert(_IMPORT).values(
        source=clean_text(given.source),
        imported_at=given.imported_at,
        data_at=0,
        documents=given.documents,
        added=0,
        changed=0,
    )
    import_id: int = writer.connection.execute(statement.returning(_IMPORT.c.id)).scalar_one()
    return import_id


def _finish_import(writer: Writer, import_id: int, data_at: int, added: int, changed: int) -> None:
    writer.connection.execute(
        update(_IMPORT)
        .where(_IMPORT.c.id == import_id)
        .values(data_at=data_at, added=added, changed=changed)
    )


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

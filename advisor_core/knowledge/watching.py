"""The state of watches, and the events that wait for their consequences. Inside a given transaction.

An event is kept in the transaction that changes what is known, so that none is lost and none is seen
twice, whatever dies in between.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, delete, func, select, update

from advisor_core.knowledge.records import clean_text, fields_of, normalize_index_url
from advisor_core.knowledge.release_events import (
    Event,
    FileState,
    compare_first,
    compare_pages,
)
from advisor_core.knowledge.tables import METADATA
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from advisor_core.knowledge.records import ProjectRecord
    from advisor_core.knowledge.writing import Writer

__all__ = [
    "PendingEvent",
    "WatchedPage",
    "changed_pages",
    "due_pages",
    "insert_events",
    "keep_changes",
    "locked_packages",
    "mark_handled",
    "note_look",
    "packages_of_index",
    "pending_events",
    "read_cursor",
    "set_due",
    "take_lease",
    "watch_packages",
    "watched_among",
    "write_cursor",
]

_INDEX = METADATA.tables["package_index"]
_PACKAGE = METADATA.tables["package"]
_RELEASE = METADATA.tables["release"]
_ARTIFACT = METADATA.tables["artifact"]
_EVENT = METADATA.tables["knowledge_event"]
_WATCHED = METADATA.tables["watched_page"]
_CURSOR = METADATA.tables["knowledge_cursor"]
_LOCKED = METADATA.tables["locked_package"]
_ELSEWHERE = METADATA.tables["locked_elsewhere"]
_MEMBERSHIP = METADATA.tables["membership"]
_MANIFEST = METADATA.tables["manifest"]
_PIN = METADATA.tables["pin"]

_MOST_AT_ONCE = 1000

_NEVER = 2**62

_ADVICE_SECONDS = 3600
"""How much older than the record of a lockfile the pages may be that its advice was computed from: as long
as a job may take, and a cached page counts as fresh, and clocks go apart."""


@dataclass(frozen=True, slots=True)
class WatchedPage:
    """A package on an index, and what is needed to ask for it politely."""

    index_url: str
    package: str
    etag: str | None
    last_modified: str | None
    serial: str | None
    failures: int
    """Of the index, in a row; below 0: looks in a row that found no page."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event whose consequences are not on their way yet."""

    id: int
    event: Event
    seen_at: int


def keep_changes(writer: Writer, record: ProjectRecord) -> list[Event]:
    """Return what happened since the page was last recorded, kept as events; before it is recorded now.

    Of a page that was never recorded: what happened since somebody who locks the package had advice.
    """
    old = _read_page(writer.connection, record)
    if old == "later":
        return []
    releases = record.releases
    new = {
        clean_text(version): {
            clean_text(artifact.filename): _state(fields_of(artifact))
            for artifact in releases.artifacts(position)
        }
        for position, version in enumerate(releases.versions)
    }
    index_url = normalize_index_url(record.index_url)
    if old is not None:
        events = compare_pages(old, new, package=releases.name, index_url=index_url)
    else:
        locked, since = _read_locked(writer.connection, releases.name)
        events = compare_first(
            new, locked, since - _ADVICE_SECONDS, package=releases.name, index_url=index_url
        )
    insert_events(writer, events, record.seen_at)
    return events


def insert_events(writer: Writer, events: Iterable[Event], seen_at: int) -> None:
    """Keep events; one that was seen at the same moment already is not kept again."""
    rows = [
        {
            "key": f"{each.kind} {each.subject} {each.package} {each.version or ''} {seen_at}",
            "kind": each.kind,
            "package": each.package,
            "version": each.version,
            "subject": clean_text(each.subject),
            "severity": each.severity,
            "detail": clean_text(each.detail)[:1000],
            "seen_at": seen_at,
        }
        for each in events
    ]
    if rows:
        writer.connection.execute(
            writer.upsert(_EVENT).on_conflict_do_nothing(index_elements=["key"]), rows
        )


def watched_among(connection: Connection, packages: Sequence[str]) -> set[tuple[str, str]]:
    """Return index and name of those of the packages that are watched."""
    found: set[tuple[str, str]] = set()
    for first in range(0, len(packages), _MOST_AT_ONCE):
        some = packages[first : first + _MOST_AT_ONCE]
        rows = connection.execute(
            select(_WATCHED.c.index_url, _WATCHED.c.package).where(_WATCHED.c.package.in_(some))
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def pending_events(connection: Connection, limit: int = 1000) -> list[PendingEvent]:
    """Return events that wait, in the order in which they were seen."""
    rows = connection.execute(
        select(_EVENT).where(_EVENT.c.handled_at.is_(None)).order_by(_EVENT.c.id).limit(limit)
    )
    return [
        PendingEvent(
            row.id,
            Event(row.kind, row.package, row.version, row.subject, row.detail, row.severity),
            row.seen_at,
        )
        for row in rows
    ]


def changed_pages(
    connection: Connection, after: int, since: int, limit: int = 10_000
) -> list[tuple[int, str, str, int]]:
    """Return number, index, package and moment of what happened to pages, the newest last."""
    rows = connection.execute(
        select(_EVENT.c.id, _EVENT.c.subject, _EVENT.c.package, _EVENT.c.seen_at)
        .where(_EVENT.c.id > after, _EVENT.c.seen_at >= since, _EVENT.c.kind.not_like("advisory%"))
        .order_by(_EVENT.c.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in reversed(rows.all())]


def mark_handled(writer: Writer, ids: Sequence[int], at: int) -> None:
    """Say that the consequences of events are on their way."""
    if ids:
        writer.connection.execute(
            update(_EVENT).where(_EVENT.c.id == bindparam("event")).values(handled_at=at),
            [{"event": key} for key in ids],
        )


def locked_packages(connection: Connection) -> tuple[str, ...]:
    """Return the packages that some watched repository locks now, by name."""
    used = select(_MEMBERSHIP.c.package_id).where(_MEMBERSHIP.c.package_id == _LOCKED.c.id)
    rows = connection.execute(select(_LOCKED.c.name).where(used.exists()).order_by(_LOCKED.c.name))
    return tuple(rows.scalars())


def packages_of_index(connection: Connection, index_url: str | None) -> tuple[str, ...]:
    """Return the packages that some lockfile takes from an index now, by name.

    None: from the one that is asked by default.
    """
    elsewhere = select(_ELSEWHERE.c.package_id).where(
        _ELSEWHERE.c.package_id == _MEMBERSHIP.c.package_id,
        _ELSEWHERE.c.manifest_id == _MEMBERSHIP.c.manifest_id,
    )
    if index_url is None:
        source = ~elsewhere.exists()
    else:
        here = elsewhere.where(_ELSEWHERE.c.index_url == normalize_index_url(index_url))
        source = here.exists()
    used = select(_MEMBERSHIP.c.package_id).where(_MEMBERSHIP.c.package_id == _LOCKED.c.id, source)
    query = select(_LOCKED.c.name).where(used.exists()).order_by(_LOCKED.c.name)
    if index_url is not None:
        url = normalize_index_url(index_url)
        named = select(_ELSEWHERE.c.package_id).where(_ELSEWHERE.c.index_url == url)
        query = query.where(_LOCKED.c.id.in_(named))
    return tuple(connection.execute(query).scalars())


def watch_packages(
    writer: Writer, index_url: str, packages: Sequence[str], *, now: int, interval_seconds: int
) -> None:
    """Watch exactly these packages of the index; new ones come due spread over one interval."""
    index_url = normalize_index_url(index_url)
    known = set(
        writer.connection.execute(
            select(_WATCHED.c.package).where(_WATCHED.c.index_url == index_url)
        ).scalars()
    )
    gone = sorted(known - set(packages))
    for first in range(0, len(gone), _MOST_AT_ONCE):
        writer.connection.execute(
            delete(_WATCHED).where(
                _WATCHED.c.index_url == index_url,
                _WATCHED.c.package.in_(gone[first : first + _MOST_AT_ONCE]),
            )
        )
    new = [name for name in packages if name not in known]
    if new:
        writer.connection.execute(
            writer.upsert(_WATCHED).on_conflict_do_nothing(index_elements=["index_url", "package"]),
            [
                {
                    "index_url": index_url,
                    "package": name,
                    # By name and not by chance: a restart moves nothing.
                    "due_at": now + zlib.crc32(name.encode()) % max(interval_seconds, 1),
                    "failures": 0,
                }
                for name in new
            ],
        )


def due_pages(connection: Connection, index_url: str, now: int, limit: int) -> list[WatchedPage]:
    """Return pages of the index that are due, the longest due first."""
    rows = connection.execute(
        select(_WATCHED)
        .where(_WATCHED.c.index_url == normalize_index_url(index_url), _WATCHED.c.due_at <= now)
        .order_by(_WATCHED.c.due_at, _WATCHED.c.package)
        .limit(limit)
    )
    return [
        WatchedPage(
            row.index_url, row.package, row.etag, row.last_modified, row.serial, row.failures
        )
        for row in rows
    ]


def set_due(writer: Writer, index_url: str, packages: Sequence[str], now: int) -> int:
    """Make those of the packages that are watched due now; return how many."""
    ordered = sorted(set(packages))
    return sum(
        writer.connection.execute(
            update(_WATCHED)
            .where(
                _WATCHED.c.index_url == normalize_index_url(index_url),
                _WATCHED.c.package.in_(ordered[first : first + _MOST_AT_ONCE]),
                _WATCHED.c.due_at > now,
            )
            .values(due_at=now)
        ).rowcount
        for first in range(0, len(ordered), _MOST_AT_ONCE)
    )


def note_look(writer: Writer, page: WatchedPage, *, due_at: int, checked_at: int | None) -> None:
    """Keep what a look brought; `checked_at` None: the index did not answer."""
    values: Mapping[str, object] = {
        "etag": page.etag,
        "last_modified": page.last_modified,
        "serial": page.serial,
        "failures": page.failures,
        "due_at": due_at,
    }
    if checked_at is not None:
        values = {**values, "checked_at": checked_at}
    writer.connection.execute(
        update(_WATCHED)
        .where(_WATCHED.c.index_url == page.index_url, _WATCHED.c.package == page.package)
        .values(**values)
    )


def read_cursor(connection: Connection, name: str) -> str | None:
    """Return how far a watch has got, None when it has not begun."""
    found: str | None = connection.execute(
        select(_CURSOR.c.value).where(_CURSOR.c.name == name)
    ).scalar()
    return found


def take_lease(writer: Writer, name: str, owner: str, *, now: int, seconds: int) -> bool:
    """Take or renew a lease; False while somebody else holds it."""
    key = f"lease {name}"
    writer.connection.execute(
        writer.upsert(_CURSOR)
        .values(name=key, value="", updated_at=0)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    row = writer.connection.execute(
        select(_CURSOR.c.value, _CURSOR.c.updated_at).where(_CURSOR.c.name == key).with_for_update()
    ).one()
    if row.value not in {"", owner} and row.updated_at + seconds > now:
        return False
    write_cursor(writer, key, owner, now)
    return True


def write_cursor(writer: Writer, name: str, value: str, now: int) -> None:
    """Keep how far a watch has got."""
    statement = writer.upsert(_CURSOR).values(name=name, value=value, updated_at=now)
    writer.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": value, "updated_at": now}
        )
    )


def _read_locked(connection: Connection, package: str) -> tuple[set[str], int]:
    """Return the locked versions of a package, and when the earliest of their lockfiles was recorded."""
    query = (
        select(_PIN.c.version, func.min(_MANIFEST.c.seen_at))
        .join(_MEMBERSHIP, _MEMBERSHIP.c.pin_id == _PIN.c.id)
        .join(_MANIFEST, _MANIFEST.c.id == _MEMBERSHIP.c.manifest_id)
        .where(
            _MEMBERSHIP.c.package_id
            == select(_LOCKED.c.id).where(_LOCKED.c.name == package).scalar_subquery()
        )
        .group_by(_PIN.c.version)
    )
    rows = connection.execute(query).all()
    return {row[0] for row in rows}, min((row[1] for row in rows), default=_NEVER)


def _read_page(
    connection: Connection, record: ProjectRecord
) -> dict[str, dict[str, FileState]] | Literal["later"] | None:
    """Return the page as it is known, None when it was never recorded, or that it was recorded later."""
    package = connection.execute(
        select(_PACKAGE.c.id, _PACKAGE.c.seen_at)
        .join(_INDEX, _INDEX.c.id == _PACKAGE.c.index_id)
        .where(
            _INDEX.c.url == normalize_index_url(record.index_url),
            _PACKAGE.c.name == record.releases.name,
            # A row that only holds metadata was seen at 0.
            _PACKAGE.c.seen_at > 0,
        )
    ).one_or_none()
    if package is None:
        return None
    if package.seen_at > record.seen_at:
        return "later"
    here = (_RELEASE.c.package_id == package.id) & _RELEASE.c.vanished_at.is_(None)
    page: dict[str, dict[str, FileState]] = {
        version: {}
        for version in connection.execute(select(_RELEASE.c.version).where(here)).scalars()
    }
    rows = connection.execute(
        select(
            _RELEASE.c.version,
            _ARTIFACT.c.filename,
            _ARTIFACT.c.hashes,
            _ARTIFACT.c.yanked,
            _ARTIFACT.c.requires_python,
        )
        .join(_ARTIFACT, _ARTIFACT.c.release_id == _RELEASE.c.id)
        .where(here, _ARTIFACT.c.vanished_at.is_(None))
    )
    for version, filename, hashes, yanked, requires_python in rows:
        page[version][filename] = FileState(hashes, yanked, requires_python)
    return page


def _state(fields: Sequence[object]) -> FileState:
    _, hashes, _, requires_python, yanked, uploaded_at, _ = fields
    return FileState(str(hashes), yanked, requires_python, uploaded_at)  # type: ignore[arg-type] # columns

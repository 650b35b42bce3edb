"""The face of the knowledge base: open it, record what an index said, ask for it.

    with Store.open("sqlite:///knowledge.db") as store:
        store.record_projects([ProjectRecord(index_url, releases, seen_at)])
        store.releases("flask")

Every operation is one transaction: kept whole or not at all. Every failure is a `StoreError` that
says what to do. A store may be used from several threads, and one file from several processes.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING

from advisor_core.errors import StoreError
from advisor_core.knowledge import (
    advice,
    checked_locks,
    membership,
    observations,
    reading,
    watching,
)
from advisor_core.knowledge.advisory_recording import record_in_batches
from advisor_core.knowledge.database import BUSY_TIMEOUT_SECONDS, Database
from advisor_core.knowledge.metadata_recording import record_metadata
from advisor_core.knowledge.migration import HEAD_REVISION, migrate
from advisor_core.knowledge.project_recording import record_project
from advisor_core.knowledge.records import Recorded, StoreInfo, normalize_index_url
from advisor_core.knowledge.writing import Writer
from advisor_core.model import Skipped
from advisor_core.standards import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from sqlalchemy import Connection

    from advisor_core.advice import StoredAdvice
    from advisor_core.knowledge.advice import AdviceRecord
    from advisor_core.knowledge.advisory_recording import AdvisoryImport, ImportedAdvisories
    from advisor_core.knowledge.backup import Pruned
    from advisor_core.knowledge.check_records import CheckedLock
    from advisor_core.knowledge.exchange_format import Manifest
    from advisor_core.knowledge.importing import KnowledgeImport
    from advisor_core.knowledge.membership_records import (
        Affected,
        AffectedCount,
        ManifestRecord,
        Position,
    )
    from advisor_core.knowledge.observations import Observation
    from advisor_core.knowledge.records import (
        MetadataRecord,
        ProjectRecord,
        ReleaseRecord,
        Requirer,
    )
    from advisor_core.knowledge.release_events import Event
    from advisor_core.knowledge.watching import PendingEvent, WatchedPage
    from advisor_core.model import Artifact, Requirement
    from advisor_core.releases import CoreMetadata

__all__ = ["Store"]


class Store:
    """A knowledge base that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> Store:
        """Open the knowledge base; make it, or bring its schema up to date, if needed.

        Raises StoreError when that cannot be; then nothing of it was changed.
        """
        database = Database(url, busy_timeout_seconds=busy_timeout_seconds)
        if database.path is not None:
            try:
                database.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as exc:
                database.close()
                raise StoreError(
                    f"cannot make the folder of the knowledge base: {exc}",
                    hint="name another file with `--db`",
                ) from exc
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def record_projects(self, records: Iterable[ProjectRecord]) -> Recorded:
        """Record project pages in one transaction; return what was new."""
        ordered = sorted(records, key=lambda record: (record.index_url, record.releases.name))
        # Two processes that lock packages in one order cannot wait for each other in a circle.
        with self.writing() as writer:
            names = [record.releases.name for record in ordered]
            watched = watching.watched_among(writer.connection, names)
            for record in ordered:
                if (normalize_index_url(record.index_url), record.releases.name) in watched:
                    # Whoever records it: what happened since the watch last looked must not be lost.
                    watching.keep_changes(writer, record)
            return sum((record_project(writer, record) for record in ordered), Recorded())

    def record_metadata(self, records: Iterable[MetadataRecord]) -> int:
        """Record the metadata of releases in one transaction; return how many were new."""
        ordered = sorted(records, key=lambda one: (one.index_url, one.name, one.seen_at))
        with self.writing() as writer:
            return sum(
                record_metadata(writer, list(group))
                for _, group in groupby(ordered, key=lambda one: (one.index_url, one.name))
            )

    def record_advisories(
        self, given: AdvisoryImport, *, keep_events: bool = False
    ) -> ImportedAdvisories:
        """Record an import of advisories, a thousand in each transaction; return what it changed.

        With `keep_events` each new or changed advisory on a package that is locked becomes an event.
        """
        return record_in_batches(self.writing, given, keep_events=keep_events)

    def record_manifests(self, records: Sequence[ManifestRecord]) -> int:
        """Record what lockfiles have in one transaction; return how many were new or changed."""
        with self.writing() as writer:
            return membership.record_manifests(writer, records)

    def forget_repositories(self, forge_ids: Collection[int]) -> int:
        """Forget repositories with all that is theirs; return how many were known."""
        with self.writing() as writer:
            return membership.forget_repositories(writer, forge_ids)

    def hide_repositories(self, forge_ids: Collection[int]) -> int:
        """Take repositories for private from now on; return how many were known."""
        with self.writing() as writer:
            return membership.hide_repositories(writer, forge_ids)

    def forget_installation(self, installation_id: int) -> int:
        """Forget every repository of an installation; return how many were known."""
        with self.writing() as writer:
            return membership.forget_installation(writer, installation_id)

    def packages_of_index(self, index_url: str | None) -> tuple[str, ...]:
        """Return the packages that some lockfile takes from an index; None: from the default one."""
        with self.reading() as connection:
            return watching.packages_of_index(connection, index_url)

    def locked_packages(self) -> tuple[str, ...]:
        """Return the packages that some watched repository locks now, by name."""
        with self.reading() as connection:
            return watching.locked_packages(connection)

    def watch_packages(
        self, index_url: str, packages: Sequence[str], *, now: int, interval_seconds: int
    ) -> None:
        """Watch exactly these packages of the index; new ones come due spread over one interval."""
        with self.writing() as writer:
            watching.watch_packages(
                writer, index_url, packages, now=now, interval_seconds=interval_seconds
            )

    def due_pages(self, index_url: str, now: int, limit: int) -> list[WatchedPage]:
        """Return watched pages of the index that are due, the longest due first."""
        with self.reading() as connection:
            return watching.due_pages(connection, index_url, now, limit)

    def record_watched(self, record: ProjectRecord) -> list[Event]:
        """Record a page; return what happened since it was last recorded, kept as events."""
        with self.writing() as writer:
            events = watching.keep_changes(writer, record)
            record_project(writer, record)
            return events

    def changed_pages(self, after: int, since: int) -> list[tuple[int, str, str, int]]:
        """Return number, index, package and moment of what happened to pages after a number and a moment."""
        with self.reading() as connection:
            return watching.changed_pages(connection, after, since)

    def note_look(self, page: WatchedPage, *, due_at: int, checked_at: int | None) -> None:
        """Keep what a look at a page brought; `checked_at` None: the index did not answer."""
        with self.writing() as writer:
            watching.note_look(writer, page, due_at=due_at, checked_at=checked_at)

    def cursor(self, name: str) -> str | None:
        """Return how far a watch has got, None when it has not begun."""
        with self.reading() as connection:
            return watching.read_cursor(connection, name)

    def advance_feed(
        self, index_url: str, packages: Sequence[str], *, name: str, cursor: str, now: int
    ) -> int:
        """Make packages due that a feed named, and keep how far it was read: both or neither."""
        with self.writing() as writer:
            found = watching.set_due(writer, index_url, packages, now)
            watching.write_cursor(writer, name, cursor, now)
            return found

    def take_lease(self, name: str, owner: str, *, now: int, seconds: int) -> bool:
        """Take or renew a lease for some seconds; False while somebody else holds it."""
        with self.writing() as writer:
            return watching.take_lease(writer, name, owner, now=now, seconds=seconds)

    def keep_events(self, events: Iterable[Event], seen_at: int) -> None:
        """Keep events until their consequences are on their way."""
        with self.writing() as writer:
            watching.insert_events(writer, events, seen_at)

    def pending_events(self, limit: int = 1000) -> list[PendingEvent]:
        """Return events that wait, in the order in which they were seen."""
        with self.reading() as connection:
            return watching.pending_events(connection, limit)

    def mark_handled(self, ids: Sequence[int], at: int) -> None:
        """Say that the consequences of events are on their way."""
        with self.writing() as writer:
            watching.mark_handled(writer, ids, at)

    def record_observations(self, seen: Iterable[Observation]) -> int:
        """Record measured facts in one transaction; return how many were new or changed."""
        with self.writing() as writer:
            return observations.record_observations(writer, seen)

    def record_checked_locks(self, locks: Sequence[CheckedLock]) -> int:
        """Record what CI said of lockfiles in one transaction; return how many votes are new."""
        with self.writing() as writer:
            return checked_locks.record_checked_locks(writer, locks)

    def observations(
        self, package: str, *, installation_id: int | None = None
    ) -> list[Observation]:
        """Return what was measured of the package, alone and in pairs: public, and of the installation."""
        with self.reading() as connection:
            return observations.read_observations(connection, package, installation_id)

    def record_advice(self, record: AdviceRecord) -> None:
        """Keep an advice with its problem."""
        with self.writing() as writer:
            advice.record_advice(writer, record)

    def keep_advice(self, stored: StoredAdvice, *, forge_id: int, now: int) -> int:
        """Keep an advice of a repository that is known; return how many rows are new."""
        with self.writing() as writer:
            return advice.keep_advice(writer, stored, forge_id=forge_id, now=now)

    def list_advice(self, *, limit: int) -> list[AdviceRecord]:
        """Return the newest advice that was kept, without answers and problems."""
        with self.reading() as connection:
            return advice.list_advice(connection, limit=limit)

    def advice(self, advice_id: str) -> AdviceRecord | None:
        """Return an advice that was kept, None when there is none of this id."""
        with self.reading() as connection:
            return advice.read_advice(connection, advice_id)

    def locked_versions(self, package: str) -> tuple[str, ...]:
        """Return the versions of the package that lockfiles have or had, in no order."""
        with self.reading() as connection:
            return tuple(membership.find_pins(connection, package)[1].values())

    def count_affected(
        self, package: str, versions: Collection[str] | None = None
    ) -> AffectedCount:
        """Return how many lock the package, at one of `versions` (normalized; None: at any)."""
        with self.reading() as connection:
            return membership.count_affected(connection, package, versions)

    def affected(
        self,
        package: str,
        versions: Collection[str] | None = None,
        *,
        after: Position | None = None,
        limit: int = 1000,
    ) -> list[Affected]:
        """Return the next lockfiles that have the package, at most `limit`, after a position.

        What is recorded between two pages is seen if it comes later in the order; nothing is seen twice.
        """
        with self.reading() as connection:
            return membership.read_affected(connection, package, versions, after, limit)

    def all_affected(
        self, package: str, versions: Collection[str] | None = None, *, page: int = 1000
    ) -> Iterator[Affected]:
        """Yield every lockfile that has the package, page by page: no transaction stays open between."""
        after: Position | None = None
        while True:
            found = self.affected(package, versions, after=after, limit=page)
            if not found:  # a short page is no end: some of it may have been forgotten meanwhile
                return
            yield from found
            after = found[-1].position

    def releases(self, name: str, *, index_url: str | None = None) -> tuple[ReleaseRecord, ...]:
        """Return the releases of a package, newest first; of several indexes one after another."""
        with self.reading() as connection:
            return reading.read_releases(connection, name, index_url)

    def artifacts(
        self, name: str, version: str, *, index_url: str | None = None
    ) -> tuple[Artifact, ...]:
        """Return the files of a release that its index listed when it was last asked."""
        with self.reading() as connection:
            return reading.read_artifacts(connection, name, version, index_url)

    def metadata(
        self, name: str, version: str, *, index_url: str | None = None
    ) -> CoreMetadata | Skipped:
        """Return the core metadata of a release, or why it is not known."""
        with self.reading() as connection:
            return reading.read_metadata(connection, name, version, index_url)

    def requirements(
        self, name: str, version: str, *, index_url: str | None = None
    ) -> tuple[Requirement, ...] | Skipped:
        """Return the requirements of a release as ranges, or why they are not known."""
        metadata = self.metadata(name, version, index_url=index_url)
        if isinstance(metadata, Skipped):
            return metadata
        return tuple(parse_requirement(line) for line in metadata.requires_dist)

    def requirers(self, name: str, *, limit: int = 1000) -> tuple[Requirer, ...]:
        """Return releases that require the package, at most `limit`."""
        with self.reading() as connection:
            return reading.read_requirers(connection, name, limit)

    def info(self) -> StoreInfo:
        """Return the knowledge base in numbers. Cost: a scan of every table."""
        with self.reading() as connection:
            return StoreInfo(
                url=self._database.display_url,
                revision=HEAD_REVISION,
                counts=reading.count_rows(connection),
                size_bytes=reading.measure_size(connection),
                last_seen_at=reading.read_last_seen(connection),
                advisories_as_of=reading.read_advisories_as_of(connection),
            )

    def export(
        self,
        path: Path,
        *,
        with_private: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> Manifest:
        """Write what may travel into one file; return its head. Raises InputError; then it is as before.

        `with_private`: also what CI said of private repositories.
        """
        from advisor_core.knowledge.exporting import export_knowledge  # noqa: PLC0415 - seldom needed

        with self.reading() as connection:
            return export_knowledge(connection, path, int(clock()), with_private=with_private)

    def import_file(self, path: Path, *, clock: Callable[[], float] = time.time) -> KnowledgeImport:
        """Take in a file that `export` wrote, in one transaction. Raises InputError for any other."""
        from advisor_core.knowledge.importing import (  # noqa: PLC0415 - as above
            check_knowledge,
            import_knowledge,
        )

        check_knowledge(path)  # before the lock is taken
        with self.writing() as writer:
            return import_knowledge(writer, path, int(clock()))

    def back_up(self, path: Path, *, progress: Callable[[int, int], None] | None = None) -> None:
        """Copy a SQLite knowledge base while it is in use. Raises StoreError on PostgreSQL."""
        from advisor_core.knowledge.backup import back_up  # noqa: PLC0415 - as above

        back_up(self._database, path, progress=progress)

    def prune(self, before: int) -> Pruned:
        """Delete what ended before the moment (epoch seconds)."""
        from advisor_core.knowledge.backup import prune  # noqa: PLC0415 - as above

        with self.writing() as writer:
            return prune(writer.connection, before)

    @property
    def path(self) -> Path | None:
        """The file of a SQLite knowledge base."""
        return self._database.path

    def compact(self) -> None:
        """Give back the room of what was deleted, and let the database learn what it holds.

        Takes seconds per gigabyte; on SQLite nobody else can write meanwhile.
        """
        self._database.compact()

    def close(self) -> None:
        """Close every connection; the store cannot be used any more."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Begin a transaction that only reads, for other parts of the knowledge base."""
        with self._database.read() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Begin a transaction that writes, for other parts of the knowledge base."""
        with self._database.write() as connection:
            yield Writer(connection)

"""Recording and asking who locks what. Every function works inside the transaction it is given.

    package -> membership, in the order (package, repository, manifest)

"Who is affected" is one walk along that key, page by page, however many there are; the lockfiles of one
repository follow each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    Integer,
    any_,
    bindparam,
    delete,
    func,
    literal,
    select,
    tuple_,
    update,
)

from advisor_core.knowledge.membership_records import (
    Affected,
    AffectedCount,
    Position,
    RepositoryRecord,
)
from advisor_core.knowledge.records import clean_text, normalize_index_url
from advisor_core.knowledge.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Table

    from advisor_core.knowledge.membership_records import ManifestRecord
    from advisor_core.knowledge.writing import Writer

__all__ = [
    "count_affected",
    "find_pins",
    "forget_installation",
    "forget_repositories",
    "hide_repositories",
    "read_affected",
    "record_manifests",
    "upsert_repository",
]

_REPOSITORY = METADATA.tables["repository"]
_OBSERVATION = METADATA.tables["observation"]
_MANIFEST = METADATA.tables["manifest"]
_MEMBERSHIP = METADATA.tables["membership"]
_PIN = METADATA.tables["pin"]
_PACKAGE = METADATA.tables["locked_package"]
_ELSEWHERE = METADATA.tables["locked_elsewhere"]

_MOST_AT_ONCE = 1000
"""Values in one `IN`; databases limit the parameters of a statement (SQLite: 32,766)."""

_ManifestKey = tuple[int, str, str]
"""Repository's id, lockfile, environment."""

_Pin = tuple[int, int]
"""Ids of package and pin."""


def record_manifests(writer: Writer, records: Sequence[ManifestRecord]) -> int:
    """Record what lockfiles have; return how many were new or changed.

    What was seen later stays. Only differences are written.
    """
    newest: dict[tuple[int, str, str], ManifestRecord] = {}
    for record in sorted(records, key=lambda each: each.seen_at):
        newest[record.repository.forge_id, record.lockfile, record.environment] = record
    repositories = _upsert_repositories(
        writer, [(each.repository, each.seen_at) for each in newest.values()]
    )
    manifests = _upsert_manifests(writer, newest.values(), repositories)
    pins = _find_or_make_pins(writer, newest.values())
    had = _read_members(writer, [key for key, is_new in manifests.values() if not is_new])
    added: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    elsewhere: dict[int, dict[int, str]] = {}
    changed = 0
    for record in newest.values():
        repository_id = repositories[record.repository.forge_id]
        found = manifests.get(
            (repository_id, clean_text(record.lockfile), clean_text(record.environment))
        )
        if found is None:
            continue
        manifest_id, is_new = found
        wanted = {pins[pair] for pair in _pairs(record)}
        old = had.get(manifest_id, set())
        changed += is_new or wanted != old
        added += [_row(pin, repository_id, manifest_id) for pin in wanted - old]
        gone += [_row(pin, repository_id, manifest_id, prefix="old_") for pin in old - wanted]
        elsewhere[manifest_id] = {
            pins[name, version][0]: normalize_index_url(record.indexes[name])
            for name, version in _pairs(record)
            if name in record.indexes
        }
    if gone:
        writer.connection.execute(
            delete(_MEMBERSHIP).where(
                *(column == bindparam(f"old_{column.name}") for column in _MEMBERSHIP.columns)
            ),
            gone,
        )
    # In the order of the key: rows that lie together are written together.
    added.sort(key=lambda row: (row["package_id"], row["repository_id"], row["manifest_id"]))
    writer.insert_rows(_MEMBERSHIP, added)
    _record_elsewhere(writer, elsewhere)
    return changed


def _record_elsewhere(writer: Writer, wanted: Mapping[int, Mapping[int, str]]) -> None:
    """Record, by manifest, which packages come from which other index; most manifests have none."""
    ids = sorted(wanted)
    had: dict[int, dict[int, str]] = {}
    for first in range(0, len(ids), _MOST_AT_ONCE):
        some = ids[first : first + _MOST_AT_ONCE]
        rows = writer.connection.execute(
            select(_ELSEWHERE).where(_ELSEWHERE.c.manifest_id.in_(some))
        )
        for row in rows:
            had.setdefault(row.manifest_id, {})[row.package_id] = row.index_url
    different = [key for key in ids if had.get(key, {}) != wanted[key]]
    for first in range(0, len(different), _MOST_AT_ONCE):
        some = different[first : first + _MOST_AT_ONCE]
        writer.connection.execute(delete(_ELSEWHERE).where(_ELSEWHERE.c.manifest_id.in_(some)))
    writer.insert_rows(
        _ELSEWHERE,
        [
            {"package_id": package_id, "manifest_id": key, "index_url": url}
            for key in different
            for package_id, url in wanted[key].items()
        ],
    )


def upsert_repository(writer: Writer, repository: RepositoryRecord, seen_at: int) -> None:
    """Record what is known of a repository, unless it was seen later."""
    _upsert_repositories(writer, [(repository, seen_at)])


def forget_repositories(writer: Writer, forge_ids: Collection[int]) -> int:
    """Forget repositories, their lockfiles, advice and what their CI said; return how many were known."""
    ids = sorted(forge_ids)
    known = 0
    for first in range(0, len(ids), _MOST_AT_ONCE):
        some = ids[first : first + _MOST_AT_ONCE]
        writer.connection.execute(
            delete(_OBSERVATION).where(_OBSERVATION.c.repository_id.in_(some))
        )
        known += writer.connection.execute(
            delete(_REPOSITORY).where(_REPOSITORY.c.forge_id.in_(some))
        ).rowcount
    return known


def hide_repositories(writer: Writer, forge_ids: Collection[int]) -> int:
    """Take repositories for private from now on, and what their CI said; return how many were known."""
    known = writer.connection.execute(
        update(_REPOSITORY)
        .where(_REPOSITORY.c.forge_id.in_(sorted(forge_ids)))
        .values(is_private=True)
    ).rowcount
    _align_observations(writer, forge_ids)
    return known


def forget_installation(writer: Writer, installation_id: int) -> int:
    """Forget an installation: its repositories, public too, and its private knowledge.

    Return how many repositories were known.
    """
    own = select(_REPOSITORY.c.forge_id).where(_REPOSITORY.c.installation_id == installation_id)
    writer.connection.execute(
        delete(_OBSERVATION).where(
            (_OBSERVATION.c.installation_id == installation_id)
            | _OBSERVATION.c.repository_id.in_(own)
        )
    )
    return writer.connection.execute(
        delete(_REPOSITORY).where(_REPOSITORY.c.installation_id == installation_id)
    ).rowcount


def find_pins(connection: Connection, package: str) -> tuple[int | None, dict[int, str]]:
    """Return the package's id, and the versions that any lockfile has had, by their pins' ids."""
    package_id = connection.execute(
        select(_PACKAGE.c.id).where(_PACKAGE.c.name == package)
    ).scalar()
    rows = connection.execute(
        select(_PIN.c.id, _PIN.c.version).where(_PIN.c.package_id == package_id)
    )
    return package_id, {row.id: row.version for row in rows}


def count_affected(
    connection: Connection, package: str, versions: Collection[str] | None
) -> AffectedCount:
    """Return how many lock the package, at one of the versions (None: at any).

    Cost: those who lock the package at all, from the key alone.
    """
    package_id, pins = find_pins(connection, package)
    here = _of_versions(_MEMBERSHIP.c.package_id == package_id, pins, versions)
    row = connection.execute(
        select(func.count(func.distinct(_MEMBERSHIP.c.repository_id)), func.count()).where(here)
    ).one()
    return AffectedCount(row[0], row[1])


def read_affected(
    connection: Connection,
    package: str,
    versions: Collection[str] | None,
    after: Position | None,
    limit: int,
) -> list[Affected]:
    """Return the next lockfiles with the package at one of the versions, in the order of the key."""
    package_id, pins = find_pins(connection, package)
    here = _of_versions(_MEMBERSHIP.c.package_id == package_id, pins, versions)
    if after is not None:
        here &= tuple_(_MEMBERSHIP.c.repository_id, _MEMBERSHIP.c.manifest_id) > tuple_(*after)
    page = connection.execute(
        select(_MEMBERSHIP.c.repository_id, _MEMBERSHIP.c.manifest_id, _MEMBERSHIP.c.pin_id)
        .where(here)
        .order_by(_MEMBERSHIP.c.repository_id, _MEMBERSHIP.c.manifest_id)
        .limit(limit)
    ).all()
    # Looked up by key rather than joined: PostgreSQL would read both tables whole for a page.
    repositories = _by_id(connection, _REPOSITORY, [row[0] for row in page])
    manifests = _by_id(connection, _MANIFEST, [row[1] for row in page])
    return [
        Affected(
            RepositoryRecord(
                repositories[repository].forge_id,
                repositories[repository].installation_id,
                repositories[repository].full_name,
                bool(repositories[repository].is_private),
            ),
            lockfile=manifests[manifest].lockfile,
            environment=manifests[manifest].environment,
            version=pins[pin],
            position=(repository, manifest),
        )
        for repository, manifest, pin in page
        if repository in repositories and manifest in manifests
    ]


def _by_id(connection: Connection, table: Table, ids: Sequence[int]) -> dict[int, Row[Any]]:
    wanted = sorted(set(ids))
    if connection.dialect.name == "postgresql":
        # One parameter: a thousand of them take the driver longer than the server needs for the rows.
        these = table.c.id == any_(literal(wanted, ARRAY(Integer)))
        return {row.id: row for row in connection.execute(select(table).where(these))}
    return {
        row.id: row
        for first in range(0, len(wanted), _MOST_AT_ONCE)
        for row in connection.execute(
            select(table).where(table.c.id.in_(wanted[first : first + _MOST_AT_ONCE]))
        )
    }


def _of_versions(
    here: ColumnElement[bool], pins: Mapping[int, str], versions: Collection[str] | None
) -> ColumnElement[bool]:
    if versions is None:
        return here
    return here & _MEMBERSHIP.c.pin_id.in_(
        sorted(key for key, version in pins.items() if version in versions)
    )


def _align_observations(writer: Writer, forge_ids: Collection[int]) -> None:
    """Have what CI said of private repositories belong to the installation that they are of now.

    What was public becomes private with its repository. What was private stays so, whatever becomes of it.
    """
    owner = (
        select(_REPOSITORY.c.installation_id)
        .where(_REPOSITORY.c.forge_id == _OBSERVATION.c.repository_id)
        .scalar_subquery()
    )
    private = select(_REPOSITORY.c.forge_id).where(
        _REPOSITORY.c.forge_id.in_(sorted(forge_ids)), _REPOSITORY.c.is_private
    )
    writer.connection.execute(
        update(_OBSERVATION)
        .where(
            _OBSERVATION.c.repository_id.in_(sorted(forge_ids)),
            _OBSERVATION.c.installation_id.is_not(None) | _OBSERVATION.c.repository_id.in_(private),
        )
        .values(installation_id=owner)
    )


def _upsert_repositories(
    writer: Writer, records: Iterable[tuple[RepositoryRecord, int]]
) -> dict[int, int]:
    """Return the ids of the repositories' rows by GitHub's number."""
    wanted: dict[int, dict[str, Any]] = {}
    for repository, seen_at in records:
        wanted[repository.forge_id] = {
            "forge_id": repository.forge_id,
            "installation_id": repository.installation_id,
            "full_name": clean_text(repository.full_name),
            "is_private": repository.is_private,
            "seen_at": seen_at,
        }
    rows = [wanted[key] for key in sorted(wanted)]
    statement = writer.upsert(_REPOSITORY)
    names = ("installation_id", "full_name", "is_private", "seen_at")
    statement = statement.on_conflict_do_update(
        index_elements=["forge_id"],
        set_={name: statement.excluded[name] for name in names},
        where=_REPOSITORY.c.seen_at <= statement.excluded.seen_at,
    )
    ids: dict[int, int] = {}
    for first in range(0, len(rows), _MOST_AT_ONCE):
        some = rows[first : first + _MOST_AT_ONCE]
        named = select(
            _REPOSITORY.c.forge_id,
            _REPOSITORY.c.id,
            _REPOSITORY.c.installation_id,
            _REPOSITORY.c.is_private,
        ).where(_REPOSITORY.c.forge_id.in_([row["forge_id"] for row in some]))
        before = {row.forge_id: row for row in writer.connection.execute(named)}
        writer.connection.execute(statement, some)
        after = {row.forge_id: row for row in writer.connection.execute(named)}
        ids.update((row.forge_id, row.id) for row in after.values())
        moved = [key for key, row in before.items() if tuple(row) != tuple(after[key])]
        if moved:
            _align_observations(writer, moved)
    return ids


def _upsert_manifests(
    writer: Writer, records: Iterable[ManifestRecord], repositories: Mapping[int, int]
) -> dict[_ManifestKey, tuple[int, bool]]:
    """Return id and newness of the manifests that were not seen later than the records say."""
    wanted = {
        (
            repositories[record.repository.forge_id],
            clean_text(record.lockfile),
            clean_text(record.environment),
        ): record
        for record in records
    }
    known: dict[_ManifestKey, tuple[int, int]] = {}
    ids = sorted({key[0] for key in wanted})

    def read() -> None:
        for first in range(0, len(ids), _MOST_AT_ONCE):
            rows = writer.connection.execute(
                select(
                    _MANIFEST.c.repository_id,
                    _MANIFEST.c.lockfile,
                    _MANIFEST.c.environment,
                    _MANIFEST.c.id,
                    _MANIFEST.c.seen_at,
                ).where(_MANIFEST.c.repository_id.in_(ids[first : first + _MOST_AT_ONCE]))
            )
            known.update(((row[0], row[1], row[2]), (row[3], row[4])) for row in rows)

    read()
    new = [key for key in sorted(wanted) if key not in known]
    if new:
        writer.insert_rows(
            _MANIFEST,
            [
                {
                    "repository_id": key[0],
                    "lockfile": key[1],
                    "environment": key[2],
                    "commit_sha": clean_text(wanted[key].commit_sha),
                    "seen_at": wanted[key].seen_at,
                }
                for key in new
            ],
        )
    current = {key for key in wanted if key in known and known[key][1] <= wanted[key].seen_at}
    if current:
        writer.connection.execute(
            update(_MANIFEST)
            .where(_MANIFEST.c.id == bindparam("key"))
            .values(commit_sha=bindparam("sha"), seen_at=bindparam("at")),
            [
                {
                    "key": known[key][0],
                    "sha": clean_text(wanted[key].commit_sha),
                    "at": wanted[key].seen_at,
                }
                for key in sorted(current)
            ],
        )
    if new:
        read()
    fresh = set(new)
    return {key: (known[key][0], key in fresh) for key in (*new, *current)}


def _find_or_make_pins(
    writer: Writer, records: Iterable[ManifestRecord]
) -> dict[tuple[str, str], _Pin]:
    """Return the pins of the releases by name and version; makes those that are new."""
    pairs = {pair for record in records for pair in _pairs(record)}
    names = [(name,) for name in sorted({name for name, _ in pairs})]
    packages = _find_or_make(writer, _PACKAGE, ("name",), names)
    keys = {pair: (packages[pair[0],], pair[1]) for pair in pairs}
    pins = _find_or_make(writer, _PIN, ("package_id", "version"), sorted(keys.values()))
    return {pair: (key[0], pins[key]) for pair, key in keys.items()}


def _find_or_make(
    writer: Writer, table: Table, names: tuple[str, ...], wanted: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], int]:
    """Return the ids of rows by their unique columns; inserts those that are missing."""
    found: dict[tuple[Any, ...], int] = {}
    columns = [table.c[name] for name in names]
    key = tuple_(*columns) if len(columns) > 1 else columns[0]

    def read(some: Sequence[tuple[Any, ...]]) -> None:
        values = some if len(columns) > 1 else [each[0] for each in some]
        rows = writer.connection.execute(select(table.c.id, *columns).where(key.in_(values)))
        found.update((tuple(row[1:]), row[0]) for row in rows)

    for first in range(0, len(wanted), _MOST_AT_ONCE):
        some = wanted[first : first + _MOST_AT_ONCE]
        read(some)
        new = [each for each in some if each not in found]
        if new:
            writer.connection.execute(
                writer.upsert(table).on_conflict_do_nothing(index_elements=list(names)),
                [dict(zip(names, each, strict=True)) for each in new],
            )
            read(new)
    return found


def _read_members(writer: Writer, manifest_ids: Sequence[int]) -> dict[int, set[_Pin]]:
    members: dict[int, set[_Pin]] = {}
    for first in range(0, len(manifest_ids), _MOST_AT_ONCE):
        rows = writer.connection.execute(
            select(_MEMBERSHIP.c.manifest_id, _MEMBERSHIP.c.package_id, _MEMBERSHIP.c.pin_id).where(
                _MEMBERSHIP.c.manifest_id.in_(manifest_ids[first : first + _MOST_AT_ONCE])
            )
        )
        for manifest_id, package_id, pin_id in rows:
            members.setdefault(manifest_id, set()).add((package_id, pin_id))
    return members


def _pairs(record: ManifestRecord) -> list[tuple[str, str]]:
    return [(clean_text(name), clean_text(version)) for name, version in record.pins.items()]


def _row(pin: _Pin, repository_id: int, manifest_id: int, *, prefix: str = "") -> dict[str, Any]:
    return {
        f"{prefix}package_id": pin[0],
        f"{prefix}repository_id": repository_id,
        f"{prefix}manifest_id": manifest_id,
        f"{prefix}pin_id": pin[1],
    }

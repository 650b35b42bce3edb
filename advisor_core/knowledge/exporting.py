"""Writes the knowledge that may travel into one file: see `exchange_format`. One state of the database.

Rows are read package by package, so that a large knowledge base needs little memory.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import func, select

from advisor_core.errors import InputError
from advisor_core.knowledge.exchange_format import (
    FORMAT,
    FileLine,
    Manifest,
    MemberSum,
    ObservationLine,
    PackageLine,
    ReleaseLine,
)
from advisor_core.knowledge.migration import read_revision
from advisor_core.knowledge.observations import read_observations
from advisor_core.knowledge.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["export_knowledge", "replaced"]

_INDEX = METADATA.tables["package_index"]
_PACKAGE = METADATA.tables["package"]
_RELEASE = METADATA.tables["release"]
_ARTIFACT = METADATA.tables["artifact"]
_REQUIREMENT = METADATA.tables["requirement"]
_ADVISORY = METADATA.tables["advisory"]
_CONCERNED = METADATA.tables["advisory_package"]
_IMPORT = METADATA.tables["advisory_import"]


def export_knowledge(
    connection: Connection, path: Path, created_at: int, *, with_private: bool = False
) -> Manifest:
    """Write the file; return its head. Raises InputError when it cannot be written; then it is as before.

    `with_private`: also what CI said of private repositories, without links to them.
    """
    with (
        replaced(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        members = {
            "packages.jsonl": _write(archive, "packages.jsonl", _packages(connection)),
            "advisories.jsonl": _write(archive, "advisories.jsonl", _advisories(connection)),
            "observations.jsonl": _write(
                archive, "observations.jsonl", _observations(connection, with_private=with_private)
            ),
        }
        manifest = Manifest(
            format=FORMAT,
            schema=read_revision(connection) or "",
            created_at=created_at,
            advisories_as_of=connection.execute(
                select(func.nullif(func.max(_IMPORT.c.data_at), 0))
            ).scalar(),
            members=members,
        )
        archive.writestr("manifest.json", msgspec.json.encode(manifest))
    return manifest


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which is replaced by it if all goes well.

    Raises InputError when it cannot be written; then `path` is as before.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        os.close(descriptor)
    except OSError as exc:
        raise InputError.single(str(path), f"cannot be written: {exc.strerror}") from exc
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as exc:
        hint = "the file is as it was before"
        raise InputError.single(str(path), f"cannot be written: {exc.strerror}", hint=hint) from exc
    finally:
        temporary.unlink(missing_ok=True)


def _write(archive: zipfile.ZipFile, name: str, lines: Iterator[Any]) -> MemberSum:
    digest = hashlib.sha256()
    count = 0
    with archive.open(name, "w", force_zip64=True) as member:
        for line in lines:
            text = msgspec.json.encode(line) + b"\n"
            digest.update(text)
            member.write(text)
            count += 1
    return MemberSum(digest.hexdigest(), count)


def _packages(connection: Connection) -> Iterator[PackageLine]:
    packages = connection.execute(
        select(_PACKAGE.c.id, _INDEX.c.url, _PACKAGE.c.name, _PACKAGE.c.seen_at, _PACKAGE.c.cursor)
        .join(_INDEX, _INDEX.c.id == _PACKAGE.c.index_id)
        .order_by(_INDEX.c.url, _PACKAGE.c.name)
    ).all()
    for key, index, name, seen_at, cursor in packages:
        yield PackageLine(index, name, seen_at, _releases(connection, key), cursor)


def _releases(connection: Connection, package_id: int) -> list[ReleaseLine]:
    here = (_RELEASE.c.package_id == package_id) & _RELEASE.c.vanished_at.is_(None)
    releases: dict[int, ReleaseLine] = {}
    for row in connection.execute(select(_RELEASE).where(here).order_by(_RELEASE.c.version)):
        releases[row.id] = ReleaseLine(
            version=row.version,
            files=[],
            metadata_at=row.metadata_at,
            problem=row.metadata_problem,
            requires_python=row.requires_python,
            extras=row.provides_extra,
            requires=[],
            first_seen_at=row.first_seen_at,
        )
    files = connection.execute(
        select(_ARTIFACT)
        .join(_RELEASE, _RELEASE.c.id == _ARTIFACT.c.release_id)
        .where(here, _ARTIFACT.c.vanished_at.is_(None))
        .order_by(_ARTIFACT.c.release_id, _ARTIFACT.c.filename)
    )
    for row in files:
        releases[row.release_id].files.append(
            FileLine(
                row.filename,
                row.url,
                row.hashes,
                row.size,
                row.requires_python,
                row.yanked,
                row.uploaded_at,
                row.metadata_hash,
            )
        )
    requirements = connection.execute(
        select(_REQUIREMENT.c.release_id, _REQUIREMENT.c.text)
        .join(_RELEASE, _RELEASE.c.id == _REQUIREMENT.c.release_id)
        .where(here)
        .order_by(_REQUIREMENT.c.release_id, _REQUIREMENT.c.position)
    )
    for row in requirements:
        releases[row.release_id].requires.append(row.text)
    return list(releases.values())


def _advisories(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield OSV documents, whose versions are keys."""
    concerned: dict[int, list[Any]] = {}
    for row in connection.execute(select(_CONCERNED).order_by(_CONCERNED.c.package)):
        concerned.setdefault(row.advisory_id, []).append(row)
    for row in connection.execute(select(_ADVISORY).order_by(_ADVISORY.c.identifier)):
        yield {
            "id": row.identifier,
            "aliases": row.aliases.split(),
            "summary": row.summary,
            "link": row.link,
            "published_at": row.published_at,
            "modified_at": row.modified_at,
            "withdrawn": row.withdrawn,
            "packages": [
                {
                    "name": each.package,
                    "severity": each.severity,
                    "ranges": msgspec.json.decode(each.ranges),
                    "versions": each.versions.split(),
                    "unread": each.unread,
                }
                for each in concerned.get(row.id, ())
            ],
        }


def _observations(connection: Connection, *, with_private: bool) -> Iterator[ObservationLine]:
    public = {each.key for each in read_observations(connection, None, None)}
    for each in read_observations(connection, None, None, everything=with_private):
        yield ObservationLine(
            key=each.key,
            kind=each.kind,
            outcome=each.outcome,
            environment=dict(each.environment),
            package=each.package,
            version=each.version,
            count=each.count,
            observed_at=each.observed_at,
            other_package=each.other_package,
            other_version=each.other_version,
            value=each.value,
            unit=each.unit,
            link=each.link if each.key in public else "",
            voter=each.voter,
            lock_digest=each.lock_digest,
            weight=each.weight,
        )

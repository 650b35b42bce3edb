"""Takes in a file of knowledge that another installation wrote: all of it, or nothing.

The file is checked whole before anything is recorded: format, checksums, the shape of every line. Then it
is recorded like answers of indexes: newer knowledge stays, and nothing of one's own is lost.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import msgspec

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.ranges import version_key
from advisor_core.advisories.records import AdvisoryRecord
from advisor_core.errors import InputError
from advisor_core.knowledge.advisory_recording import AdvisoryImport, record_advisories
from advisor_core.knowledge.exchange_format import (
    FORMAT,
    MAXIMUM_BYTES,
    MAXIMUM_LINE_BYTES,
    Manifest,
    ObservationLine,
    PackageLine,
)
from advisor_core.knowledge.metadata_recording import record_metadata
from advisor_core.knowledge.observations import Observation, record_observations
from advisor_core.knowledge.project_recording import record_first_seen, record_project
from advisor_core.knowledge.records import MetadataRecord, ProjectRecord, to_artifact
from advisor_core.model import Artifact, Skipped
from advisor_core.releases import CoreMetadata
from advisor_core.standards import VersionList, normalize_name, parse_requirement
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from advisor_core.knowledge.writing import Writer
    from advisor_core.releases import ProjectReleases

__all__ = ["KnowledgeImport", "check_knowledge", "import_knowledge"]

_LATEST = 1 << 53
"""Seconds since the epoch that databases and JSON can hold."""

_DAMAGED = "fetch or export it again; nothing was imported"


@dataclass(frozen=True, slots=True)
class KnowledgeImport:
    """What an import brought."""

    manifest: Manifest
    packages: int
    """Lines of the file; what was known in the same or a newer state is among them."""
    releases_added: int
    metadata_added: int
    advisories_added: int
    advisories_changed: int
    observations: int


class _Concerned(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    severity: Literal["unknown", "low", "medium", "high", "critical"]
    ranges: list[list[tuple[Literal["introduced", "fixed", "last_affected", "limit"], str]]]
    versions: list[str]
    unread: int


class _AdvisoryLine(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    aliases: list[str]
    summary: str
    link: str
    published_at: int | None
    modified_at: int | None
    withdrawn: bool
    packages: list[_Concerned]


class _Page:
    """A project page of the file, as far as recording reads it."""

    def __init__(self, line: PackageLine) -> None:
        self.name = line.name
        self._files = {release.version: release.files for release in line.releases}

    @cached_property
    def versions(self) -> tuple[str, ...]:
        return VersionList(list(self._files)).versions

    def artifacts(self, position: int) -> tuple[Artifact, ...]:
        return tuple(
            to_artifact(
                file.filename,
                (
                    file.url,
                    file.hashes,
                    file.size,
                    file.requires_python,
                    file.yanked,
                    file.uploaded_at,
                    file.metadata,
                ),
            )
            for file in self._files[self.versions[position]]
        )


def check_knowledge(path: Path) -> Manifest:
    """Return the head of the file after reading all of it. Raises InputError with the place of a fault."""
    with _opened(path) as archive:
        manifest = _read_manifest(archive, path)
        if sum(info.file_size for info in archive.infolist()) > MAXIMUM_BYTES:
            raise InputError.single(
                str(path), f"more than {MAXIMUM_BYTES >> 30} GiB", hint=_DAMAGED
            )
        for name, kind, check in (
            ("packages.jsonl", PackageLine, _check_package),
            ("advisories.jsonl", _AdvisoryLine, _check_advisory),
            ("observations.jsonl", ObservationLine, None),
        ):
            _check_member(archive, path, manifest, name, kind, check)
    return manifest


def import_knowledge(writer: Writer, path: Path, imported_at: int) -> KnowledgeImport:
    """Record the file. Raises InputError when it is not what `check_knowledge` accepts."""
    manifest = check_knowledge(path)
    packages = releases = metadata = 0
    with _opened(path) as archive:
        for line in _lines(archive, path, "packages.jsonl", PackageLine):
            packages += 1
            if line.seen_at:
                page = cast("ProjectReleases", _Page(line))
                record = ProjectRecord(line.index, page, line.seen_at, line.cursor)
                releases += record_project(writer, record).releases_added
                seen = {
                    each.version: each.first_seen_at
                    for each in line.releases
                    if each.first_seen_at is not None
                }
                record_first_seen(writer, line.index, line.name, seen)
            records = [
                MetadataRecord(line.index, line.name, each.version, _metadata(line.name, each), at)
                for each in line.releases
                if (at := each.metadata_at) is not None
            ]
            if records:
                metadata += record_metadata(writer, records)
        advisories = [
            record
            for line in _lines(archive, path, "advisories.jsonl", _AdvisoryLine)
            for record in _advisory_records(line)
        ]
        added = changed = 0
        if advisories:
            done = record_advisories(
                writer, AdvisoryImport(path.name, advisories, len(advisories), imported_at)
            )
            added, changed = len(done.added), len(done.changed)
        observations = record_observations(
            writer,
            [
                Observation(**msgspec.structs.asdict(line))
                for line in _lines(archive, path, "observations.jsonl", ObservationLine)
            ],
        )
    return KnowledgeImport(manifest, packages, releases, metadata, added, changed, observations)


def _metadata(name: str, line: Any) -> CoreMetadata | Skipped:  # noqa: ANN401 - a ReleaseLine
    if line.problem is not None:
        return Skipped(line.problem)
    return CoreMetadata(
        name=name,
        version=line.version,
        requires_dist=tuple(line.requires),
        requires_python=line.requires_python,
        provides_extra=tuple(line.extras.split()),
    )


def _advisory_records(line: _AdvisoryLine) -> Iterator[AdvisoryRecord]:
    for each in line.packages:
        yield AdvisoryRecord(
            Advisory(
                id=line.id,
                package=each.name,
                aliases=tuple(line.aliases),
                summary=line.summary,
                severity=each.severity,
                link=line.link,
                published_at=line.published_at,
                modified_at=line.modified_at,
                withdrawn=line.withdrawn,
            ),
            ranges=tuple(tuple(one) for one in each.ranges),
            versions=tuple(each.versions),
            unread=each.unread,
        )


_Line = TypeVar("_Line")


def _check_member(
    archive: zipfile.ZipFile,
    path: Path,
    manifest: Manifest,
    name: str,
    kind: type[Any],
    check: Any,  # noqa: ANN401 - takes a line, raises ValueError
) -> None:
    wanted = manifest.members.get(name)
    if wanted is None:
        raise InputError.single(str(path), f"manifest.json does not name {name}", hint=_DAMAGED)
    digest = hashlib.sha256()
    count = 0
    for line in _raw_lines(archive, path, name):
        digest.update(line)
        count += 1
        value = _decode(line, kind, f"{path}: {name}:{count}")
        if check is not None:
            try:
                check(value)
            except ValueError as exc:
                raise InputError.single(f"{path}: {name}:{count}", str(exc), hint=_DAMAGED) from exc
    if (digest.hexdigest(), count) != (wanted.sha256, wanted.lines):
        raise InputError.single(
            f"{path}: {name}", "is not what manifest.json says: damaged or changed", hint=_DAMAGED
        )


def _check_package(line: PackageLine) -> None:
    if normalize_name(line.name) != line.name or not line.index.startswith(("https://", "http://")):
        raise ValueError(f"not a normalized name on an index: {line.name[:100]!r}")
    versions = [release.version for release in line.releases]
    if sorted(VersionList(versions).versions) != sorted(versions):
        raise ValueError(f"{line.name[:100]}: versions are not normalized and different")
    for release in line.releases:
        if not 0 <= (release.first_seen_at or 0) < _LATEST:
            raise ValueError(f"{line.name[:100]}: not a moment: {release.first_seen_at}")
        for text in release.requires:
            parse_requirement(text)


def _check_advisory(line: _AdvisoryLine) -> None:
    for each in line.packages:
        named = [version for one in each.ranges for _, version in one if version != "*"]
        for version in (*named, *each.versions):
            if version_key(version) != version:
                raise ValueError(f"{line.id[:100]}: not a version key: {version[:100]!r}")


def _lines(archive: zipfile.ZipFile, path: Path, name: str, kind: type[_Line]) -> Iterator[_Line]:
    for number, line in enumerate(_raw_lines(archive, path, name), start=1):
        yield _decode(line, kind, f"{path}: {name}:{number}")


def _raw_lines(archive: zipfile.ZipFile, path: Path, name: str) -> Iterator[bytes]:
    try:
        with archive.open(name) as member:
            while line := member.readline(MAXIMUM_LINE_BYTES + 1):
                if len(line) > MAXIMUM_LINE_BYTES:
                    raise InputError.single(f"{path}: {name}", "a line is too long", hint=_DAMAGED)
                yield line
    except (KeyError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as exc:
        raise InputError.single(f"{path}: {name}", f"cannot be read: {exc}", hint=_DAMAGED) from exc


def _decode(line: bytes, kind: type[_Line], place: str) -> _Line:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as exc:
        raise InputError.single(place, f"not as it should be: {exc}", hint=_DAMAGED) from exc


def _opened(path: Path) -> zipfile.ZipFile:
    if path.exists() and not path.is_file():  # a device has no end, and a pipe waits
        hint = "name a file that `thoth kb export` wrote"
        raise InputError.single(str(path), "no knowledge file: it is no file", hint=hint)
    try:
        return zipfile.ZipFile(path)
    except OSError as exc:
        raise InputError.single(str(path), f"cannot be read: {exc.strerror or exc}") from exc
    except zipfile.BadZipFile as exc:
        hint = "name a file that `thoth kb export` wrote"
        raise InputError.single(str(path), f"no knowledge file: {exc}", hint=hint) from exc


def _read_manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    text = b"".join(_raw_lines(archive, path, "manifest.json"))
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise InputError.single(f"{path}: manifest.json", "not JSON", hint=_DAMAGED) from exc
    form = said.get("format") if isinstance(said, dict) else None
    if form != FORMAT:
        raise InputError.single(
            f"{path}: manifest.json",
            f"not a format that this program reads: {str(form)[:100]!r}",
            hint="update this program (`pip install --upgrade thoth-app`), or export with an older one",
        )
    return _decode(text, Manifest, f"{path}: manifest.json")

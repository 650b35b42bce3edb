"""Reads what an index tells of releases besides what a resolver needs: a page and a metadata file each.

Releases do not change, so what was read is kept in the cache folder and not asked for again. What cannot be
read is unknown, and no reason to fail: nothing is decided by it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from advisor_core.errors import IndexFailure
from advisor_core.index.core_metadata import read_fields
from advisor_core.index.credentials import Credentials
from advisor_core.index.page import clean_text
from advisor_core.index.sources import public_url
from advisor_core.index.transport import Limits, Transport
from advisor_core.release_facts import ReleaseFacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.index.addresses import AddressGuard
    from advisor_core.model import Artifact, IndexSource

__all__ = ["Release", "read_release_facts"]

SECONDS = 20.0
"""For all releases together; what is not read by then is unknown."""

_AT_ONCE = 4
_MOST_LINKS = 20
_MOST_PEOPLE = 20
_PAGE = "application/vnd.pypi.simple.v1+json"
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)

Release = tuple[str, str, tuple["Artifact", ...]]
"""Name, version, files."""


class _File(msgspec.Struct, gc=False):
    filename: str
    provenance: str | None = None


class _Files(msgspec.Struct, gc=False):
    files: list[_File] = []


class _Kept(msgspec.Struct):
    """A file of the cache."""

    wheels: int
    sdists: int
    largest: int
    attested: bool | None
    licence: str
    people: list[str]
    links: list[tuple[str, str]]


def read_release_facts(
    source: IndexSource,
    releases: Sequence[Release],
    *,
    folder: Path,
    allow_address: AddressGuard | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[tuple[str, str], ReleaseFacts]:
    """Return what the index tells, by name and version; what only the page says is always there.

    Blocks for at most `SECONDS`. Raises InputError when the source is wrong.
    """
    reader = _Reader(source, folder, allow_address, environment or {})
    return asyncio.run(reader.read(releases))


class _Reader:
    """One index. For one call."""

    def __init__(
        self,
        source: IndexSource,
        folder: Path,
        allow_address: AddressGuard | None,
        environment: Mapping[str, str],
    ) -> None:
        self._source = source
        self._folder = folder / "release-facts"
        self._credentials = Credentials((source,), environment)
        self._limits = Limits()
        self._transport = Transport(
            self._credentials, self._limits, allow_address=allow_address, environment=environment
        )
        self._pages: dict[str, asyncio.Task[dict[str, bool]]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def read(self, releases: Sequence[Release]) -> dict[tuple[str, str], ReleaseFacts]:
        found = {(name, version): _of_files(files) for name, version, files in releases}

        async def read_one(name: str, version: str, files: tuple[Artifact, ...]) -> None:
            path = self._path(name, version, files)
            kept = _read_kept(path)
            if kept is not None:
                found[name, version] = kept
                return
            facts, is_whole = await self._ask(name, files)
            found[name, version] = facts
            if is_whole:
                _keep(path, facts)

        async with self._transport:
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    await asyncio.gather(*(read_one(*release) for release in releases))
            for page in self._pages.values():
                page.cancel()
        return found

    async def _ask(self, name: str, files: tuple[Artifact, ...]) -> tuple[ReleaseFacts, bool]:
        facts = _of_files(files)
        is_whole = True
        attested = None
        fields: dict[str, list[str]] = {}
        try:
            if name not in self._pages:
                self._pages[name] = asyncio.ensure_future(self._attested(name))
            page = await self._pages[name]
            known = [page[each.filename] for each in files if each.filename in page]
            attested = all(known) if known else None
        except IndexFailure:
            is_whole = False
        try:
            fields = await self._metadata(files)
        except IndexFailure:
            is_whole = False
        return (
            ReleaseFacts(
                facts.wheels,
                facts.sdists,
                facts.largest,
                attested,
                _licence(fields),
                _people(fields),
                _links(fields),
            ),
            is_whole,
        )

    async def _attested(self, name: str) -> dict[str, bool]:
        """Return of each file of a project whether it has an attestation."""
        url = f"{self._credentials.request_url(self._source)}/{name}/"
        async with self._slots:
            answer = await self._transport.get(
                url, {"Accept": _PAGE}, most_bytes=self._limits.page_bytes
            )
        try:
            page = msgspec.json.decode(answer.body, type=_Files)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}  # an index without JSON says nothing of attestations
        return {each.filename: each.provenance is not None for each in page.files}

    async def _metadata(self, files: tuple[Artifact, ...]) -> dict[str, list[str]]:
        """Return the fields of the metadata beside a file; none where no file is said to have one."""
        beside = [each for each in files if each.metadata]
        beside.sort(key=lambda each: not each.is_wheel)
        if not beside:
            return {}
        url, mark, query = beside[0].url.partition("?")
        async with self._slots:
            answer = await self._transport.get(
                f"{url}.metadata{mark}{query}", {}, most_bytes=self._limits.metadata_bytes
            )
        promised = beside[0].metadata
        if isinstance(promised, str) and hashlib.sha256(answer.body).hexdigest() != promised:
            return {}
        return read_fields(answer.body)

    def _path(self, name: str, version: str, files: tuple[Artifact, ...]) -> Path:
        hashes = sorted(digest for each in files for digest in each.hashes.values())
        identity = "\0".join((public_url(self._source.url), name, version, *hashes))
        return self._folder / f"{hashlib.sha256(identity.encode()).hexdigest()}.json"


def _of_files(files: Iterable[Artifact]) -> ReleaseFacts:
    """Return what the files themselves tell."""
    listed = list(files)
    wheels = sum(each.is_wheel for each in listed)
    largest = max((each.size or 0 for each in listed), default=0)
    return ReleaseFacts(wheels, len(listed) - wheels, largest)


def _licence(fields: Mapping[str, list[str]]) -> str:
    for name in ("license-expression", "license"):
        for text in fields.get(name, ()):
            line = clean_text(text).strip().split("\n")[0]
            # The older field may hold the whole text of a licence.
            if 0 < len(line) <= 100:
                return line
    prefix = "License :: OSI Approved :: "
    classifiers = [each for each in fields.get("classifier", ()) if each.startswith(prefix)]
    return ", ".join(sorted(clean_text(each.removeprefix(prefix))[:60] for each in classifiers[:3]))


def _people(fields: Mapping[str, list[str]]) -> tuple[str, ...]:
    texts = [
        clean_text(text)[:2000]
        for name in ("author-email", "maintainer-email")
        for text in fields.get(name, ())
    ]
    found = {address.lower() for text in texts for address in _ADDRESS.findall(text)}
    if not found:
        found = {
            clean_text(text).strip()[:100]
            for name in ("author", "maintainer")
            for text in fields.get(name, ())
            if text.strip()
        }
    return tuple(sorted(found)[:_MOST_PEOPLE])


def _links(fields: Mapping[str, list[str]]) -> tuple[tuple[str, str], ...]:
    found = []
    for text in fields.get("project-url", ())[:_MOST_LINKS]:
        label, comma, url = clean_text(text).partition(",")
        if comma:
            found.append((label.strip()[:60], url.strip()[:500]))
    pages = fields.get("home-page", ())[:1]
    return (*found, *(("Homepage", clean_text(text).strip()[:500]) for text in pages))


def _read_kept(path: Path) -> ReleaseFacts | None:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        return None
    return ReleaseFacts(
        kept.wheels,
        kept.sdists,
        kept.largest,
        kept.attested,
        kept.licence,
        tuple(kept.people),
        tuple(kept.links),
    )


def _keep(path: Path, facts: ReleaseFacts) -> None:
    """Write a file of the cache, whole or not at all; that it cannot be written does no harm."""
    kept = _Kept(
        facts.wheels,
        facts.sdists,
        facts.largest,
        facts.attested,
        facts.licence,
        list(facts.people),
        list(facts.links),
    )
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(kept))
        Path(temporary).replace(path)

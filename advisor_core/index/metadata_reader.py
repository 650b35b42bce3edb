"""The metadata of one artifact, by the cheapest way the index offers.

1. the metadata file beside it, advertised (PEP 658, PEP 714) or simply tried
2. of a wheel: its end, where the table of contents is, and then the one entry (HTTP ranges)
3. the whole file

Where the index does not say whether the first is there, the second joins it when it is slow: mirrors
that ask their own source for what they lack take from a tenth of a second to several to answer 404.
What an sdist says counts only where it is static (PEP 643): nothing is ever built here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from advisor_core.errors import IndexFailure
from advisor_core.index.core_metadata import read_core_metadata
from advisor_core.index.credentials import origin_of
from advisor_core.index.race import race
from advisor_core.index.sdist_file import read_sdist_metadata
from advisor_core.index.wheel_file import (
    ArchiveError,
    MissingPart,
    WheelParts,
    read_wheel_metadata,
)
from advisor_core.model import Skipped

if TYPE_CHECKING:
    from advisor_core.index.credentials import Credentials, Origin
    from advisor_core.index.transport import Limits, Transport
    from advisor_core.model import Artifact
    from advisor_core.releases import CoreMetadata

__all__ = ["MetadataReader"]

_TAIL = 24 * 1024
"""Bytes of a wheel's end asked for at first: of nine wheels in ten they hold the table of
contents and the metadata, which tools write last."""

_ROUNDS = 6
"""Parts of a wheel asked for at most: end, table of contents, entry, and room for odd archives."""

_TRIES = 3
"""Metadata files not found at a host, or slower than parts of wheels, before it counts as one that has
none unless it says so."""

_SMALL_PARTS = 256 << 10
"""Bytes known of a wheel that are read at once; more in a thread, so that others are not kept waiting."""

_IN_MEMORY = 4 << 20
"""Bytes of a whole file kept in memory while it is read; more goes to a temporary file."""

_WHOLE_FILES = 4
"""Whole files read at a time."""

_HASHES = ("sha512", "sha384", "sha256", "sha1", "md5")
"""Digests that can be checked, the strongest first."""

_NO_PARTS = (200, 403, 405, 416, 501)
"""Answers to a range request of hosts that give no parts of files; their bodies are not read."""

_NO_COMPRESSION = {"Accept-Encoding": "identity"}


class MetadataReader:
    """Reads metadata of artifacts."""

    def __init__(self, transport: Transport, credentials: Credentials, limits: Limits) -> None:
        self._transport = transport
        self._credentials = credentials
        self._limits = limits
        self._not_found: Counter[Origin] = Counter()
        self._overtaken: Counter[Origin] = Counter()
        self._patience: dict[Origin, float] = {}
        self._whole_files = asyncio.Semaphore(_WHOLE_FILES)
        # Files that may not be there leave connections for the parts that overtake them.
        self._races = asyncio.Semaphore(max(limits.connections_per_host * 3 // 4, 1))

    async def read(self, name: str, version: str, artifact: Artifact) -> CoreMetadata | Skipped:
        """Return the metadata, Skipped with the reason when the requirements stay unknown.

        Raises IndexFailure when the index fails, or a file is not the one the page promised.
        """
        url = self._credentials.expand(artifact.url)
        try:
            if artifact.metadata is None and artifact.is_wheel:
                document = await self._beside_or_part(url, artifact)
            else:
                document = await self._beside(url, artifact)
                if document is None and artifact.is_wheel:
                    document = await self._part(url, artifact)
            if document is None:
                document = await self._whole(url, artifact)
        except ArchiveError as error:
            return Skipped(f"{artifact.filename} cannot be read: {error}")
        return read_core_metadata(document, name=name, version=version, is_wheel=artifact.is_wheel)

    async def _beside_or_part(self, url: str, artifact: Artifact) -> bytes | None:
        """Return the metadata from the file beside the wheel or from parts of it, None: from neither."""
        origin = origin_of(url)
        async with self._races:
            if self._overtaken[origin] < _TRIES:
                return await self._race(url, artifact, origin)
        return await self._part(url, artifact) or await self._beside(url, artifact)

    async def _race(self, url: str, artifact: Artifact, origin: Origin) -> bytes | None:
        started = asyncio.get_running_loop().time()
        finish = await race(
            self._beside(url, artifact),
            lambda: self._part(url, artifact),
            patience_seconds=self._patience.get(origin, self._limits.patience_seconds),
        )
        if finish.overtaken:
            self._overtaken[origin] += 1
        elif finish.joined and finish.value is not None:
            took = asyncio.get_running_loop().time() - started
            self._patience[origin] = min(2 * took, self._limits.connect_seconds)
        return finish.value

    async def _beside(self, url: str, artifact: Artifact) -> bytes | None:
        """Return the metadata file beside the artifact, None when there is none."""
        advertised = artifact.metadata
        origin = origin_of(url)
        if advertised is False or (advertised is None and self._not_found[origin] >= _TRIES):
            return None
        base, mark, query = url.partition("?")
        answer = await self._transport.get(
            f"{base}.metadata{mark}{query}",
            {},
            # Mirrors copy the page that promises it and not always the file: then the wheel is asked.
            accepted=(200, 404, 410) if advertised else (200, 403, 404, 405, 410, 501),
            most_bytes=self._limits.metadata_bytes,
        )
        if answer.status != 200:
            self._not_found[origin] += 1
            return None
        self._not_found[origin] = -1_000_000
        if isinstance(advertised, str):
            _check(
                "sha256",
                advertised,
                hashlib.sha256(answer.body).hexdigest(),
                f"{self._transport.shown(url)}.metadata",
            )
        return answer.body

    async def _part(self, url: str, artifact: Artifact) -> bytes | None:
        """Return the metadata read by ranges, None when the index gives no parts of files."""
        start = "" if artifact.size is None else max(artifact.size - _TAIL, 0)
        last = _TAIL if artifact.size is None else artifact.size - 1
        got = await self._range(url, f"{start}-{last}")
        if got is None:
            return None
        at, data, size = got
        parts = WheelParts(size)
        parts.add(at, data)
        for _ in range(_ROUNDS):
            try:
                if parts.known <= _SMALL_PARTS:
                    return read_wheel_metadata(parts)
                return await asyncio.to_thread(read_wheel_metadata, parts)
            except MissingPart as missing:
                got = await self._range(url, f"{missing.start}-{missing.end - 1}")
                if got is None or got[2] != size:
                    return None
                parts.add(got[0], got[1])
        raise ArchiveError("its table of contents is spread over too many parts")

    async def _range(self, url: str, span: str) -> tuple[int, bytes, int] | None:
        """Return where the part begins, the part, and the size of the file; None: no parts."""
        answer = await self._transport.get(
            url,
            {**_NO_COMPRESSION, "Range": f"bytes={span}"},
            accepted=(206, *_NO_PARTS),
            most_bytes=self._limits.part_bytes,
            unread=_NO_PARTS,
        )
        if answer.status != 206:
            return None
        unit, _, rest = answer.headers.get("Content-Range", "").partition(" ")
        spanned, _, size = rest.partition("/")
        first, _, _ = spanned.partition("-")
        if unit != "bytes" or not (first.isdecimal() and size.isdecimal()):
            return None
        if int(first) + len(answer.body) > int(size):
            return None
        return int(first), answer.body, int(size)

    async def _whole(self, url: str, artifact: Artifact) -> bytes:
        """Return the metadata out of the whole file, whose hash must be the promised one."""
        most = self._limits.file_bytes
        if artifact.size is not None and artifact.size > most:
            raise ArchiveError(f"it is larger than {most >> 20} MiB")
        async with self._whole_files:
            with SpooledTemporaryFile(max_size=_IN_MEMORY) as spooled:
                file = cast("BinaryIO", spooled)
                await self._transport.get(url, _NO_COMPRESSION, most_bytes=most, into=file)
                return await asyncio.to_thread(
                    _read_whole, file, self._transport.shown(url), artifact
                )


def _read_whole(file: BinaryIO, place: str, artifact: Artifact) -> bytes:
    for algorithm in _HASHES:
        if algorithm in artifact.hashes:
            _check(algorithm, artifact.hashes[algorithm], _digest(file, algorithm), place)
            break
    file.seek(0)
    if artifact.is_wheel:
        return read_wheel_metadata(file)
    return read_sdist_metadata(file, artifact.filename)


def _digest(file: BinaryIO, algorithm: str) -> str:
    digest = hashlib.new(algorithm)
    file.seek(0)
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _check(algorithm: str, promised: str, found: str, place: str) -> None:
    """Raise IndexFailure when a file is not the one that the page promised."""
    if promised != found:
        raise IndexFailure(
            f"{place}: {algorithm} is {found}, the index promised {promised}",
            hint="the file was altered on its way or on the index; do not install it",
        )

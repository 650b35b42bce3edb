"""What the cache keeps of one project, as bytes that open in tens of microseconds.

A resolver asks few things of thousands of files, so an entry has two parts. The head holds what is
needed of every version and is decoded at once, by a handful of C-level calls:

    fixed part   magic, checksum, sizes, how long it counts as fresh
    texts        index, name, status, validators, base of the URLs, versions, file shapes, shapes
    bits         pre-releases
    arrays       per version: shape, place and checksum of its record, upload times

The records, one block of text per version with all its artifacts, are decoded when somebody asks
for the artifacts of that version. Performs no I/O of its own. Nothing here runs what it reads: each
length is checked, and bytes that do not check out raise EntryError.
"""

from __future__ import annotations

import sys
from array import array
from binascii import crc32
from itertools import accumulate
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from advisor_core.model import Artifact
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.index.page import PageFile

__all__ = [
    "HEAD_SIZE",
    "MAXIMUM_VERSIONS",
    "UNKNOWN_TIME",
    "EntryError",
    "EntryHead",
    "Releases",
    "decode_head",
    "decode_record",
    "encode",
    "encode_artifact",
    "sizes",
]

_MAGIC = b"thpL" if sys.byteorder == "little" else b"thpB"

_FIXED = Struct("=4sIIIIId")
"""magic, checksum of the rest of the head, size of the head, size of the entry, count of versions,
size of the texts, seconds for which the page counts as fresh."""

HEAD_SIZE = _FIXED.size

MAXIMUM_VERSIONS = 0xFFFF
"""Versions of one entry: shapes are numbered in 16 bits. The largest of pypi.org have 5000."""

_MAXIMUM_SIZE = 1 << 28
"""Bytes of one entry, 256 MiB; the largest of pypi.org are 20 MB. Past it a page is refused."""

UNKNOWN_TIME = -(1 << 62)
"""Stands for an upload time that the index does not say."""

_SECTION = "\x1e"
_FIELD = "\x1f"


class EntryError(ValueError):
    """The bytes are not an entry: cut off, altered, or written by another version."""


@dataclass(frozen=True, slots=True)
class EntryHead:
    """The part of an entry that is decoded at once."""

    index: str
    """URL of the index without credentials: guards against another index's entry."""
    name: str
    present: bool
    """False: the index said that it has no such project."""
    fresh_seconds: float
    status: str = "active"
    """PEP 792."""
    etag: str = ""
    last_modified: str = ""
    base: str = ""
    """What most URLs of files begin with."""
    versions: tuple[str, ...] = ()
    """PEP 440 normalized, descending."""
    file_shapes: tuple[str, ...] = ()
    """Each `tags FIELD requires-python FIELD yanked`, FIELD is U+001F, yanked is 0 or 1."""
    shapes: tuple[str, ...] = ()
    """Each the positions of its file shapes, joined by blanks: sdists first, else ascending."""
    prereleases: bytes = b""
    """Bitset over `versions`."""
    shape_of: array[int] = field(default_factory=lambda: array("H"))
    """uint16 per version."""
    times: array[int] = field(default_factory=lambda: array("q"))
    """int64[2n]: earliest and latest upload; UNKNOWN_TIME."""
    places: array[int] = field(default_factory=lambda: array("I"))
    """uint32[n + 1]: where each version's record begins in the entry; the last is its end."""
    checksums: array[int] = field(default_factory=lambda: array("I"))
    """uint32 per version: CRC-32 of its record."""


class Releases(NamedTuple):
    """The releases of a project in the form an entry keeps."""

    base: str = ""
    """What most URLs of files begin with."""
    versions: str = ""
    """PEP 440 normalized, descending, a line each, as are the next two."""
    file_shapes: str = ""
    shapes: str = ""
    prereleases: bytes = b""
    """Bitset over the versions."""
    shape_of: bytes = b""
    """uint16 per version."""
    times: bytes = b""
    """int64[2n]: earliest and latest upload; UNKNOWN_TIME."""
    records: Sequence[bytes] = ()
    """One per version."""


def sizes(fixed: bytes) -> tuple[int, int]:
    """Return the sizes of the head and of the entry, from its first HEAD_SIZE bytes.

    Raises EntryError when they are not the beginning of an entry.
    """
    if len(fixed) < HEAD_SIZE:
        raise EntryError("cut off")
    magic, _, head_size, size, _, _, _ = _FIXED.unpack_from(fixed)
    if magic != _MAGIC or not HEAD_SIZE <= head_size <= size:
        raise EntryError("not an entry of this version")
    return head_size, size


def encode(head: EntryHead, releases: Releases) -> bytes:
    """Return the entry; of `head` only what `releases` does not hold counts.

    Raises EntryError when the project is too large for the format.
    """
    count = len(releases.records)
    texts = _SECTION.join(
        (
            head.index,
            head.name,
            "1" if head.present else "0",
            head.status,
            head.etag,
            head.last_modified,
            releases.base,
            releases.versions,
            releases.file_shapes,
            releases.shapes,
        )
    ).encode()
    head_size = HEAD_SIZE + len(texts) + (count + 7) // 8 + 26 * count + 4
    places = list(accumulate(map(len, releases.records), initial=head_size))
    if count > MAXIMUM_VERSIONS or places[-1] > _MAXIMUM_SIZE:
        raise EntryError("more releases or files than an entry holds")
    body = b"".join(
        (
            texts,
            releases.prereleases,
            releases.shape_of,
            releases.times,
            array("I", places),
            array("I", map(crc32, releases.records)),
        )
    )
    fixed = (head_size, places[-1], count, len(texts), head.fresh_seconds)
    checksum = crc32(body, crc32(_FIXED.pack(b"", 0, *fixed)))
    return b"".join((_FIXED.pack(_MAGIC, checksum, *fixed), body, *releases.records))


def decode_head(data: bytes) -> EntryHead:
    """Return the head from the first bytes of an entry (at least the size of the head).

    Raises EntryError when they do not check out.
    """
    head_size, _ = sizes(data)
    _, checksum, *fixed = _FIXED.unpack_from(data)
    _, _, count, text_size, fresh_seconds = fixed
    body = data[HEAD_SIZE:head_size]
    if crc32(body, crc32(_FIXED.pack(b"", 0, *fixed))) != checksum:
        raise EntryError("altered")
    try:
        texts = body[:text_size].decode("utf-8").split(_SECTION)
        index, name, present, status, etag, last_modified, base, versions, files, shapes = texts
        bits_end = text_size + (count + 7) // 8
        arrays = []
        position = bits_end
        for code, length in (("H", count), ("q", 2 * count), ("I", count + 1), ("I", count)):
            values = array(code)
            end = position + length * values.itemsize
            values.frombytes(body[position:end])
            position = end
            arrays.append(values)
    except ValueError as error:
        raise EntryError("altered") from error
    return EntryHead(
        index,
        name,
        present == "1",
        fresh_seconds,
        status,
        etag,
        last_modified,
        base,
        tuple(versions.split("\n")) if versions else (),
        tuple(files.split("\n")) if files else (),
        tuple(shapes.split("\n")) if shapes else (),
        body[text_size:bits_end],
        *arrays,
    )


def decode_record(head: EntryHead, position: int, block: bytes) -> tuple[Artifact, ...]:
    """Return the artifacts of the version at `position`, in the index's order.

    Raises EntryError when the block is not the version's record.
    """
    if crc32(block) != head.checksums[position]:
        raise EntryError("altered")
    lines = block.decode("utf-8").split("\n")
    return tuple(_artifact(head.base, *line.split(_FIELD)) for line in lines)


def encode_artifact(base: str, file: PageFile) -> str:
    """Return one line of a record. The texts of the file hold no control characters."""
    url = file.url
    if url.startswith(base):
        url = "+" + url[len(base) :]
    if url.endswith("/" + file.filename):
        url = url[: -len(file.filename)]
    size, yanked, uploaded, metadata = file.size, file.yanked, file.upload_time, file.metadata
    return (
        f"{file.filename}\x1f{url}\x1f{file.hashes}\x1f{'' if size is None else size}\x1f"
        f"{file.requires_python or ''}\x1f{'' if yanked is None else '!' + yanked}\x1f"
        f"{'' if uploaded is None else uploaded}\x1f{_METADATA.get(metadata, metadata)}"
    )


_METADATA: dict[str | bool | None, str] = {None: "", False: "0", True: "1"}
_METADATA_READ: dict[str, str | bool | None] = {text: value for value, text in _METADATA.items()}


def _hashes(text: str) -> dict[str, str]:
    if text.startswith("sha256=") and len(text) == 71:  # nearly always
        return {"sha256": text[7:]}
    return dict(pair.split("=", 1) for pair in text.split(",")) if text else {}


def _artifact(
    base: str,
    filename: str,
    url: str,
    hashes: str,
    size: str,
    requires_python: str,
    yanked: str,
    upload_time: str,
    metadata: str,
) -> Artifact:
    if url.startswith("+"):
        url = base + url[1:]
    if url.endswith("/"):
        url += filename
    return Artifact(
        filename,
        url,
        _hashes(hashes),
        int(size) if size else None,
        requires_python or None,
        yanked[1:] if yanked else None,
        int(upload_time) if upload_time else None,
        _METADATA_READ.get(metadata, metadata),
    )

"""The metadata of a wheel from a few parts of it. Performs no I/O of its own, extracts nothing.

A wheel is a zip archive: its table of contents is at its end. `WheelParts` holds what is known of
the bytes; reading elsewhere raises MissingPart, the caller gets that part and tries again:

    parts = WheelParts(size)
    parts.add(size - len(tail), tail)
    read_wheel_metadata(parts)      # MissingPart(start, end), until it returns
"""

from __future__ import annotations

import io
import zipfile
import zlib
from struct import Struct
from struct import error as struct_error
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["UNREADABLE_ZIP", "ArchiveError", "MissingPart", "WheelParts", "read_wheel_metadata"]

_MAXIMUM_CONTENTS = 16 << 20
"""Bytes of a table of contents, about 150,000 files; a wheel with a longer one is skipped."""

_MAXIMUM_METADATA = 8 << 20
"""Bytes of the metadata, decompressed; a wheel with more is skipped."""

_METADATA_NAME = ".dist-info/METADATA"
"""How the name of the entry ends; it is in a folder of the archive's root."""

_LOCAL_HEADER = 30 + 1024
"""Bytes before an entry's data beside its name: fixed part and room for the extra field."""

_END = Struct("<4s4H2LH")
"""The record at the end: signature, two disks, two counts, size and place of the table of contents,
length of the comment (APPNOTE.TXT 4.3.16)."""

_RECORD_LENGTHS = Struct("<3H")
"""Of name, extra field and comment, at byte 28 of the 46 before them (APPNOTE.TXT 4.3.12)."""

UNREADABLE_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct_error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises on archives that are broken, encrypted or hostile."""


class ArchiveError(ValueError):
    """The archive is broken, hostile or has no metadata."""


class MissingPart(Exception):  # noqa: N818 - a request, not an error
    """These bytes of the file are needed next."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__(start, end)
        self.start = start
        self.end = end


class WheelParts(io.RawIOBase):
    """A file of which only some parts are known."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self._parts: list[tuple[int, bytes]] = []
        self._position = 0

    def add(self, start: int, data: bytes) -> None:
        """Note that the file has `data` at `start`."""
        self._parts.append((start, data))

    @property
    def known(self) -> int:
        """Bytes added so far."""
        return sum(len(data) for _, data in self._parts)

    def shortened(self, at: int, end: bytes) -> WheelParts:
        """Return the file that has `end` at `at` and nothing more; these parts stay known."""
        other = WheelParts(at + len(end))
        other._parts = [(at, end), *self._parts]
        return other

    def need(self, start: int, end: int) -> bytes:
        """Return those bytes, clipped to the file. Raises MissingPart when one is not known."""
        start, end = max(start, 0), min(end, self.size)
        if end - start > _MAXIMUM_CONTENTS:
            raise ArchiveError("its table of contents is too long")
        for at, data in self._parts:
            if at <= start and end <= at + len(data):
                return data[start - at : end - at]
        raise MissingPart(start, end)

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as in any file."""
        base = (0, self._position, self.size)[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes. Raises MissingPart when one is not known."""
        end = self.size if size is None or size < 0 else self._position + size
        data = self.need(self._position, end) if self._position < self.size else b""
        self._position += len(data)
        return data


def read_wheel_metadata(file: WheelParts | BinaryIO) -> bytes:
    """Return the METADATA document of the wheel.

    Raises ArchiveError when there is none to be had, MissingPart when a part has to be added.
    """
    try:
        if isinstance(file, WheelParts):
            file = _with_short_contents(file)
        with zipfile.ZipFile(cast("BinaryIO", file)) as archive:
            entry = _metadata_entry(archive.infolist())
            if isinstance(file, WheelParts):
                length = _LOCAL_HEADER + len(entry.filename.encode()) + entry.compress_size
                file.need(entry.header_offset, entry.header_offset + length)
            with archive.open(entry) as stream:
                document = stream.read(_MAXIMUM_METADATA + 1)
    except ArchiveError:
        raise
    except UNREADABLE_ZIP as error:
        raise ArchiveError(f"it is no sound zip archive: {error}") from error
    if len(document) > _MAXIMUM_METADATA:
        raise ArchiveError("its metadata is too long")
    return document


def _with_short_contents(file: WheelParts) -> WheelParts:
    """Return the archive with a table of contents that names only what may be the metadata.

    `zipfile` makes an object of each entry: a fifth of a second for the 17,000 of tensorflow, where
    stepping over them takes a twentieth of that. What is unusual is left for it to judge.
    """
    size = _END.size
    end = file.need(file.size - size, file.size)
    if len(end) != size:
        return file
    signature, disk, first_disk, _, _, length, start, comment = _END.unpack(end)
    if (signature, disk, first_disk, comment) != (b"PK\x05\x06", 0, 0, 0):
        return file
    if start + length + size != file.size or file.size >= 0xFFFFFFFF:
        return file
    contents = file.need(start, start + length)
    wanted = _METADATA_NAME.encode()
    kept = []
    at = 0
    while at < length:
        name_length, extra_length, comment_length = _RECORD_LENGTHS.unpack_from(contents, at + 28)
        name_end = at + 46 + name_length
        following = name_end + extra_length + comment_length
        if following > length or contents[at : at + 4] != b"PK\x01\x02":
            return file
        if contents.endswith(wanted, at, name_end):
            kept.append(contents[at:following])
        at = following
    table = b"".join(kept)
    count = len(kept)
    return file.shortened(
        start, table + _END.pack(signature, 0, 0, count, count, len(table), start, 0)
    )


def _metadata_entry(entries: Sequence[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    found = [
        entry
        for entry in entries
        if entry.filename.endswith(_METADATA_NAME) and entry.filename.count("/") == 1
    ]
    if len(found) != 1:
        raise ArchiveError(f"it has {len(found)} metadata files, not one")
    entry = found[0]
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ArchiveError("its metadata is compressed in an unusual way")
    if max(entry.file_size, entry.compress_size) > _MAXIMUM_METADATA:
        raise ArchiveError("its metadata is too long")
    return entry

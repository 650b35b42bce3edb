"""The PKG-INFO of an sdist. Extracts nothing; every length in the archive is bounded.

Of a tar archive only names and sizes are read, by a walk over its 512-byte headers: `tarfile` does
far more with far less bounds.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

from advisor_core.index.wheel_file import UNREADABLE_ZIP, ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_sdist_metadata"]

_MAXIMUM_METADATA = 8 << 20
"""Bytes of PKG-INFO; an sdist with more is skipped."""

_MAXIMUM_UNPACKED = 1 << 30
"""Bytes of a tar archive, decompressed, that are read in search of PKG-INFO."""

_MAXIMUM_RATIO = 500
"""Decompressed size to compressed size beyond the first 64 MiB; text compresses to a tenth."""

_FREE_OF_RATIO = 64 << 20

_MAXIMUM_MEMBERS = 200_000
"""Members of an archive that are read in search of PKG-INFO."""

_BLOCK = 512
_CHUNK = 64 * 1024


def read_sdist_metadata(file: BinaryIO, filename: str) -> bytes:
    """Return the PKG-INFO document in the top folder. Raises ArchiveError when there is none."""
    file.seek(0)
    if filename.endswith(".zip"):
        return _from_zip(file)
    try:
        return _from_tar(_Inflated(file).read)
    except zlib.error as error:
        raise ArchiveError(f"it is no sound gzip file: {error}") from error


def _from_zip(file: BinaryIO) -> bytes:
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist()[:_MAXIMUM_MEMBERS]:
                if (
                    _is_pkg_info(entry.filename)
                    and entry.file_size <= _MAXIMUM_METADATA
                    and entry.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
                ):
                    with archive.open(entry) as stream:
                        return stream.read(_MAXIMUM_METADATA)
    except UNREADABLE_ZIP as error:
        raise ArchiveError(f"it is no sound zip archive: {error}") from error
    raise ArchiveError("it has no PKG-INFO")


def _from_tar(read: Callable[[int], bytes]) -> bytes:
    """Walk the members: a header block, then the data in whole blocks (POSIX.1-1988 ustar).

    https://www.gnu.org/software/tar/manual/html_node/Standard.html
    """
    long_name = ""
    for _ in range(_MAXIMUM_MEMBERS):
        header = read(_BLOCK)
        if len(header) < _BLOCK or not header.strip(b"\0"):
            break
        size = _number(header[124:136])
        kind = header[156:157]
        name = long_name or _name(header)
        long_name = ""
        if kind in {b"L", b"x"} and size <= _CHUNK:  # GNU long name, POSIX extended header
            data = read(_padded(size))[:size]
            long_name = _text(data) if kind == b"L" else _path_of_extended_header(data)
        elif kind in {b"0", b"\0"} and _is_pkg_info(name) and size <= _MAXIMUM_METADATA:
            document = read(size)
            if len(document) < size:
                break
            return document
        else:
            _skip(read, _padded(size))
    raise ArchiveError("it has no PKG-INFO")


def _is_pkg_info(name: str) -> bool:
    return name.removeprefix("./").count("/") == 1 and name.endswith("/PKG-INFO")


def _number(field: bytes) -> int:
    """Return a size field: octal digits, or base 256 when the first bit is set."""
    if field[0] & 0x80:
        return int.from_bytes(field, "big") & ~(0x80 << 8 * (len(field) - 1))
    try:
        return int(field.strip(b"\0 ") or b"0", 8)
    except ValueError:
        raise ArchiveError("it is no sound tar archive") from None


def _name(header: bytes) -> str:
    name = _text(header[:100])
    prefix = _text(header[345:500]) if header[257:262] == b"ustar" else ""
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _path_of_extended_header(data: bytes) -> str:
    """Return the value of `path`, of records `LENGTH KEY=VALUE NEWLINE`; empty when not there."""
    _, found, rest = data.partition(b" path=")
    return rest.partition(b"\n")[0].decode("utf-8", "replace") if found else ""


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _skip(read: Callable[[int], bytes], size: int) -> None:
    while size > 0:
        data = read(min(size, _CHUNK))
        if not data:
            return
        size -= len(data)


class _Inflated:
    """The decompressed bytes of a gzip file, with a bound on how many there may be."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decompress = zlib.decompressobj(wbits=31)
        self._ready = b""
        self._taken = 0
        self._packed = 0
        self._unpacked = 0

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer at the end. Raises ArchiveError past the bound."""
        if len(self._ready) - self._taken < size:
            self._fill(size)
        data = self._ready[self._taken : self._taken + size]
        self._taken += len(data)
        return data

    def _fill(self, size: int) -> None:
        """Have `size` bytes ready if the file holds as many."""
        pieces = [self._ready[self._taken :]]
        missing = size - len(pieces[0])
        while missing > 0 and not self._decompress.eof:
            packed = self._decompress.unconsumed_tail
            if not packed:
                packed = self._file.read(_CHUNK)
                self._packed += len(packed)
            if not packed:
                break
            piece = self._decompress.decompress(packed, max(missing, _CHUNK))
            pieces.append(piece)
            missing -= len(piece)
            self._unpacked += len(piece)
            if self._unpacked > min(
                _MAXIMUM_UNPACKED, max(_FREE_OF_RATIO, _MAXIMUM_RATIO * self._packed)
            ):
                raise ArchiveError("it unpacks to too much")
        self._ready, self._taken = b"".join(pieces), 0

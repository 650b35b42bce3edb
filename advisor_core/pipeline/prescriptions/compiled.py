"""The compiled form of prescriptions: a cache file that is opened, not read.

    MAGIC
    length of the head, 4 bytes little-endian
    head: msgpack of `_Head`, with offset, length and CRC-32 of the units of each key
    units: msgpack, a list per key

A run decodes the units of its own packages only. The file belongs to one list of paths. It is used
without looking into the prescriptions when no file was added, removed or touched since it was made;
else it is used when their contents, by SHA-256, are still the same; else it is made anew. `msgspec`
decodes it into checked types, so a file that somebody changed can at worst say something untrue, and one
that is damaged is made anew. It lies in the user's cache folder; that it cannot be written changes nothing.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

import msgspec

from advisor_core import __version__
from advisor_core.pipeline.interface import UnitFailure
from advisor_core.pipeline.prescriptions import model
from advisor_core.pipeline.prescriptions.files import OWN_FOLDER, find_files
from advisor_core.pipeline.prescriptions.model import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from advisor_core.pipeline.prescriptions.files import FoundFile
    from advisor_core.pipeline.prescriptions.library import MemoryLibrary
    from advisor_core.pipeline.prescriptions.model import Kind

__all__ = ["CompiledLibrary", "load_compiled"]

_MAGIC = b"thoth-prescriptions/2\n"
"""Its number rises with what is kept: layout, and which units are."""
_LENGTH = struct.Struct("<I")

_MAXIMUM_HEAD = 256 * 1024 * 1024
"""Bytes; a larger head is taken for a damaged file."""

_SETTLED_NANOSECONDS = 2_000_000_000
"""A file touched so shortly before the compiled form was made may have been touched again without
its time changing: https://git-scm.com/docs/racy-git"""


class _Head(msgspec.Struct, array_like=True):
    """What stands before the units."""

    stamp: bytes
    """Of names, sizes and times of all files."""
    newest: int
    """Time of the newest file, nanoseconds."""
    made_at: int
    """Nanoseconds, before the first file was read."""
    digest: bytes
    """Of names and contents of all files."""
    titles: list[tuple[str, str]]
    count: int
    failures: list[tuple[str, str, str]]
    index: dict[str, tuple[int, int, int]]
    """Key to offset from the end of the head, length, CRC-32."""


class CompiledLibrary:
    """Prescriptions in a compiled file."""

    def __init__(
        self, head: _Head, content: memoryview, *, reload: Callable[[], MemoryLibrary]
    ) -> None:
        """Take the units' part of the file; `reload` is called when it is damaged."""
        self.titles = tuple(head.titles)
        self.count = head.count
        self.failures = tuple(UnitFailure(*failure) for failure in head.failures)
        self._index = head.index
        self._content = content
        self._reload = reload
        self._reloaded: MemoryLibrary | None = None
        self._decoder = msgspec.msgpack.Decoder(list[Unit])

    @property
    def keys(self) -> Sequence[str]:
        """Every key that something is kept under."""
        return tuple(self._index)

    def units(self, key: str) -> Sequence[Unit]:
        """Return the units kept under a key."""
        if self._reloaded is not None:
            return self._reloaded.units(key)
        place = self._index.get(key)
        if place is None:
            return ()
        offset, length, checksum = place
        part = self._content[offset : offset + length]
        try:
            if len(part) == length and crc32(part) == checksum:
                return self._decoder.decode(part)
        except msgspec.MsgspecError:
            pass
        self._reloaded = self._reload()
        return self._reloaded.units(key)


AnyLibrary: TypeAlias = "CompiledLibrary | MemoryLibrary"


def load_compiled(
    paths: Sequence[Path],
    *,
    own: bool = True,
    built_in: Iterable[tuple[Kind, str]] = (),
    cache_folder: Path,
) -> AnyLibrary:
    """Return what `load_prescriptions` returns, from the compiled form where that is still right."""
    every = [*([OWN_FOLDER] if own else []), *paths]
    known = sorted(built_in)

    def read() -> MemoryLibrary:
        from advisor_core.pipeline.prescriptions.load import load_prescriptions  # noqa: PLC0415

        return load_prescriptions(paths, own=own, built_in=known)

    made_at = time.time_ns()
    files = [file for path in every for file in find_files(path)]
    seed = repr((__version__, _describe_layout(), known)).encode()
    stamp, newest = _stamp_of(files, seed)
    where = os.fsencode("\0".join(str(path.absolute()) for path in every))
    target = cache_folder / f"prescriptions-{hashlib.sha256(where).hexdigest()[:24]}"
    opened = _open(target)
    if opened is not None:
        head, content = opened
        if head.stamp == stamp and newest + _SETTLED_NANOSECONDS < head.made_at:
            return CompiledLibrary(head, content, reload=read)
        digest = _digest_of(files, seed)
        if digest == head.digest:
            head.stamp, head.newest, head.made_at = stamp, newest, made_at
            _write(target, head, content)
            return CompiledLibrary(head, content, reload=read)
    else:
        digest = _digest_of(files, seed)
    library = read()
    index: dict[str, tuple[int, int, int]] = {}
    parts: list[bytes] = []
    offset = 0
    for key in library.keys:
        part = msgspec.msgpack.encode(library.units(key))
        parts.append(part)
        index[key] = (offset, len(part), crc32(part))
        offset += len(part)
    failures = [(failed.unit, failed.file, failed.reason) for failed in library.failures]
    titles = list(library.titles)
    head = _Head(stamp, newest, made_at, digest, titles, library.count, failures, index)
    _write(target, head, *parts)
    return library


def _describe_layout() -> list[tuple[str, tuple[str, ...]]]:
    """Return the fields of what is written: a file of another layout is of no use."""
    return [
        (name, value.__struct_fields__)
        for name, value in sorted(vars(model).items())
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    ]


def _stamp_of(files: Sequence[FoundFile], seed: bytes) -> tuple[bytes, int]:
    hashed = hashlib.sha256(seed)
    newest = 0
    for file in files:
        status = file.status
        newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
        stamp = (file.path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        hashed.update(repr(stamp).encode("utf-8", "surrogateescape"))
    return hashed.digest(), newest


def _digest_of(files: Sequence[FoundFile], seed: bytes) -> bytes:
    hashed = hashlib.sha256(seed)
    for file in files:
        content = file.read()
        text = content if isinstance(content, bytes) else str(content).encode()
        head = (file.name, len(text), isinstance(content, bytes))
        hashed.update(repr(head).encode("utf-8", "surrogateescape"))
        hashed.update(text)
    return hashed.digest()


def _open(path: Path) -> tuple[_Head, memoryview] | None:
    """Return head and units of a compiled file, None when there is none that can be used."""
    try:
        with path.open("rb") as opened:
            mapped = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    start = len(_MAGIC) + _LENGTH.size
    if len(mapped) < start or mapped[: len(_MAGIC)] != _MAGIC:
        return None
    (length,) = _LENGTH.unpack_from(mapped, len(_MAGIC))
    if length > min(_MAXIMUM_HEAD, len(mapped) - start):
        return None
    try:
        head = msgspec.msgpack.decode(mapped[start : start + length], type=_Head)
    except msgspec.MsgspecError:
        return None
    return head, mapped[start + length :]


def _write(path: Path, head: _Head, *parts: bytes | memoryview) -> None:
    """Write aside and rename, so that a reader sees the old file or the new one."""
    encoded = msgspec.msgpack.encode(head)
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as opened:
            opened.writelines([_MAGIC, _LENGTH.pack(len(encoded)), encoded, *parts])
        aside.replace(path)
    except OSError:
        with suppress(OSError):
            aside.unlink()

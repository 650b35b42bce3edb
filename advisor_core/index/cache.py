"""The folder in which answers of indexes are kept between runs.

    FOLDER/CACHEDIR.TAG
    FOLDER/index-2/HOST-PATH-CHECKSUM/NAME/page            a project, see `entry`
    FOLDER/index-2/HOST-PATH-CHECKSUM/NAME/FILENAME.meta   metadata of an artifact
    FOLDER/index-2/.new/                                   what is being written

Files are written aside and renamed to their place, so that readers and other processes see the old
one or the new one, never a part. What does not check out counts as missing and is written anew. A
folder that cannot be written costs one warning, never the answer. The modification time of a page
is the time at which the index last vouched for it. Imports nothing slow: every run reads this.
"""

# Importing pathlib takes longer than reading every entry of a run.
# ruff: noqa: PTH103, PTH105, PTH108, PTH116, PTH120, PTH123

from __future__ import annotations

import os
from binascii import crc32
from contextlib import suppress
from itertools import count
from time import time
from typing import TYPE_CHECKING, NamedTuple

from advisor_core.index.entry import HEAD_SIZE, EntryError, EntryHead, decode_head, sizes
from advisor_core.index.stored_metadata import decode_metadata, encode_metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.index.project import Locate
    from advisor_core.model import Artifact, Skipped
    from advisor_core.releases import CoreMetadata

__all__ = ["Cache", "CachedPage"]

_LAYOUT = "index-2"

_FIRST_READ = 32 * 1024
"""Bytes read of an entry at first; the heads of nearly all projects fit."""

_MAXIMUM_METADATA = 4 * 1024 * 1024
"""Bytes of one metadata file; larger ones are neither written nor read."""

_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
"""Without O_BINARY Windows would change line ends."""

_MAXIMUM_NAME = 200
"""Characters of a project's name; one with a longer name is not kept, as file systems refuse it."""

_ABANDONED_SECONDS = 24 * 3600
"""Age of an unfinished file after which its writer must be dead."""

_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# See https://bford.info/cachedir/\n"


class CachedPage(NamedTuple):
    """A project as the cache has it."""

    head: EntryHead
    locate: Locate
    age_seconds: float
    """Since the index last vouched for it; negative when the clock was set back."""
    seen_at: int
    """When that was, in epoch seconds."""


class Cache:
    """A folder of cached answers. Several processes may use it at once."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        warn: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time,
    ) -> None:
        """Make nothing yet; the first write makes the folder.

        `warn` is called at most once, by whichever thread writes.
        """
        self._root = os.fspath(folder)
        self._folder = f"{self._root}/{_LAYOUT}"
        self._warn = warn
        self._clock = clock
        self._writable = True
        self._prepared = False
        self._numbers = count()

    def read_page(self, index: str, name: str) -> CachedPage | None:
        """Return the project as last seen on the index, None when there is no sound entry."""
        path = self._path(index, name, "page")
        try:
            descriptor = os.open(path, _READ)
        except OSError:
            return None
        try:
            start = os.read(descriptor, _FIRST_READ)
            head_size, size = sizes(start)
            if len(start) < head_size:
                start += _read_exactly(descriptor, head_size - len(start))
            status = os.fstat(descriptor)
            head = decode_head(start)
        except (OSError, EntryError):
            return None
        finally:
            os.close(descriptor)
        if status.st_size != size or (head.index, head.name) != (index, name):
            return None
        locate = self._locator(path, start[:HEAD_SIZE])
        return CachedPage(head, locate, self._clock() - status.st_mtime, int(status.st_mtime))

    def write_page(self, index: str, name: str, entry: bytes) -> None:
        """Keep the entry of a project."""
        self._write(self._path(index, name, "page"), entry)

    def renew_page(self, index: str, name: str) -> None:
        """Note that the index vouched for the entry just now."""
        if self._writable:
            now = self._clock()
            try:
                os.utime(self._path(index, name, "page"), (now, now))
            except FileNotFoundError:
                pass
            except OSError as error:
                self._give_up(error)

    def expire_page(self, index: str, name: str, *, before: float) -> None:
        """Have a page be asked for again if the index vouched for it before a moment.

        Also as it was kept for those who ask the index with credentials or variables, and of an index
        whose URL goes on after that: to be asked for again harms none.
        """
        if self._path(index, name, "page").endswith("/.none"):
            return
        with suppress(OSError), os.scandir(self._folder) as folders:
            paths = [
                f"{each.path}/{name}/page"
                for each in folders
                if each.name.startswith(_readable(index))
            ]
            for path in paths:
                with suppress(OSError):
                    if os.stat(path).st_mtime < before:
                        os.utime(path, (0, 0))

    def read_metadata(
        self, index: str, name: str, artifact: Artifact
    ) -> CoreMetadata | Skipped | None:
        """Return the metadata of exactly this artifact, None when there is none."""
        try:
            descriptor = os.open(self._path(index, name, f"{artifact.filename}.meta"), _READ)
        except OSError:
            return None
        try:
            data = os.read(descriptor, _FIRST_READ)
            if len(data) == _FIRST_READ:
                data += _read_up_to(descriptor, _MAXIMUM_METADATA)
            return decode_metadata(data, _identity(artifact))
        except (OSError, ValueError):
            return None
        finally:
            os.close(descriptor)

    def write_metadata(
        self, index: str, name: str, artifact: Artifact, metadata: CoreMetadata | Skipped
    ) -> None:
        """Keep the metadata of an artifact."""
        data = encode_metadata(_identity(artifact), metadata)
        if len(data) < _MAXIMUM_METADATA:
            self._write(self._path(index, name, f"{artifact.filename}.meta"), data)

    def _path(self, index: str, name: str, filename: str) -> str:
        """Return where a file is; of what is no project's or file's name, where never is one."""
        plain = name.replace("-", "")
        if not (plain.isascii() and plain.isalnum() and plain == plain.lower()):
            return f"{self._folder}/.none"
        if "/" in filename or "\0" in filename or len(name) > _MAXIMUM_NAME:
            return f"{self._folder}/.none"
        return f"{self._folder}/{_folder_name(index)}/{name}/{filename}"

    def _locator(self, path: str, fixed: bytes) -> Locate:
        def locate(head: EntryHead, position: int) -> tuple[EntryHead, int, bytes]:
            descriptor = os.open(path, _READ)
            try:
                present = os.read(descriptor, HEAD_SIZE)
                if present != fixed:  # replaced since, by another process: read its head
                    head_size, _ = sizes(present)
                    present += _read_exactly(descriptor, head_size - HEAD_SIZE)
                    version = head.versions[position]
                    head = decode_head(present)
                    if version not in head.versions:
                        raise EntryError("the index no longer has it")
                    position = head.versions.index(version)
                start, end = head.places[position : position + 2]
                os.lseek(descriptor, start, os.SEEK_SET)
                return head, position, _read_exactly(descriptor, end - start)
            finally:
                os.close(descriptor)

        return locate

    def _write(self, path: str, data: bytes) -> None:
        """Write a file whole or not at all; stop writing for good when that fails."""
        if not self._writable or path.endswith("/.none"):
            return
        new = f"{self._folder}/.new/{os.getpid()}-{id(self):x}-{next(self._numbers)}"
        try:
            if not self._prepared:
                self._prepare()
            with open(new, "xb") as file:
                file.write(data)
            try:
                os.replace(new, path)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.replace(new, path)
        except OSError as error:
            self._give_up(error)
            with suppress(OSError):
                os.unlink(new)

    def _prepare(self) -> None:
        """Make the folders, and remove what killed runs left unfinished."""
        os.makedirs(f"{self._folder}/.new", mode=0o700, exist_ok=True)
        with open(f"{self._root}/CACHEDIR.TAG", "wb") as tag:
            tag.write(_TAG)
        with os.scandir(f"{self._folder}/.new") as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # its writer renamed it meanwhile
                    if self._clock() - entry.stat().st_mtime > _ABANDONED_SECONDS:
                        os.unlink(entry.path)
        self._prepared = True

    def _give_up(self, error: OSError) -> None:
        self._writable = False
        reason = error.strerror or type(error).__name__
        self._warn(f"answers of the index are not cached: {self._root}: {reason.lower()}")


def _folder_name(index: str) -> str:
    """Return a name for the index's folder: readable, and distinct by the checksum.

    Two indexes with the same name are told apart by the URL inside each entry.
    """
    return f"{_readable(index)}-{crc32(index.encode()):08x}"


def _readable(index: str) -> str:
    _, _, rest = index.partition("://")
    readable = "".join(c if c.isascii() and (c.isalnum() or c == ".") else "-" for c in rest)
    return readable[:80].lstrip(".")


def _identity(artifact: Artifact) -> str:
    hashes = artifact.hashes
    return ",".join(f"{name}={hashes[name]}" for name in sorted(hashes)) or artifact.url


def _read_exactly(descriptor: int, size: int) -> bytes:
    data = _read_up_to(descriptor, size)
    if len(data) != size:
        raise EntryError("cut off")
    return data


def _read_up_to(descriptor: int, size: int) -> bytes:
    pieces = []
    while size > 0 and (piece := os.read(descriptor, size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)

"""Implementations of `Files`: a folder and a mapping. The only module here that opens files."""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.manifests.faults import shown
from advisor_core.manifests.interface import EXTENDED_PREFIX, MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DiskFiles", "MappingFiles", "join_path"]

_CHUNK = 1 << 20


def join_path(folder: str, path: str) -> str:
    """Return `path`, written in a file of `folder`, relative to the project.

    Both use `/`. Raises InputError when the path is absolute or climbs out of the project, and when
    it holds a control character or a backslash.
    """
    if not path or any(ord(char) < 32 or ord(char) == 127 or char == "\\" for char in path):
        raise InputError.single(
            folder or ".",
            f"not a path inside the project: {shown(path)}",
            hint="use a relative path with `/` as separator",
        )
    joined = posixpath.normpath(posixpath.join(folder, path))
    if joined == ".." or joined.startswith(("/", "../")):
        raise InputError.single(
            folder or ".",
            f"leaves the project: {shown(path)}",
            hint="only files inside the project are read",
        )
    return joined


class MappingFiles:
    """Files given as a mapping of path to content, as a git tree is."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = dict(contents)

    def read(self, path: str) -> bytes | None:
        """Return the content at `path`, or None. Raises InputError when it leaves the project."""
        if path.startswith(EXTENDED_PREFIX):
            return self._contents.get(path)
        return self._contents.get(join_path("", path))


class DiskFiles:
    """Files of a folder on disk. Follows a symbolic link only to what is inside the folder."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.path.realpath(folder)
        """Absolute, without links."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a regular file, or None when there is none.

        Raises InputError when the path or a link leaves the folder, when it is not a regular file,
        when it cannot be read, and when it is larger than any manifest.
        """
        if path.startswith(EXTENDED_PREFIX):
            return None
        relative = join_path("", path)
        named = os.path.join(self.folder, relative)
        target = os.path.realpath(named)
        if os.path.commonpath((self.folder, target)) != self.folder:
            raise InputError.single(
                relative,
                "a symbolic link leaves the project",
                hint="replace the link by the file it names",
            )
        try:
            # A FIFO must not block, and a link put there since must not be followed.
            descriptor = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            if os.path.islink(named):
                raise InputError.single(
                    relative,
                    "a symbolic link to nothing",
                    hint="remove the link, or replace it by the file it names",
                ) from None
            return None
        except OSError as exc:
            raise InputError.single(relative, f"cannot be read: {exc.strerror}") from exc
        try:
            return self._read_descriptor(relative, descriptor)
        finally:
            os.close(descriptor)

    @staticmethod
    def _read_descriptor(relative: str, descriptor: int) -> bytes:
        """Return what an open regular file holds, within the limit."""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise InputError.single(relative, "not a regular file")
        chunks: list[bytes] = []
        size = 0
        while size <= MAX_FILE_BYTES:
            try:
                chunk = os.read(descriptor, _CHUNK)
            except OSError as exc:
                raise InputError.single(relative, f"cannot be read: {exc.strerror}") from exc
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
            size += len(chunk)
        raise InputError.single(
            relative,
            f"larger than {MAX_FILE_BYTES // 1_000_000} MB: {max(size, status.st_size)} bytes",
            hint="a manifest or lockfile of this size is not read; split it",
        )

"""Implementations of `Files`: a folder and a mapping. The only module here that opens files."""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.manifests.faults import shown
from advisor_core.manifests.interface import EXTENDED_PREFIX, MAX_FILE_BYTES, MAX_LISTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import BinaryIO

__all__ = ["DiskFiles", "MappingFiles", "join_path", "list_paths"]

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


def list_paths(paths: Iterable[str], folder: str) -> tuple[str, ...] | None:
    """Return the names in a folder, of files given as paths; None when there is none.

    Raises InputError as `Files.list` does.
    """
    inside = join_path("", folder or ".")
    prefix = "" if inside == "." else f"{inside}/"
    found = set()
    for path in paths:
        if path.startswith(prefix) and not path.startswith(EXTENDED_PREFIX):
            name, below, _ = path.removeprefix(prefix).partition("/")
            found.add(name + below)
    _require_few(folder, len(found))
    return tuple(sorted(found)) if found or not prefix else None


def _require_few(folder: str, count: int) -> None:
    if count > MAX_LISTED:
        raise InputError.single(
            folder or ".", f"more than {MAX_LISTED} files in one folder", hint="move some elsewhere"
        )


class MappingFiles:
    """Files given as a mapping of path to content, as a git tree is."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = dict(contents)

    def read(self, path: str) -> bytes | None:
        """Return the content at `path`, or None. Raises InputError when it leaves the project."""
        if path.startswith(EXTENDED_PREFIX):
            return self._contents.get(path)
        return self._contents.get(join_path("", path))

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder, None when there is none. Raises InputError."""
        return list_paths(self._contents, folder)


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
        descriptor = self._descriptor(relative)
        if descriptor is None:
            return None
        try:
            return self._read_descriptor(relative, descriptor)
        finally:
            os.close(descriptor)

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder, None when there is none. Raises InputError."""
        relative = join_path("", folder or ".")
        found = []
        try:
            with os.scandir(self._inside(relative)) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        found.append(f"{entry.name}/")
                    elif entry.is_file(follow_symlinks=False):
                        found.append(entry.name)
                    _require_few(relative, len(found))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as exc:
            raise InputError.single(relative, f"cannot be read: {exc.strerror}") from exc
        return tuple(sorted(found))

    def open(self, path: str) -> BinaryIO:
        """Return a regular file, however large, open for reading. Raises InputError as `read` does."""
        relative = join_path("", path)
        descriptor = self._descriptor(relative)
        if descriptor is None:
            raise InputError.single(relative, "no such file")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise InputError.single(relative, "not a regular file")
        return os.fdopen(descriptor, "rb")

    def _inside(self, relative: str) -> str:
        """Return the path on disk, links followed. Raises InputError when that leaves the folder."""
        target = os.path.realpath(os.path.join(self.folder, relative))
        if os.path.commonpath((self.folder, target)) != self.folder:
            raise InputError.single(
                relative,
                "a symbolic link leaves the project",
                hint="replace the link by the file it names",
            )
        return target

    def _descriptor(self, relative: str) -> int | None:
        """Open a file; None when there is none. Raises InputError."""
        target = self._inside(relative)
        try:
            # A FIFO must not block, and a link put there since must not be followed.
            return os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            if os.path.islink(os.path.join(self.folder, relative)):
                raise InputError.single(
                    relative,
                    "a symbolic link to nothing",
                    hint="remove the link, or replace it by the file it names",
                ) from None
            return None
        except OSError as exc:
            raise InputError.single(relative, f"cannot be read: {exc.strerror}") from exc

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

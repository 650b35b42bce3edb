"""Which files of prescriptions there are. Reads folders and files, understands nothing of them.

A folder is searched for `*.yaml` and `*.yml`; links to folders are not followed. Bounded: the number of
files, and the size of each.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advisor_core.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAXIMUM_BYTES", "OWN_FOLDER", "FoundFile", "find_files"]

OWN_FOLDER = Path(__file__).parent / "data"
"""The prescriptions that come with the project."""

MAXIMUM_BYTES = 1_000_000
"""A file of prescriptions is some kilobytes; a larger file is refused unread."""

_MAXIMUM_FILES = 500_000
"""More are refused: it is the wrong folder. Thoth's own set had 65,111 files."""


class FoundFile(NamedTuple):
    """One file, not read yet. A named tuple, as sixty thousand are made in one go."""

    path: str
    name: str
    """What reports call it: relative to the folder that was given, `/` as separator."""
    status: os.stat_result

    def read(self) -> bytes | Fault:
        """Return the content, or why it cannot be read."""
        if self.status.st_size > MAXIMUM_BYTES:
            hint = f"split it into files below {MAXIMUM_BYTES} bytes"
            return Fault(self.name, f"the file is too large: {self.status.st_size} bytes", hint)
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                return os.read(descriptor, MAXIMUM_BYTES)
            finally:
                os.close(descriptor)
        except OSError as exc:
            return Fault(self.name, f"cannot be read: {exc.strerror}")


def find_files(path: Path) -> Iterator[FoundFile]:
    """Yield the file, or each file below the folder, in the order of names.

    Raises InputError when the path is neither, and when there are too many files.
    """
    if path.is_file():
        yield FoundFile(str(path), path.name, path.stat())
        return
    if not path.is_dir():
        hint = "give a YAML file, or a folder with YAML files"
        raise InputError.single(str(path), "no such file or folder", hint=hint)
    for count, file in enumerate(_walk(str(path), ""), 1):
        if count > _MAXIMUM_FILES:
            raise InputError.single(
                str(path),
                f"more than {_MAXIMUM_FILES} files",
                hint="name the folder of the prescriptions alone",
            )
        yield file


def _walk(folder: str, prefix: str) -> Iterator[FoundFile]:
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError as exc:
        raise InputError.single(folder, f"cannot be read: {exc.strerror}") from exc
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                yield from _walk(entry.path, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".yaml", ".yml")):
            try:
                if entry.is_file():
                    yield FoundFile(entry.path, prefix + entry.name, entry.stat())
            except OSError:  # links in a circle: reading says so, as the fault of this file alone
                yield FoundFile(entry.path, prefix + entry.name, entry.stat(follow_symlinks=False))

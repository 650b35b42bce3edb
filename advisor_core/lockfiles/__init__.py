"""Writers and readers of what tools pin: Pipfile.lock, requirements.txt and pylock.toml."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.difference import VersionChange, lock_difference
from advisor_core.lockfiles.interface import LockedVersions, LockKind, LockReader, LockWriter
from advisor_core.lockfiles.pipfile_lock import read_pipfile_lock, render_pipfile_lock
from advisor_core.lockfiles.pylock import read_pylock, render_pylock
from advisor_core.lockfiles.requirements_txt import read_requirements_lock, render_requirements

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "READERS",
    "WRITERS",
    "LockKind",
    "LockReader",
    "LockWriter",
    "LockedVersions",
    "VersionChange",
    "lock_difference",
    "lock_kind",
    "read_lock",
    "read_pipfile_lock",
    "read_pylock",
    "read_requirements_lock",
    "render_pipfile_lock",
    "render_pylock",
    "render_requirements",
]

WRITERS: Mapping[LockKind, LockWriter] = {
    "pipfile": render_pipfile_lock,
    "requirements": render_requirements,
    "pylock": render_pylock,
}

READERS: Mapping[LockKind, LockReader] = {
    "pipfile": read_pipfile_lock,
    "requirements": read_requirements_lock,
    "pylock": read_pylock,
}


def read_lock(kind: LockKind, data: bytes, path: str) -> LockedVersions:
    """Return the versions that a lockfile pins. Raises InputError with every fault of it."""
    return READERS[kind](data, path)


def lock_kind(path: str) -> LockKind:
    """Return a lockfile's format by its name. Raises InputError when it is none of ours."""
    name = posixpath.basename(path)
    if name.lower() == "pipfile.lock":
        return "pipfile"
    if name == "pylock.toml" or (name.startswith("pylock.") and name.endswith(".toml")):
        return "pylock"
    if name.endswith(".txt"):
        return "requirements"
    raise InputError.single(
        path,
        "not a lockfile by its name",
        hint="name a Pipfile.lock, pylock.toml or requirements.txt",
    )

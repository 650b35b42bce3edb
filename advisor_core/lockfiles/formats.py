"""The lockfile formats by name. A format's module is imported when the format is used."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.errors import InputError

if TYPE_CHECKING:
    from advisor_core.lockfiles.entries import EntryReader, LockedFile
    from advisor_core.lockfiles.interface import LockedVersions, LockReader, LockWriter

__all__ = [
    "LOCK_FORMATS",
    "TOOL_FORMATS",
    "default_format",
    "entry_reader",
    "format_of",
    "lock_reader",
    "lock_writer",
    "read_entries",
    "read_lock",
]

LOCK_FORMATS = ("pipfile", "requirements", "pylock")
"""Formats that are written here."""

TOOL_FORMATS = {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock"}
"""Formats that only the tool of that name writes, with the name of its lockfile; read here."""

_BY_MANIFEST = {"pipfile": "pipfile", "pyproject": "pylock", "requirements": "requirements"}


def default_format(manifest_kind: str) -> str:
    """Return the format that belongs to a kind of manifest."""
    return _BY_MANIFEST[manifest_kind]


def format_of(path: str) -> str:
    """Return the format of a lockfile by its name. Raises InputError when it is none of ours."""
    name = posixpath.basename(path)
    if name.lower() == "pipfile.lock":
        return "pipfile"
    if name == "pylock.toml" or (name.startswith("pylock.") and name.endswith(".toml")):
        return "pylock"
    for tool, lockfile in TOOL_FORMATS.items():
        if name == lockfile:
            return tool
    if name.endswith(".txt"):
        return "requirements"
    raise InputError.single(
        path,
        "not a lockfile by its name",
        hint="name a Pipfile.lock, pylock.toml, requirements.txt, uv.lock, poetry.lock or pdm.lock",
    )


def read_lock(name: str, data: bytes, path: str) -> LockedVersions:
    """Return the versions that a lockfile of a format pins. Raises InputError with every fault."""
    return lock_reader(name)(data, path)


def read_entries(name: str, data: bytes, path: str) -> LockedFile:
    """Return what a lockfile of a format says of each package. Raises InputError with every fault."""
    return entry_reader(name)(data, path)


def entry_reader(name: str) -> EntryReader:
    """Return the reader of a format's entries; KeyError when there is none of that name."""
    if name == "pipfile":
        from advisor_core.lockfiles.pipfile_lock_entries import read_pipfile_lock_entries

        return read_pipfile_lock_entries
    if name == "requirements":
        from advisor_core.lockfiles.requirements_entries import read_requirements_entries

        return read_requirements_entries
    if name == "pylock":
        from advisor_core.lockfiles.pylock_entries import read_pylock_entries

        return read_pylock_entries
    if name == "uv":
        from advisor_core.lockfiles.uv_lock import read_uv_lock_entries

        return read_uv_lock_entries
    if name == "poetry":
        from advisor_core.lockfiles.poetry_lock import read_poetry_lock_entries

        return read_poetry_lock_entries
    if name == "pdm":
        from advisor_core.lockfiles.pdm_lock import read_pdm_lock_entries

        return read_pdm_lock_entries
    raise KeyError(name)


def lock_reader(name: str) -> LockReader:
    """Return the reader of a format; KeyError when there is none of that name."""
    if name == "pipfile":
        from advisor_core.lockfiles.pipfile_lock_reader import read_pipfile_lock

        return read_pipfile_lock
    if name == "requirements":
        from advisor_core.lockfiles.requirements_txt import read_requirements_lock

        return read_requirements_lock
    if name == "pylock":
        from advisor_core.lockfiles.pylock import read_pylock

        return read_pylock
    if name == "uv":
        from advisor_core.lockfiles.uv_lock import read_uv_lock

        return read_uv_lock
    if name == "poetry":
        from advisor_core.lockfiles.poetry_lock import read_poetry_lock

        return read_poetry_lock
    if name == "pdm":
        from advisor_core.lockfiles.pdm_lock import read_pdm_lock

        return read_pdm_lock
    raise KeyError(name)


def lock_writer(name: str) -> LockWriter:
    """Return the writer of a format; KeyError when there is none of that name."""
    if name == "pipfile":
        from advisor_core.lockfiles.pipfile_lock import render_pipfile_lock

        return render_pipfile_lock
    if name == "requirements":
        from advisor_core.lockfiles.requirements_txt import render_requirements

        return render_requirements
    if name == "pylock":
        from advisor_core.lockfiles.pylock import render_pylock

        return render_pylock
    raise KeyError(name)

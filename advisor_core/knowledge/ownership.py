"""Who writes to a SQLite file: one service owns it, and whoever waits for the lock is told its name.

The owner holds a lock of the operating system on `FILE.owner`, which ends with its process, and writes its
name into it. SQLite's own lock keeps the data whole; this one makes the message say whom to wait for.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from advisor_core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["announce", "own", "owner_of"]

_LONGEST_NAME = 200


@contextmanager
def own(path: Path, program: str) -> Iterator[None]:
    """Own the SQLite file while the context lasts. Raises StoreError that names who owns it already."""
    descriptor = _lock(path, program)
    if descriptor is None:
        other = owner_of(path) or "another process"
        raise StoreError(
            f"the database {path} is in use by {other}",
            hint="stop it first, or use PostgreSQL for several: `DATABASE_URL=postgresql://...`",
        )
    try:
        yield
    finally:
        _release(descriptor)


@contextmanager
def announce(path: Path | None, program: str) -> Iterator[None]:
    """Be named as the owner if nobody is; else go on all the same, for a short write."""
    descriptor = None if path is None else _lock(path, program)
    try:
        yield
    finally:
        _release(descriptor)


def owner_of(path: Path) -> str | None:
    """Return who owns the file, ``thoth-bot serve (process 12)``; None: nobody."""
    if sys.platform == "win32":
        return None
    import fcntl  # noqa: PLC0415 - not on every platform

    try:
        descriptor = os.open(_place(path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        told = os.read(descriptor, _LONGEST_NAME).decode("utf-8", "replace").strip()
        return told if told.isprintable() and told else None
    else:
        return None
    finally:
        os.close(descriptor)


def _lock(path: Path, program: str) -> int | None:
    """Return the descriptor that holds the lock; None: somebody has it. -1: there is none to be had."""
    if sys.platform == "win32":
        return -1
    import fcntl  # noqa: PLC0415 - not on every platform

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(_place(path), flags, 0o644)
    except OSError:
        return -1  # a folder that may not be written to: the database will say so
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{program} (process {os.getpid()})".encode()[:_LONGEST_NAME])
    return descriptor


def _release(descriptor: int | None) -> None:
    # The file stays: to remove it would let two own two files of one name.
    if descriptor is not None and descriptor >= 0:
        os.close(descriptor)


def _place(path: Path) -> str:
    return f"{path}.owner"

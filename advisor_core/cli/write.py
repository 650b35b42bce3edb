"""Writes a file so that it is either the old one or the new one, whatever happens."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from advisor_core.errors import InputError

__all__ = ["write_atomically"]


def write_atomically(path: str, text: bytes) -> None:
    """Replace a file by way of a temporary one beside it. Raises InputError; the old file stays whole.

    A device or a pipe (`/dev/stdout`, `/dev/null`) is written to, never replaced.
    """
    target = Path(path)
    if target.exists() and not target.is_file() and not target.is_dir():
        _write_through(target, text)
        return
    # A link is followed, so that it stays a link and its target is what changes.
    real = Path(os.path.realpath(target))
    try:
        mode = real.stat().st_mode & 0o777 if real.exists() else 0o666 & ~_umask()
        descriptor, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    except OSError as exc:
        raise InputError.single(path, f"cannot be written: {exc.strerror}") from exc
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(real)
    except OSError as exc:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        hint = "the file is as it was before"
        raise InputError.single(path, f"cannot be written: {exc.strerror}", hint=hint) from exc


def _write_through(target: Path, text: bytes) -> None:
    try:
        target.write_bytes(text)
    except OSError as exc:
        raise InputError.single(str(target), f"cannot be written: {exc.strerror}") from exc


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

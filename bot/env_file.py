"""Adds settings to a `.env` file: whole or not at all, readable by its owner alone."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

from advisor_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["add_settings"]

MODE = 0o600


def add_settings(path: Path, values: Mapping[str, str]) -> None:
    """Add settings at the end of the file, which is made if need be.

    Values are written between single quotes. Raises InputError when the file sets one of the names
    already, when a value cannot be written so, and when the file cannot be written; then it is as it was.
    """
    present = path.read_text(encoding="utf-8") if path.exists() else ""
    taken = [name for name in values if _sets(present, name)]
    if taken:
        raise InputError.single(
            str(path),
            f"sets {', '.join(taken)} already",
            hint="remove these lines to set the App up anew",
        )
    if any(set(value) & set("\r\n\0") for value in values.values()):
        raise InputError.single(str(path), "a setting holds a line end")
    if present and not present.endswith("\n"):
        present += "\n"
    lines = "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())
    try:
        _replace(path, present + lines)
    except OSError as error:
        raise InputError.single(
            str(path),
            f"cannot be written: {error.strerror or error}",
            hint="start Thoth in a folder that it may write to",
        ) from error


def _sets(text: str, name: str) -> bool:
    """Return whether a line gives the name a value; an empty one is not set."""
    for line in text.splitlines():
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and key.strip() == name and value.strip().strip("'\""):
            return True
    return False


def _quoted(value: str) -> str:
    """Return a value between single quotes, in which python-dotenv knows two escapes."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _replace(path: Path, text: str) -> None:
    descriptor, made = tempfile.mkstemp(prefix=".env-", dir=path.parent)
    try:
        os.fchmod(descriptor, MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(made, path)  # noqa: PTH105 - the same call, named as what it is
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(made)  # noqa: PTH108 - as above
        raise

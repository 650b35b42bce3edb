"""Which file of a folder is its manifest."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.errors import InputError

if TYPE_CHECKING:
    from advisor_core.manifests.interface import Files

__all__ = ["MANIFEST_NAMES", "find_manifest"]

MANIFEST_NAMES: tuple[tuple[str, ...], ...] = (
    ("Pipfile", "pipfile"),
    ("pyproject.toml",),
    ("requirements.in",),
    ("requirements.txt",),
)
"""File names, the first that exists wins; names of one row are the same kind."""


def find_manifest(files: Files, folder: str = ".") -> str | None:
    """Return the path of a folder's manifest, or None when it has none.

    A `pyproject.toml` without `[project]`, `[dependency-groups]` and Poetry's dependencies only
    configures tools and is passed over. Raises InputError when two files of one kind exist, and when
    the one chosen cannot
    be read.
    """
    for names in MANIFEST_NAMES:
        found: dict[str, bytes] = {}
        for name in names:
            path = posixpath.normpath(posixpath.join(folder, name))
            data = files.read(path)
            # Where file names ignore case, both spellings are one file.
            if data is not None and data not in found.values():
                found[path] = data
        if len(found) > 1:
            first, second = found
            raise InputError.single(
                second,
                f"a second manifest of one kind: {first} exists too",
                hint="remove one, or name one",
            )
        for path, data in found.items():
            if not path.endswith(".toml") or _declares_requirements(path, data):
                return path
    return None


def _declares_requirements(path: str, data: bytes) -> bool:
    """Return whether a `pyproject.toml` is a manifest, and does not only configure tools."""
    from advisor_core.manifests.toml_lines import parse_toml  # noqa: PLC0415 - seldom needed

    document, _ = parse_toml(path, data)
    if "project" in document or "dependency-groups" in document:
        return True
    tools = document.get("tool")
    poetry = tools.get("poetry") if isinstance(tools, dict) else None
    return isinstance(poetry, dict) and ("dependencies" in poetry or "group" in poetry)

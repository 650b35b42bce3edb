"""What a project in a folder of this one requires, where its `pyproject.toml` says so plainly.

Its build backend is never run: when the dependencies are `dynamic`, or there is no `[project]`, what it
requires is unknown.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.manifests.files import join_path
from advisor_core.manifests.interface import ReadOptions
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.manifests.interface import Files
    from advisor_core.model import DeclaredRequirement

__all__ = ["read_local_project"]


def read_local_project(
    files: Files, path: str, declared: DeclaredRequirement, *, contents: dict[str, bytes]
) -> tuple[DeclaredRequirement, ...] | None:
    """Return what the project at `path` requires with the extras of `declared`, None when unknown.

    A file that was read is added to `contents`. Its faults are not the reader's business: what cannot
    be understood is unknown.
    """
    # Imported here: few Pipfiles have a path.
    from advisor_core.manifests.pyproject import read_pyproject  # noqa: PLC0415

    entry = declared.requirement
    try:
        target = posixpath.join(join_path("", path), "pyproject.toml")
        target = posixpath.normpath(target)
        data = files.read(target)
        if data is None or b"[project]" not in data:
            return None
        manifest = read_pyproject(files, target, data, ReadOptions(extras=entry.extras))
    except InputError:
        return None
    contents[target] = data
    return tuple(
        replace(
            required,
            requirement=replace(
                required.requirement, marker=_both(required.requirement.marker, entry.marker)
            ),
            via=entry.name,
        )
        for category in manifest.categories
        for required in category.requirements
        if required.requirement.name != entry.name
    )


def _both(first: str | None, second: str | None) -> str | None:
    """Return the conjunction of two markers, either of which may be missing."""
    return f"({first}) and ({second})" if first and second else first or second

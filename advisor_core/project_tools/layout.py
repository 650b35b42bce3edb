"""The files that a tool is given: the project's own, and what its lock holds already."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Manifest

__all__ = ["project_files"]


def project_files(
    manifest: Manifest, beside: Mapping[str, bytes | None]
) -> tuple[dict[str, bytes], str]:
    """Return the files by path, with those `beside` the manifest, and the manifest's folder.

    Only what was read for the manifest is there: its `pyproject.toml` and those of the projects in
    folders that it requires.
    """
    folder = posixpath.dirname(manifest.path)
    files = {path: text for path, text in manifest.files.items() if path.endswith(".toml")}
    for name, text in beside.items():
        if text is not None:
            files[posixpath.join(folder, name)] = text
    return files, folder

"""Readers of what a person edits: Pipfile, pyproject.toml, requirements files.

Where they are named, conda's `environment.yml`, `setup.cfg` and scripts too.

A format's module is imported when the format is read: a warm `thoth lock` takes less time than
importing all of them would.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.manifests.files import DiskFiles, MappingFiles
from advisor_core.manifests.find import find_manifest
from advisor_core.manifests.interface import MAX_FILE_BYTES, Files, Reader, ReadOptions

if TYPE_CHECKING:
    from advisor_core.model import Manifest

__all__ = [
    "MAX_FILE_BYTES",
    "DiskFiles",
    "Files",
    "MappingFiles",
    "ReadOptions",
    "Reader",
    "find_manifest",
    "read_manifest",
]


def read_manifest(
    files: Files,
    path: str,
    *,
    extras: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    everything: bool = False,
) -> Manifest:
    """Return the manifest at `path`, with everything it includes.

    `extras` and `groups` name what of a `pyproject.toml` is read besides its dependencies;
    `everything` reads them all. Raises InputError with every fault: of the file, of what it
    includes, or that there is none.
    """
    kind = _kind_of(path)
    data = files.read(path)
    if data is None:
        raise InputError.single(
            path, "no such file", hint="name a Pipfile, pyproject.toml or requirements file"
        )
    options = ReadOptions(extras, groups, everything)
    return _reader_of(kind)(files, posixpath.normpath(path), data, options)


def _reader_of(kind: str) -> Reader:
    """Return the reader of a kind of manifest."""
    if kind == "pipfile":
        from advisor_core.manifests.pipfile import read_pipfile  # noqa: PLC0415

        return read_pipfile
    if kind == "pyproject":
        from advisor_core.manifests.pyproject import read_pyproject  # noqa: PLC0415

        return read_pyproject
    if kind == "conda":
        from advisor_core.manifests.conda import read_conda  # noqa: PLC0415

        return read_conda
    if kind == "setup.cfg":
        from advisor_core.manifests.setup_cfg import read_setup_cfg  # noqa: PLC0415

        return read_setup_cfg
    if kind == "script":
        from advisor_core.manifests.script import read_script  # noqa: PLC0415

        return read_script
    from advisor_core.manifests.requirements import read_requirements  # noqa: PLC0415

    return read_requirements


def _kind_of(path: str) -> str:
    """Return a manifest's kind by its file name. Raises InputError when it is none of ours."""
    name = posixpath.basename(path)
    if name.lower() == "pipfile":
        return "pipfile"
    if name.endswith(".toml"):
        return "pyproject"
    if name.endswith((".in", ".txt")):
        return "requirements"
    if name.endswith((".yml", ".yaml")):
        return "conda"
    if name == "setup.cfg":
        return "setup.cfg"
    if name.endswith(".py") and name != "setup.py":
        return "script"
    raise InputError.single(
        path,
        "not a manifest by its name",
        hint="name a Pipfile, pyproject.toml or requirements file",
    )

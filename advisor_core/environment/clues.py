"""What the files of a project say of where it runs: Python versions and a base image, with sources.

Looks only at files beside the manifest, then at those in the project's root, through `Files`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.environment.declaration import Sourced
from advisor_core.environment.python_range import single_version
from advisor_core.environment.python_version import parse_python_version
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.environment.dockerfile import Image
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest

__all__ = ["Clues", "read_clues"]

_LONGEST_FILE = 256 * 1024
"""Bytes read of a file that is looked into; what follows is not looked at."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What the files of one project folder say, whatever environment is looked at."""

    pythons: tuple[Sourced, ...]
    """In the order of precedence."""
    requires_python: Sourced | None
    """A PEP 440 set that was checked to be one."""
    image: Image | None
    image_source: str
    notes: tuple[str, ...]


def read_clues(files: Files, manifest: Manifest) -> Clues:
    """Return what the manifest and the files beside it say."""
    folder = posixpath.dirname(manifest.path)
    notes: list[str] = []
    pythons = [
        found
        for name in (".python-version", "runtime.txt")
        if (found := _read_version_file(files, folder, name, notes)) is not None
    ]
    if manifest.python_version:
        source = f"{manifest.path} [requires]"
        try:
            pythons.append(Sourced(parse_python_version(manifest.python_version), source))
        except ValueError as exc:
            notes.append(f"{source}: {exc}: ignored")
    requires: Sourced | None = None
    if manifest.requires_python:
        source = f"{manifest.path} requires-python"
        try:
            single = single_version(manifest.requires_python)
        except ValueError:
            notes.append(f"{source}: not a PEP 440 range, ignored: {manifest.requires_python!r}")
        else:
            requires = Sourced(manifest.requires_python, source)
            if single is not None:
                pythons.append(Sourced(single, source))
    image, image_source = _read_image(files, folder)
    if image is not None and image.python is not None:
        pythons.append(Sourced(image.python, image_source))
    return Clues(tuple(pythons), requires, image, image_source, tuple(notes))


def _read_version_file(files: Files, folder: str, name: str, notes: list[str]) -> Sourced | None:
    path, text = _read_text(files, folder, name)
    lines = [line.strip() for line in text.splitlines()[:100]]
    for number, line in enumerate(lines, 1):
        candidate = line.removeprefix("python-").removeprefix("cpython-")
        try:
            return Sourced(parse_python_version(candidate), f"{path}:{number}")
        except ValueError:
            continue
    said = [line for line in lines if line and not line.startswith("#")]
    if said:
        notes.append(f"{path}: names no CPython version such as `3.12`, ignored: {said[0][:40]!r}")
    return None


def _read_image(files: Files, folder: str) -> tuple[Image | None, str]:
    for name in ("Dockerfile", "Containerfile"):
        path, text = _read_text(files, folder, name)
        if text:
            from advisor_core.environment import dockerfile  # noqa: PLC0415 - rarely there

            image = dockerfile.find_runtime_image(text)
            return image, f"{path}:{image.line}" if image else path
    return None, ""


def _read_text(files: Files, folder: str, name: str) -> tuple[str, str]:
    """Return path and text of the file beside the manifest, else of that in the project's root."""
    for path in dict.fromkeys((posixpath.join(folder, name), name)):
        content = files.read(path)
        if content is not None:
            return path, content[:_LONGEST_FILE].decode("utf-8-sig", errors="replace")
    return name, ""

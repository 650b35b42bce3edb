"""`pdm.lock`, written by PDM with the versions that Thoth decided.

PDM is told them as overrides, which leave no trace in the lock. What a lock already has it keeps all
the same, so that it is given one without the packages that change; what no declared environment
installs stays as it was.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import sys
from typing import TYPE_CHECKING

from advisor_core.errors import ToolFailure
from advisor_core.index.sources import public_url
from advisor_core.project_tools.checking import (
    check_decided,
    decided_versions,
    project_tables,
    require_indexes_only,
)
from advisor_core.project_tools.child import run_tool
from advisor_core.project_tools.layout import project_files
from advisor_core.standards import normalize_name, specifier_contains

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Manifest, Stack

__all__ = ["write_pdm_lock"]

_PAIR = re.compile(rb'^(name|version) = "([^"\n]*)"', re.MULTILINE)

_NEWEST_MINOR = 20
"""Minor versions of Python 3 that are looked for on PATH."""

_DECIDED = ".thoth-decided.txt"


def write_pdm_lock(
    manifest: Manifest,
    stacks: Mapping[str, Stack],
    previous: bytes | None = None,
    *,
    index_url: str | None = None,
) -> bytes:
    """Return the `pdm.lock` of a `pyproject.toml` with the versions of these stacks.

    `index_url`: in the place of PyPI, where the command line names one and the project none.
    Raises InputError when PDM is not installed, ToolFailure when it fails or locks other versions.
    """
    require_indexes_only(manifest, "pdm")
    decided = decided_versions(stacks)
    overrides = "".join(f"{name}=={version}\n" for name, version in decided.items()).encode()
    kept = None if previous is None else _without_other_versions(previous, decided)
    files, folder = project_files(manifest, {"pdm.lock": kept, _DECIDED: overrides})
    settings = {
        "PDM_CHECK_UPDATE": "0",
        "PDM_USE_VENV": "0",
        "PDM_PYTHON": _find_python(manifest.requires_python),
    }
    if index_url and not project_tables(manifest, "pdm").get("source"):
        settings["PDM_PYPI_URL"] = public_url(index_url)
    command = ["pdm", "lock", "--update-reuse", "--skip", ":all"]
    if previous is None:
        command += ["--group", ":all", "--dev"]
    command += ["--override", posixpath.basename(_DECIDED)]
    text = run_tool(command, files, "pdm.lock", settings=settings, folder=folder)
    check_decided("pdm", text, stacks)
    return text


def _find_python(requires_python: str | None) -> str:
    """Return a Python of this machine that the project allows; PDM would download one.

    Raises ToolFailure when there is none.
    """
    version = "{}.{}.{}".format(*sys.version_info)
    if requires_python is None or specifier_contains(requires_python, version):
        return sys.executable
    for minor in range(_NEWEST_MINOR, 6, -1):
        found = shutil.which(f"python3.{minor}")
        if found is not None and specifier_contains(requires_python, f"3.{minor}.99"):
            return found
    raise ToolFailure(
        f"PDM needs a Python that the project allows, and none is here: {requires_python!r}"
    )


def _without_other_versions(lock: bytes, decided: Mapping[str, str]) -> bytes:
    """Return a lock without the entries of packages that were decided differently."""
    head, *packages = re.split(rb"^(?=\[\[package\]\][ \t]*\r?$)", lock, flags=re.MULTILINE)
    kept = [head]
    for text in packages:
        found = {key: value.decode("utf-8", "replace") for key, value in _PAIR.findall(text)}
        name = normalize_name(found.get(b"name", ""))
        if decided.get(name, found.get(b"version")) == found.get(b"version"):
            kept.append(text)
    return b"".join(kept)

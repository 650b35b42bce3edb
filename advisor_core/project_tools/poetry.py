"""`poetry.lock`, written by Poetry with the versions that Thoth decided.

Poetry has no option for a version. But `poetry lock` keeps what the present lock has where it still
fits, and looks at name and version alone to know; so it is given a lock that has the decided ones, and
what the lock before has of packages that no declared environment installs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.formats import read_entries
from advisor_core.lockfiles.toml_text import write_toml
from advisor_core.project_tools.checking import (
    check_decided,
    decided_versions,
    project_tables,
    require_indexes_only,
)
from advisor_core.project_tools.child import run_tool
from advisor_core.project_tools.layout import project_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Manifest, Stack

__all__ = ["write_poetry_lock"]

_SETTINGS = {"POETRY_VIRTUALENVS_CREATE": "false", "POETRY_KEYRING_ENABLED": "false"}


def write_poetry_lock(
    manifest: Manifest,
    stacks: Mapping[str, Stack],
    previous: bytes | None = None,
    *,
    index_url: str | None = None,
) -> bytes:
    """Return the `poetry.lock` of a `pyproject.toml` with the versions of these stacks.

    Raises InputError when Poetry is not installed, and for an `index_url` that it cannot be told;
    ToolFailure when it fails or locks other versions.
    """
    require_indexes_only(manifest, "poetry")
    if index_url and not project_tables(manifest, "poetry").get("source"):
        raise InputError.single(
            manifest.path,
            "Poetry asks only the indexes that the project names",
            hint="name it as `[[tool.poetry.source]]`, or leave --index-url out",
        )
    files, folder = project_files(manifest, {"poetry.lock": _seed(stacks, previous)})
    command = ["poetry", "lock", "--no-interaction", "--no-ansi", "--no-plugins", "--no-cache"]
    text = run_tool(command, files, "poetry.lock", settings=_SETTINGS, folder=folder)
    check_decided("poetry", text, stacks)
    return text


def _seed(stacks: Mapping[str, Stack], previous: bytes | None) -> bytes:
    """Return a lock that pins the decided versions, and others as before."""
    decided = [(name, version) for name, version in decided_versions(stacks).items()]
    names = {name for name, _ in decided}
    kept: list[tuple[str, str]] = []
    if previous is not None:
        try:
            entries = read_entries("poetry", previous, "poetry.lock").entries
        except InputError:
            entries = ()  # a broken lock is made anew
        kept = [(each.name, each.version) for each in entries if each.version is not None]
    pinned = [*decided, *(each for each in kept if each[0] not in names)]
    packages = [
        {
            "name": name,
            "version": version,
            "description": "",
            "optional": False,
            "python-versions": "*",
            "groups": ["main"],
            "files": [],
        }
        for name, version in pinned
    ]
    head: dict[str, object] = {"package": packages} if packages else {"package": []}
    metadata = '\n[metadata]\nlock-version = "2.1"\npython-versions = "*"\ncontent-hash = ""\n'
    return (write_toml(head) + metadata).encode()

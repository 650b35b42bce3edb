"""The lock of uv, Poetry or PDM beside a `pyproject.toml`: whether it is there, and who can write it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from advisor_core.lockfiles.formats import TOOL_FORMATS
from advisor_core.manifests.interface import MAX_FILE_BYTES
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.cli.inputs import Opened
    from advisor_core.locking import Tools

__all__ = ["beside", "find_project_lock", "read_previous", "tools_for", "with_project_lock"]


def tools_for(form: str | None, index_url: str | None) -> Tools | None:
    """Return the tools of this machine where a format needs one."""
    if form not in TOOL_FORMATS:
        return None
    from advisor_core.project_tools.tools import ProjectTools

    return ProjectTools(index_url=index_url)


def beside(opened: Opened, name: str) -> str:
    """Return the path of a file beside the lockfile."""
    return os.path.join(os.path.dirname(opened.lockfile_path), name)  # noqa: PTH118, PTH120


def find_project_lock(opened: Opened, index_url: str | None) -> tuple[str | None, list[str]]:
    """Return the tool whose lock is beside the manifest and can be written; else None, with a note."""
    if opened.target.manifest.kind != "pyproject":
        return None, []
    for tool, name in TOOL_FORMATS.items():
        if not os.path.isfile(beside(opened, name)):  # noqa: PTH113 - as below
            continue
        tools = tools_for(tool, index_url)
        refusal = tools.refusal(tool) if tools is not None else None
        if refusal is None:
            return tool, []
        return None, [f"{name}: {refusal}, so this is pylock.toml with the same versions"]
    return None, []


def with_project_lock(opened: Opened, tool: str) -> Opened:
    """Return what was opened with the tool's lock in the place of pylock.toml."""
    name = TOOL_FORMATS[tool]
    path = beside(opened, name)
    folder = opened.target.lockfile.rpartition("/")[0]
    target = replace(opened.target, lockfile=f"{folder}/{name}".lstrip("/"))
    return replace(opened, target=target, previous=read_previous(path), lockfile_path=path)


def read_previous(path: str | None) -> bytes | None:
    """Return the lockfile that will be replaced, None when there is none or it cannot be read."""
    if path is None or not os.path.isfile(path):  # noqa: PTH113 - as below
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib would be imported for this alone
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        return None
    return data if len(data) <= MAX_FILE_BYTES else None

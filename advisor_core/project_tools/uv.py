"""`uv.lock`, written by uv with the versions that Thoth decided.

uv locks for every platform; Thoth decides for the declared environments. So uv is told each decided
version (`--upgrade-package NAME==VERSION`) and chooses by itself only what none of them installs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.index.sources import public_url
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

__all__ = ["write_uv_lock"]


def write_uv_lock(
    manifest: Manifest,
    stacks: Mapping[str, Stack],
    previous: bytes | None = None,
    *,
    index_url: str | None = None,
) -> bytes:
    """Return the `uv.lock` of a `pyproject.toml` with the versions of these stacks.

    `index_url`: of the default index, where the command line names one and the project none.
    Raises InputError when uv is not installed, ToolFailure when it fails or locks other versions.
    """
    require_indexes_only(manifest, "uv")
    files, folder = project_files(manifest, {"uv.lock": previous})
    command = ["uv", "lock", "--quiet", "--no-build", "--no-python-downloads", "--no-cache"]
    if index_url and not {"index", "index-url"} & project_tables(manifest, "uv").keys():
        # Without its user and password, which a list of processes would show.
        command += ["--default-index", public_url(index_url)]
    for name, version in decided_versions(stacks).items():
        command += ["--upgrade-package", f"{name}=={version}"]
    text = run_tool(command, files, "uv.lock", settings={}, folder=folder)
    check_decided("uv", text, stacks)
    return text

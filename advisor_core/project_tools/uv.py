"""`uv.lock`, written by uv with the versions that Thoth decided.

uv locks for every platform; Thoth decides for the declared environments. So uv is told each decided
version (`--upgrade-package NAME==VERSION`) and chooses by itself only what none of them installs.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.index.sources import public_url
from advisor_core.lockfiles.uv_lock import read_uv_lock_entries
from advisor_core.manifests.toml_lines import parse_toml
from advisor_core.project_tools.child import ToolFailure, run_tool

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
    files = {posixpath.basename(path): text for path, text in manifest.files.items()}
    if previous is not None:
        files["uv.lock"] = previous
    decided = {
        name: pin.version for stack in stacks.values() for name, pin in sorted(stack.pins.items())
    }
    command = ["uv", "lock", "--quiet", "--no-build", "--no-python-downloads", "--no-cache"]
    if index_url and not _names_an_index(manifest):
        # Without its user and password, which a list of processes would show.
        command += ["--default-index", public_url(index_url)]
    for name, version in decided.items():
        command += ["--upgrade-package", f"{name}=={version}"]
    text = run_tool(command, files, "uv.lock", settings={})
    _check(text, decided)
    return text


def _names_an_index(manifest: Manifest) -> bool:
    document, _ = parse_toml(manifest.path, manifest.files[manifest.path])
    tools = document.get("tool")
    settings = tools.get("uv") if isinstance(tools, dict) else None
    return isinstance(settings, dict) and bool({"index", "index-url"} & settings.keys())


def _check(text: bytes, decided: Mapping[str, str]) -> None:
    """Raise ToolFailure when the lock has not the decided versions."""
    locked: dict[str, set[str | None]] = {}
    for entry in read_uv_lock_entries(text).entries:
        locked.setdefault(entry.name, set()).add(entry.version)
    wrong = [
        f"{name}: {version} was decided, {', '.join(sorted(map(str, found))) or 'none'} is locked"
        for name, version in decided.items()
        if version not in (found := locked.get(name, set()))
    ]
    if wrong:
        raise ToolFailure("uv locked other versions:\n" + "\n".join(wrong))

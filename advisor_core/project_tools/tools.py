"""The tools by name: which are installed, and having one write its lockfile."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from advisor_core.project_tools.pdm import write_pdm_lock
from advisor_core.project_tools.poetry import write_poetry_lock
from advisor_core.project_tools.uv import write_uv_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Manifest, Stack

__all__ = ["ProjectTools"]

_WRITERS = {"uv": write_uv_lock, "poetry": write_poetry_lock, "pdm": write_pdm_lock}


class ProjectTools:
    """The tools of this machine. Satisfies `advisor_core.locking.Tools`."""

    def __init__(self, *, index_url: str | None = None, refusal: str | None = None) -> None:
        """`index_url`: asked in the place of PyPI. `refusal`: why none is run, None when they are."""
        self._index_url = index_url
        self._refusal = refusal

    def refusal(self, tool: str) -> str | None:
        """Return why a tool cannot write its lockfile here, None when it can."""
        if self._refusal is not None:
            return self._refusal
        return None if shutil.which(tool) else f"{tool} is not installed here"

    def write(
        self, tool: str, manifest: Manifest, stacks: Mapping[str, Stack], previous: bytes | None
    ) -> bytes:
        """Return the lockfile that the tool writes. Raises InputError and ToolFailure."""
        return _WRITERS[tool](manifest, stacks, previous, index_url=self._index_url)

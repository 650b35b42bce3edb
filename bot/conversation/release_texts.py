"""What is said to those who ask for a release. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.quoting import code

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["no_one_version", "no_version_manager", "not_after", "released"]

_MOST_PLACES = 20


def no_one_version(found: Sequence[tuple[str, str]]) -> str:
    """Return what is said when a project does not say one version; `found`: path and version."""
    if not found:
        return (
            "No version was found: not in `pyproject.toml`, `setup.cfg`, `setup.py`, `VERSION`, "
            "`version.txt`, nor as `__version__` in a module. Where a tool takes it from tags, make the tag."
        )
    places = "\n".join(f"- {code(path)}: {code(version)}" for path, version in found[:_MOST_PLACES])
    return f"The project says more than one version, so none was changed:\n\n{places}"


def not_after(kind: str, present: str) -> str:
    """Return what is said of a release that does not follow the present one."""
    return f"{code(kind)} leads to no version after {code(present)}."


def released(version: str, branch: str) -> str:
    """Return what is said when the pull request of a release is open."""
    return f"Opened a pull request that sets the version to {code(version)}, from {code(branch)}."


def no_version_manager(path: str) -> str:
    """Return what is said when nobody asked for releases by Thoth."""
    return f"{code(path)} does not ask for releases: add the manager `version` to its `managers`."

"""Whether a tool locked what was decided, and whether it would fetch what no index has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import ToolFailure
from advisor_core.lockfiles.formats import TOOL_FORMATS, read_entries
from advisor_core.manifests.toml_lines import parse_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from advisor_core.model import Manifest, Stack

__all__ = ["check_decided", "decided_versions", "project_tables", "require_indexes_only"]

_ELSEWHERE = frozenset(("git", "hg", "svn", "url", "file"))


def decided_versions(stacks: Mapping[str, Stack]) -> dict[str, str]:
    """Return the version of every package of the stacks, by name."""
    return {
        name: pin.version for stack in stacks.values() for name, pin in sorted(stack.pins.items())
    }


def check_decided(tool: str, text: bytes, stacks: Mapping[str, Stack]) -> None:
    """Raise ToolFailure when a lock has not the decided versions.

    A package that only an extra or a group has may be missing: PDM locks those that its lock names.
    """
    locked: dict[str, set[str | None]] = {}
    for entry in read_entries(tool, text, TOOL_FORMATS[tool]).entries:
        locked.setdefault(entry.name, set()).add(entry.version)
    needed = stacks["default"].pins if "default" in stacks else {}
    wrong = [
        f"{name}: {version} was decided, {', '.join(sorted(map(str, found))) or 'none'} is locked"
        for name, version in decided_versions(stacks).items()
        if version not in (found := locked.get(name, set())) and (found or name in needed)
    ]
    if wrong:
        raise ToolFailure(f"{tool} locked other versions:\n" + "\n".join(wrong))


def project_tables(manifest: Manifest, tool: str) -> Mapping[str, object]:
    """Return the table of a tool in the project's `pyproject.toml`, empty when there is none."""
    document, _ = parse_toml(manifest.path, manifest.files[manifest.path])
    tools = document.get("tool")
    table = tools.get(tool) if isinstance(tools, dict) else None
    return table if isinstance(table, dict) else {}


def require_indexes_only(manifest: Manifest, tool: str) -> None:
    """Raise ToolFailure when the tool's table names repositories or addresses to fetch code from.

    As for a folder of files, which the tool's copy of the project has not.
    """
    folder = next((source for source in manifest.sources if source.is_folder), None)
    if folder is not None:
        raise ToolFailure(
            f"{manifest.path}: {tool} is not given the files of a folder: {folder.url!r}",
            hint="lock by hand, or have the files on an index or a page of links",
        )
    for key in _tables_with(project_tables(manifest, tool), _ELSEWHERE, 0):
        raise ToolFailure(
            f"{manifest.path}: `[tool.{tool}]` names `{key}`, which is not fetched here",
            hint="require a released version, or lock by hand",
        )


def _tables_with(value: object, keys: frozenset[str], depth: int) -> Iterator[str]:
    """Yield the keys of dependency tables among `keys`; an index's own table has an url, too."""
    if isinstance(value, dict):
        if depth:
            yield from (key for key in keys & value.keys() if isinstance(value[key], str))
        for key, inner in value.items():
            if key not in ("index", "source", "scripts", "build", "urls"):
                yield from _tables_with(inner, keys, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _tables_with(inner, keys, depth + 1)

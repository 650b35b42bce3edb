"""What changed between two trees, file by file, as GitHub shows it. Reads a `GitStore`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes.github.store import GitStore

__all__ = ["FileChange", "changed_files", "changed_lines", "changed_paths", "patch_text"]

_STATUS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "T": "changed"}

_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file."""

    path: str
    previous_path: str | None
    status: str
    """added, modified, removed, renamed or changed."""
    sha: str
    """The blob after the change; before it, for a removed file."""
    additions: int
    deletions: int
    patch: str | None
    """Hunks only; None for binary files."""


def changed_files(store: GitStore, old: str, new: str) -> list[FileChange]:
    """Return the changes from the tree or commit `old` to `new`, in order of path."""
    return list(store.once(("changes", old, new), lambda: _changed_files(store, old, new)))


def _changed_files(store: GitStore, old: str, new: str) -> list[FileChange]:
    raw = store.run("diff-tree", "-r", "-z", "--raw", "-M", old, new).decode()
    fields = raw.split("\0")
    changes = []
    position = 0
    while position < len(fields) - 1:
        _, _, before, after, status = fields[position].split(" ")
        position += 1
        paths = [fields[position]]
        position += 1
        if status[0] in "RC":
            paths.append(fields[position])
            position += 1
        patch, additions, deletions = _file_patch(store, old, new, paths)
        changes.append(
            FileChange(
                path=paths[-1],
                previous_path=paths[0] if len(paths) == 2 else None,
                status=_STATUS[status[0]],
                sha=before if status == "D" else after,
                additions=additions,
                deletions=deletions,
                patch=patch,
            )
        )
    return sorted(changes, key=lambda change: change.path)


def _file_patch(
    store: GitStore, old: str, new: str, paths: list[str]
) -> tuple[str | None, int, int]:
    out = store.run("diff-tree", "-p", "-M", "--no-color", old, new, "--", *paths)
    text = out.decode(errors="replace")
    start = text.find("\n@@ ")
    if start < 0:
        return None, 0, 0
    patch = text[start + 1 :].removesuffix("\n")
    lines = patch.split("\n")
    return (
        patch,
        sum(line.startswith("+") for line in lines),
        sum(line.startswith("-") for line in lines),
    )


def changed_paths(store: GitStore, old: str, new: str) -> dict[str, list[str]]:
    """Return the paths `added`, `modified` and `removed` (the lists of a push event's commit)."""
    command = ("diff-tree", "-r", "-z", "--name-status", "--no-renames", old, new)
    fields = store.once(command, lambda: store.run(*command).decode()).split("\0")[:-1]
    result: dict[str, list[str]] = {"added": [], "modified": [], "removed": []}
    for status, path in zip(fields[::2], fields[1::2], strict=True):
        result[{"A": "added", "D": "removed"}.get(status, "modified")].append(path)
    return result


def changed_lines(change: FileChange) -> set[int]:
    """Return the numbers of the new file's lines that the diff shows (with its context)."""
    shown: set[int] = set()
    for start, count in _HUNK.findall(change.patch or ""):
        shown.update(range(int(start), int(start) + int(count or 1)))
    return shown


def patch_text(store: GitStore, old: str, new: str) -> str:
    """Return the whole diff (media type `application/vnd.github.diff`)."""
    return store.run("diff-tree", "-p", "-M", "--no-color", old, new).decode(errors="replace")

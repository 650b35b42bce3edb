"""Several projects of one repository: which folders they are in, and their change as one.

A folder is a project when a manifest and its lockfile are in it: somebody keeps the lockfile, so Thoth
may. Other folders are left alone unless `projects` of the configuration names them. Performs no I/O of its
own: files come through `Files`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.config.schema import MOST_PROJECTS
from advisor_core.lockfiles.formats import TOOL_FORMATS
from advisor_core.outcome import FurtherLock
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from advisor_core.manifests.interface import Files
    from advisor_core.outcome import LockOutcome

__all__ = ["discover_projects", "join_projects"]

_PAIRS = (
    ("Pipfile", frozenset(("Pipfile.lock",))),
    ("pyproject.toml", frozenset(("pylock.toml", *TOOL_FORMATS.values()))),
    ("requirements.in", frozenset(("requirements.txt",))),
)
"""Manifests, each with the lockfiles of which one must be beside it."""

_MOST_DEPTH = 4
"""Folders below the root: `services/shop/api/backend` is the deepest that is looked at."""

_MOST_FOLDERS = 500
"""Folders looked at, nearest to the root first. Past it the rest is not looked at, which is noted."""

_PASSED_OVER = frozenset(
    (
        "vendor", "vendored", "_vendor", "third_party", "third-party", "thirdparty", "external",
        "node_modules", "site-packages", "venv", "env", "virtualenv", "build", "dist", "target",
        "test", "tests", "testing", "fixtures", "fixture", "testdata", "test_data", "test-data",
        "templates", "__pycache__",
    )
)  # fmt: skip
"""Folders, in lower case, whose manifests are somebody else's, or made to be read by a test."""


def discover_projects(
    files: Files, *, passed_over: Collection[str] = ()
) -> tuple[tuple[str, ...], list[str]]:
    """Return the folders with a manifest and its lockfile, but the root, and notes on bounds reached.

    Nearest to the root first, then by name. `passed_over`: folders that are not entered. Hidden ones, and
    those with vendored code or of tests, are not either. Raises InputError as `Files.list` does.
    """
    found: list[str] = []
    notes: list[str] = []
    level = [""]
    looked_at = 0
    for depth in range(_MOST_DEPTH + 1):
        below: list[str] = []
        for folder in level:
            if looked_at >= _MOST_FOLDERS:
                notes.append(
                    f"only the first {_MOST_FOLDERS} folders were searched for projects; name others "
                    "with `projects`"
                )
                return tuple(found[:MOST_PROJECTS]), notes
            looked_at += 1
            names = files.list(folder) or ()
            if folder and _is_project(names):
                found.append(folder)
            below += [
                path
                for name in names
                if name.endswith("/")
                and not name.startswith(".")
                and name[:-1].lower() not in _PASSED_OVER
                and (path := posixpath.join(folder, name[:-1])) not in passed_over
            ]
        level = below if depth < _MOST_DEPTH else []
    if len(found) > MOST_PROJECTS:
        notes.append(
            f"{len(found)} folders have a lockfile, the first {MOST_PROJECTS} are looked after; "
            "name others with `projects`"
        )
    return tuple(found[:MOST_PROJECTS]), notes


def _is_project(names: Iterable[str]) -> bool:
    present = set(names)
    return any(manifest in present and present & locks for manifest, locks in _PAIRS)


def join_projects(
    outcomes: Sequence[LockOutcome], members: Collection[int]
) -> tuple[list[LockOutcome], dict[int, int]]:
    """Return outcomes with those of several projects as one, and the place of each joined in that one.

    `members`: positions of the projects' outcomes. The first of them that has a stack takes over the
    files that change in the others, so that one pull request has all of them. What is unchanged, or has
    no stack, stays an outcome of its own.
    """
    joined = list(outcomes)
    into = next((at for at in sorted(members) if joined[at].conflict is None), None)
    gone: dict[int, int] = {}
    for at in sorted(members) if into is not None else ():
        other = joined[at]
        if into is None or at <= into or other.status != "improved" or other.new_text is None:
            continue
        first, path = joined[into], other.target.lockfile
        lock = FurtherLock(path, other.old_text, other.new_text, other.target.manifest.path)
        joined[into] = replace(
            first,
            status="improved",
            further=(*first.further, lock, *other.further),
            changes=(
                *first.changes,
                *(
                    replace(change, category=_category(path, change.category))
                    for change in other.changes
                ),
            ),
        )
        gone[at] = into
    return joined, gone


def _category(path: str, category: str) -> str:
    """Return how a category of another project is told: by its lockfile."""
    return path if category == "default" or "/" in category else f"{path} {category}"

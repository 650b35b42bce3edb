"""Finds a path in a git tree, symbolic links followed. Pure: it asks, and the forge fetches.

A walk is a generator: it yields what it has to know and is sent the answer.

    walk = find_entry(root, "src/Pipfile")     needs: the folder `root`, then the folder `src`, ...

`run_walk` and `run_walk_async` drive it. So every forge reads links alike, and refuses those that
leave the repository alike.
"""

from __future__ import annotations

import posixpath
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from advisor_core.errors import InputError
from advisor_core.manifests.interface import MAX_LISTED
from bot.conversation.quoting import plain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = [
    "FOLDER",
    "LINK",
    "MAX_LINK_BYTES",
    "REGULAR",
    "SUBMODULE",
    "Entry",
    "Folder",
    "LinkText",
    "find_entry",
    "find_mode",
    "list_entries",
    "run_walk",
    "run_walk_async",
    "too_large",
]

FOLDER, LINK, SUBMODULE, REGULAR = "040000", "120000", "160000", "100644"
"""Modes of entries; a regular file's begins with `100`."""

_MAX_LINKS = 10
"""How many symbolic links one path may follow before it counts as a loop."""

MAX_LINK_BYTES = 4096
"""The longest target of a symbolic link; Linux allows no longer path."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree."""

    mode: str
    sha: str
    size: int | None = None
    """Bytes, where the forge tells it with the tree."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The walk needs the entries of this tree."""

    sha: str


@dataclass(frozen=True, slots=True)
class LinkText:
    """The walk needs what this symbolic link names."""

    entry: Entry


Result = TypeVar("Result")
Walk = Generator[Folder | LinkText, object, Result]
"""Sent: `Mapping[str, Entry]` by name for a Folder, `str` for a LinkText."""


def find_entry(root: str, path: str) -> Walk[Entry | None]:
    """Find the entry at a path of the tree `root`; None when there is none.

    Raises InputError when the path leaves the repository or enters a submodule, or when links lead
    in a circle.
    """
    todo = _split(path, path)
    done: list[str] = []
    links = 0
    entry: Entry | None = Entry(FOLDER, root)
    while todo:
        name = todo.pop(0)
        folder = yield from _folder(root, done)
        entry = folder.get(name) if folder is not None else None
        if entry is None:
            return None
        if entry.mode == LINK:
            links += 1
            if links > _MAX_LINKS:
                raise InputError.single(plain(path), "symbolic links lead in a circle")
            target = cast("str", (yield LinkText(entry)))
            todo = _split(posixpath.join("/".join(done), target), path) + todo
            done = []
        elif entry.mode == SUBMODULE and todo:
            raise InputError.single(
                plain(path),
                "inside a submodule, which Thoth does not read",
                hint="run Thoth on the submodule's own repository",
            )
        else:
            done.append(name)
    return entry


def list_entries(root: str, path: str) -> Walk[tuple[str, ...] | None]:
    """Find the names in a folder, sorted, those of folders with `/`; None: there is none.

    Raises InputError as `find_entry` does, and for a folder with more than MAX_LISTED names.
    """
    entry = yield from find_entry(root, path)
    if entry is None or entry.mode != FOLDER:
        return None
    entries = cast("Mapping[str, Entry]", (yield Folder(entry.sha)))
    if len(entries) > MAX_LISTED:
        raise InputError.single(
            plain(path), f"more than {MAX_LISTED} files in one folder", hint="move some elsewhere"
        )
    return tuple(
        sorted(
            f"{name}/" if each.mode == FOLDER else name
            for name, each in entries.items()
            if each.mode == FOLDER or each.mode.startswith("100")
        )
    )


def find_mode(root: str, path: str) -> Walk[str]:
    """Find the mode with which a file is to be written: its own, or `REGULAR` when it is new.

    Follows no link. Raises InputError when something else than a file is in its place.
    """
    *folders, name = path.split("/")
    above = root
    for part in folders:
        entries = cast("Mapping[str, Entry]", (yield Folder(above)))
        entry = entries.get(part)
        if entry is None:
            return REGULAR
        if entry.mode != FOLDER:
            raise InputError.single(plain(path), f"not a folder: {plain(part)!r}")
        above = entry.sha
    entry = cast("Mapping[str, Entry]", (yield Folder(above))).get(name)
    if entry is None:
        return REGULAR
    if not entry.mode.startswith("100"):
        raise InputError.single(
            plain(path),
            "not a regular file, so Thoth does not write it",
            hint="replace the symbolic link or folder by a file",
        )
    return entry.mode


def too_large(path: str, *, size: int, limit: int) -> InputError:
    """Return the error for a file that is larger than what is read."""
    return InputError.single(
        plain(path),
        f"larger than {limit} bytes: {size}",
        hint="a manifest or lockfile of this size is not read",
    )


def run_walk(walk: Walk[Result], answer: Callable[[Folder | LinkText], object]) -> Result:
    """Drive a walk to its end. Raises what the walk and `answer` raise."""
    try:
        asked = next(walk)
        while True:
            asked = walk.send(answer(asked))
    except StopIteration as end:
        return cast("Result", end.value)


async def run_walk_async(
    walk: Walk[Result], answer: Callable[[Folder | LinkText], Awaitable[object]]
) -> Result:
    """Drive a walk to its end. Raises what the walk and `answer` raise."""
    try:
        asked = next(walk)
        while True:
            asked = walk.send(await answer(asked))
    except StopIteration as end:
        return cast("Result", end.value)


def _folder(root: str, names: list[str]) -> Walk[Mapping[str, Entry] | None]:
    """Find the entries of a folder, None when there is no such folder."""
    entries = cast("Mapping[str, Entry]", (yield Folder(root)))
    for name in names:
        entry = entries.get(name)
        if entry is None or entry.mode != FOLDER:
            return None
        entries = cast("Mapping[str, Entry]", (yield Folder(entry.sha)))
    return entries


def _split(path: str, asked: str) -> list[str]:
    """Return the parts of a normalized path. Raises InputError when it leaves the repository."""
    normal = posixpath.normpath(path)
    if "\0" in path or normal == ".." or normal.startswith(("/", "../")):
        raise InputError.single(
            plain(asked),
            "leaves the repository",
            hint="only files inside the repository are read; replace the link by the file it names",
        )
    return [part for part in normal.split("/") if part != "."]

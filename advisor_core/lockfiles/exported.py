"""A requirements file that repeats a lockfile for tools that read only such: kept true to it.

`pipenv requirements`, `uv export` and `poetry export` write one, a person maybe, too. It is known by what
it pins: exactly the packages of some categories of the lock, at the lock's versions. Then the lines of
packages that change in the lock change in it, and no others. Performs no I/O.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.markers import normal_marker
from advisor_core.lockfiles.requirements_document import parse_document
from advisor_core.lockfiles.requirements_txt import read_requirements_lock
from advisor_core.lockfiles.requirements_update import WantedPin, update_document
from advisor_core.standards import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from advisor_core.lockfiles.entries import LockedEntry, LockedFile
    from advisor_core.lockfiles.requirements_document import Block
    from advisor_core.model import Stack

__all__ = ["update_export"]

_MOST_CATEGORIES = 8
"""Categories of which combinations are tried; of more only each alone, `default` with each, and all."""


def update_export(
    data: bytes, before: LockedFile, after: LockedFile, stacks: Mapping[str, Stack]
) -> bytes | None:
    """Return the file with what changed from one lock to the other; None when it is no export of it."""
    try:
        pinned = read_requirements_lock(data)["default"]
        document = parse_document(data)
    except InputError:
        return None
    categories = _repeated(pinned, before)
    if categories is None:
        return None
    old, new = _entries(before, categories), _entries(after, categories)
    blocks = {block.name: block for block in document.blocks if block.name is not None}
    wanted = [
        _wanted(entry, old.get(name), blocks.get(name), stacks, set(old))
        for name, entry in sorted(new.items())
        if entry.hashes or not any(block.hashes for block in blocks.values())
    ]
    return update_document(document, wanted).render()


def _repeated(pinned: Mapping[str, str], lock: LockedFile) -> tuple[str, ...] | None:
    """Return the fewest categories that pin exactly the same, None when none do."""
    if not pinned:
        return None
    for categories in _combinations(lock):
        versions = {name: entry.version for name, entry in _entries(lock, categories).items()}
        if versions == pinned:
            return categories
    return None


def _combinations(lock: LockedFile) -> Iterator[tuple[str, ...]]:
    known = list(dict.fromkeys(name for entry in lock.entries for name in entry.categories))
    known.sort(key=lambda name: name != "default")
    if len(known) <= _MOST_CATEGORIES:
        for count in range(1, len(known) + 1):
            yield from combinations(known, count)
        return
    yield from ((name,) for name in known)
    yield from (("default", name) for name in known if name != "default")
    yield tuple(known)


def _entries(lock: LockedFile, categories: tuple[str, ...]) -> dict[str, LockedEntry]:
    wanted = set(categories)
    found: dict[str, LockedEntry] = {}
    for entry in lock.entries:
        if entry.version is not None and wanted.intersection(entry.categories):
            found.setdefault(entry.name, entry)
    return found


def _wanted(
    entry: LockedEntry,
    old: LockedEntry | None,
    block: Block | None,
    stacks: Mapping[str, Stack],
    before: set[str],
) -> WantedPin:
    """Return a package as it shall be in the file."""
    pins = [stack.pins[entry.name] for stack in stacks.values() if entry.name in stack.pins]
    extras = tuple(sorted({extra for pin in pins for extra in pin.extras}))
    marker = entry.marker
    via = {edge.parent for pin in pins for edge in pin.required_by if edge.parent is not None}
    if block is not None:
        present = parse_requirement(block.requirement)
        extras = present.extras
        # Who is no package of the lock is a file or a project: that still requires it.
        via |= {name for name in block.via or () if name not in before}
        if old is None or not _same(present.marker, old.marker) or _same(old.marker, marker):
            marker = present.marker
        unchanged = old is not None and old.version == entry.version
        if (unchanged and set(old.hashes if old else ()) == set(entry.hashes)) or not pins:
            via = set(block.via or ())
    return WantedPin(
        entry.name,
        entry.version or "",
        extras,
        # What is there may be fewer than the lock has, where nothing changed.
        tuple(sorted(_hashes(entry, old, block))),
        marker,
        tuple(sorted(via)),
    )


def _hashes(entry: LockedEntry, old: LockedEntry | None, block: Block | None) -> tuple[str, ...]:
    same = old is not None and old.version == entry.version
    if same and block is not None and block.hashes:
        return block.hashes
    return entry.hashes


def _same(first: str | None, second: str | None) -> bool:
    if first is None or second is None:
        return first is second
    try:
        return normal_marker(first) == normal_marker(second)
    except ValueError:
        return first == second

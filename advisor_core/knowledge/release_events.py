"""What happened to a package between two looks at its page. Pure.

    {"1.0": ...} then {"1.0": ..., "1.1": ...}   ->   released 1.1

A release is yanked when all of its files are (PEP 592 speaks of files). The first look is no event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Event", "EventKind", "FileState", "PageState", "compare_pages"]

EventKind = Literal[
    "released",
    "yanked",
    "unyanked",
    "vanished",
    "hash-changed",
    "requires-python-changed",
    "advisory",
    "advisory-withdrawn",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has consequences for who locks the package."""

    kind: EventKind
    package: str
    """PEP 503 normalized."""
    version: str | None
    """None: not about one release."""
    subject: str
    """The index's URL, or the advisory's identifier."""
    detail: str = ""
    """In words. Holds foreign text: escape."""
    severity: str | None = None
    """Of an advisory."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What of a file is compared."""

    hashes: str
    """`sha256:...`, several separated by blanks; empty when the index gives none."""
    yanked: str | None
    """None: not yanked; else the reason, possibly empty."""
    requires_python: str | None


PageState = "Mapping[str, Mapping[str, FileState]]"
"""Version to filename to file, of what the index lists."""


def compare_pages(
    old: Mapping[str, Mapping[str, FileState]],
    new: Mapping[str, Mapping[str, FileState]],
    *,
    package: str,
    index_url: str,
) -> list[Event]:
    """Return what happened from `old` to `new`, by version, in the order of the kinds above."""
    events = [
        Event(kind, package, version, index_url, detail)
        for version in sorted({*old, *new})
        for kind, detail in _compare_release(old.get(version), new.get(version))
    ]
    return sorted(events, key=lambda event: event.version or "")


def _compare_release(
    old: Mapping[str, FileState] | None, new: Mapping[str, FileState] | None
) -> Iterator[tuple[EventKind, str]]:
    if new is None:
        yield "vanished", "the index lists it no more"
        return
    if old is None:
        if not _is_yanked(new):
            yield "released", ""
        return
    if _is_yanked(new) and not _is_yanked(old):
        reasons = sorted({file.yanked for file in new.values() if file.yanked})
        yield "yanked", "; ".join(reasons)
    elif _is_yanked(old) and not _is_yanked(new):
        yield "unyanked", ""
    both = sorted(old.keys() & new.keys())
    for filename in both:
        if _contradict(old[filename].hashes, new[filename].hashes):
            yield "hash-changed", filename
            break
    for filename in both:
        before, after = old[filename].requires_python, new[filename].requires_python
        if before != after:
            yield "requires-python-changed", f"{before or 'any'} became {after or 'any'}"
            break


def _is_yanked(files: Mapping[str, FileState]) -> bool:
    return bool(files) and all(file.yanked is not None for file in files.values())


def _contradict(old: str, new: str) -> bool:
    """Return whether the two give different digests by one algorithm: another one alone is no change."""
    before = dict(word.split(":", 1) for word in old.split() if ":" in word)
    after = dict(word.split(":", 1) for word in new.split() if ":" in word)
    return any(before[name] != after[name] for name in before.keys() & after.keys())

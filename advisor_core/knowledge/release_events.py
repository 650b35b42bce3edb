"""What happened to a package between two looks at its page. Pure.

    {"1.0": ...} then {"1.0": ..., "1.1": ...}   ->   released 1.1

A release is yanked when all of its files are (PEP 592 speaks of files). Files that come later are news as
the release is: a wheel often follows its sdist. Of the first look `compare_first` tells what is news.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from packaging.version import InvalidVersion, Version

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["Event", "EventKind", "FileState", "PageState", "compare_first", "compare_pages"]

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
    uploaded_at: int | None = None
    """Epoch seconds; None: the index does not say."""


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


def compare_first(
    new: Mapping[str, Mapping[str, FileState]],
    locked: Collection[str],
    since: int,
    *,
    package: str,
    index_url: str,
) -> list[Event]:
    """Return what happened between the advice that somebody had and the first look at the page.

    `locked`: the versions that somebody locks; `since`: when the earliest of them had advice. Where the
    index does not say when files came, a release is news that is newer than all that is locked.
    """
    newest = max(map(_order, locked), default=None)
    events = []
    for version, files in new.items():
        if _is_yanked(files):
            if version in locked:
                reasons = sorted({file.yanked for file in files.values() if file.yanked})
                events.append(Event("yanked", package, version, index_url, "; ".join(reasons)))
            continue
        times = [file.uploaded_at for file in files.values() if file.uploaded_at is not None]
        if max(times) >= since if times else newest is not None and _order(version) > newest:
            events.append(Event("released", package, version, index_url))
    return sorted(events, key=lambda event: event.version or "")


def _order(version: str) -> tuple[bool, Version]:
    """Return what versions are compared by; those that are not PEP 440 come first."""
    try:
        return True, Version(version)
    except InvalidVersion:
        return False, Version("0")


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
    elif any(new[name].yanked is None for name in new.keys() - old.keys()):
        yield "released", "files came later"
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

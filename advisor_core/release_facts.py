"""What an index tells of a release besides what a resolver needs, and what is worth a look in a change. Pure.

flask 3.0 -> 3.1      no wheel any more; licence BSD-3-Clause -> MIT; 12.0 MB, was 1.1 MB
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ChangeFacts", "ReleaseFacts", "compare_releases"]

_JUMP = 3
"""So many times as large as before is a jump."""

_SMALLEST_JUMP_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """One release. Texts are foreign: escape."""

    wheels: int = 0
    sdists: int = 0
    largest: int = 0
    """Bytes of its largest file; 0: the index does not say."""
    attested: bool | None = None
    """Whether every file has an attestation (PEP 740); None: unknown."""
    licence: str = ""
    """An SPDX expression (PEP 639), else what the older field says; empty: it says nothing, or is unknown."""
    people: tuple[str, ...] = ()
    """Addresses and names of authors and maintainers, sorted."""
    links: tuple[tuple[str, str], ...] = ()
    """Label and URL of Project-URL, as written."""


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """What is to be known of one changed package."""

    package: str
    old: str | None
    new: str
    links: tuple[tuple[str, str], ...] = ()
    """Of the new release. Foreign: escape, and link to nothing that is not looked at."""
    remarks: tuple[str, ...] = ()
    """What is worth a look, plain text. Foreign parts in it: escape."""


def compare_releases(old: ReleaseFacts | None, new: ReleaseFacts) -> tuple[str, ...]:
    """Return what is worth a look, the weightiest first; `old` None: the package is new here."""
    remarks = []
    if new.sdists and not new.wheels:
        had = ", the release before had wheels" if old is not None and old.wheels else ""
        remarks.append(f"no wheel{had}, so installing it runs its code")
    if old is None:
        return tuple(remarks)
    if old.people and new.people and not set(old.people) & set(new.people):
        remarks.append(f"other maintainers, {_names(new.people)}, before {_names(old.people)}")
    if old.attested and new.attested is False:
        remarks.append("attestations are gone; the release before told who built it")
    elif new.attested and old.attested is False:
        remarks.append("attested now, which tells what pipeline built it (PEP 740)")
    if old.licence and new.licence and old.licence != new.licence:
        remarks.append(f"licence {new.licence[:100]}, before {old.licence[:100]}")
    if old.largest and new.largest >= max(_JUMP * old.largest, _SMALLEST_JUMP_BYTES):
        remarks.append(f"size {_megabytes(new.largest)}, before {_megabytes(old.largest)}")
    return tuple(remarks)


def _names(people: Sequence[str]) -> str:
    shown = ", ".join(each[:60] for each in people[:3])
    return shown + (f" and {len(people) - 3} more" if len(people) > 3 else "")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"

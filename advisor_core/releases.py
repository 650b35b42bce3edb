"""What an index says of a project, in the shape the resolver reads. Performs no I/O of its own.

An index page may list thousands of files; the resolver needs, for each version, only which kinds of
file it has. Versions of one project mostly share a few `shapes` (the set of distinct files kinds), so
a filter is computed once per shape, not once per file. Full `Artifact`s are decoded on demand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.model import Artifact

__all__ = ["CoreMetadata", "FileShape", "ProjectReleases"]


@dataclass(frozen=True, slots=True)
class FileShape:
    """What matters of one artifact for deciding whether it fits an environment."""

    tags: str
    """The compressed tag set of a wheel's filename (PEP 425): `py2.py3-none-any`; empty: an sdist."""
    requires_python: str | None
    yanked: bool


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """The part of a release's core metadata that a resolver reads."""

    name: str
    version: str
    requires_dist: tuple[str, ...]
    """PEP 508 strings as written."""
    requires_python: str | None = None
    provides_extra: tuple[str, ...] = ()


class ProjectReleases(Protocol):
    """One project on one index."""

    @property
    def name(self) -> str:
        """PEP 503 normalized."""

    @property
    def index(self) -> str:
        """Name of the `IndexSource` it came from."""

    @property
    def seen_at(self) -> int | None:
        """When the index said so, or said that it still holds (epoch seconds); None: just now."""

    @property
    def versions(self) -> Sequence[str]:
        """PEP 440 normalized, no repeats, descending. Filenames without a valid version are left out."""

    @property
    def prereleases(self) -> bytes:
        """Bitset over `versions` of pre- and development releases: bit i is `b[i >> 3] >> (i & 7) & 1`."""

    @property
    def shapes(self) -> Sequence[Sequence[FileShape]]:
        """The distinct sets of file shapes, in no order that means something."""

    @property
    def shape_of(self) -> Sequence[int]:
        """Per version, its index in `shapes`."""

    def upload_times(self, position: int) -> tuple[int, int] | None:
        """Return earliest and latest upload (epoch seconds) of the version's files, None if unknown."""

    def match(self, specifier: str) -> bytes:
        """Return the bitset of versions that the PEP 440 specifier set holds, pre-releases included.

        Raises ValueError when the specifier is not PEP 440.
        """

    def artifacts(self, position: int) -> tuple[Artifact, ...]:
        """Return every artifact of the version, in the index's order."""

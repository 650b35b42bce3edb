"""What the declared indexes have of the locked releases.

Each index is asked for itself: `the first index that has the name wins` would hide what the others
have. Performs no I/O of its own: an index is an `IndexAccess` that asks that one only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import IndexFailure
from advisor_core.model import Skipped
from advisor_core.resolver.needs import Needs
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.lockfiles.entries import LockedEntry
    from advisor_core.locking import IndexAccess
    from advisor_core.model import Artifact, IndexSource
    from advisor_core.releases import ProjectReleases

__all__ = ["Holding", "OpenSource", "find_holdings", "normal_url"]


@dataclass(frozen=True, slots=True)
class OpenSource:
    """An index and how to ask it, and no other one."""

    source: IndexSource
    access: IndexAccess


@dataclass(frozen=True, slots=True)
class Holding:
    """One release as one index has it."""

    source: IndexSource
    releases: ProjectReleases
    position: int
    artifacts: tuple[Artifact, ...]

    @property
    def hashes(self) -> frozenset[str]:
        """`algorithm:digest` of every file."""
        return frozenset(
            f"{algorithm}:{digest}"
            for artifact in self.artifacts
            for algorithm, digest in artifact.hashes.items()
        )


def find_holdings(
    entries: Iterable[LockedEntry], sources: Iterable[OpenSource]
) -> Mapping[tuple[str, str], tuple[Holding, ...]]:
    """Return which indexes have each locked release, by name and version, in the indexes' order.

    Raises IndexFailure when an index fails: an absence would be told that is none.
    """
    wanted = dict.fromkeys(
        (entry.name, entry.version) for entry in entries if entry.version is not None
    )
    names = tuple(dict.fromkeys(name for name, _ in wanted))
    found: dict[tuple[str, str], tuple[Holding, ...]] = dict.fromkeys(wanted, ())
    for opened in sources:
        projects = opened.access.fetch(Needs(projects=names)).projects
        for name, version in wanted:
            releases = projects[name]
            if isinstance(releases, Skipped):
                continue
            position = _position(releases, version)
            if position is None:
                continue
            holding = Holding(
                opened.source, releases, position, tuple(releases.artifacts(position))
            )
            found[name, version] += (holding,)
    return found


def normal_url(url: str) -> str:
    """Return an index's URL for comparison: no user, no slash at the end, host in lower case."""
    scheme, separator, rest = url.partition("#")[0].partition("://")
    authority, slash, path = rest.partition("/")
    host = authority.rpartition("@")[2].lower()
    return f"{scheme.lower()}{separator}{host}{slash}{path}".rstrip("/")


def _position(releases: ProjectReleases, version: str) -> int | None:
    """Return where a version is in a project: as spelled, else as equal (`1.0` is `1.0.0`)."""
    versions = list(releases.versions)
    if version in versions:
        return versions.index(version)
    try:
        bits = releases.match(f"=={version}")
    except ValueError as exc:  # versions were read as PEP 440: the project is not what it says
        raise IndexFailure(f"{releases.name}: {exc}") from exc
    return next((i for i in range(len(versions)) if bits[i >> 3] >> (i & 7) & 1), None)

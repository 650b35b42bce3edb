"""Which releases of a project are candidates in an environment, in which order, and why others are not.

Order: newest first. Pre-releases are candidates when asked for by name (a requirement of the manifest
names one, `--pre`, `allow_prereleases`): then they stand where their version puts them; or when they
are needed (PEP 440, handling of pre-releases): then they stand behind every final release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.environment.fit import release_misfit, wheel_rank
from advisor_core.releases import FileShape
from advisor_core.resolver import bits
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.model import Artifact, Environment
    from advisor_core.releases import ProjectReleases
    from advisor_core.resolver.request import Policy

__all__ = ["Admission", "Candidates", "find_candidates", "pick_metadata_artifact"]


@dataclass(frozen=True, slots=True)
class Admission:
    """What is admitted of one project beyond final, unyanked releases."""

    prereleases: str = "no"
    """`no`, `needed` (behind every final release) or `wanted` (where their version puts them)."""
    yanked: frozenset[str] = frozenset()
    """Versions that may be used although yanked, because something pins them exactly (PEP 592)."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The versions of a project in order of preference, with those that cannot be used."""

    releases: ProjectReleases
    order: Sequence[int] | None
    """Preference to position in `releases.versions`; None: the two are the same."""
    rank: Sequence[int] | None
    """Position to preference: the inverse of `order`."""
    unusable: tuple[tuple[bytes, str], ...]
    """Bitsets (by preference) with the reason, a plural predicate: `are yanked`."""

    def __len__(self) -> int:
        """Return how many versions there are, usable or not."""
        return len(self.releases.versions)

    def position(self, preference: int) -> int:
        """Return the position in `releases.versions` of the candidate."""
        return preference if self.order is None else self.order[preference]

    def preference(self, position: int) -> int:
        """Return the candidate of a position in `releases.versions`."""
        return position if self.rank is None else self.rank[position]

    def matching(self, specifier: str) -> bytes:
        """Return the bitset (by preference) of the versions that the specifier holds."""
        matched = (
            self.releases.match(specifier) if specifier else bits.full(len(self.releases.versions))
        )
        return matched if self.rank is None else bits.permute(matched, self.rank)


def find_candidates(
    releases: ProjectReleases, *, environment: Environment, policy: Policy, admission: Admission
) -> Candidates:
    """Return the project's versions with everything that rules some of them out, in an environment."""
    size = len(releases.versions)
    order, rank = _order(releases, admission)
    by_reason: dict[str, bytearray] = {}
    misfits = [
        release_misfit(shape, environment=environment, name=releases.name, policy=policy)
        for shape in releases.shapes
    ]
    shape_of = releases.shape_of
    for shape, reason in enumerate(misfits):
        if reason is not None:
            flags = by_reason.setdefault(reason, bytearray(size))
            for position, own in enumerate(shape_of):
                if own == shape:
                    flags[position] = 1
    if admission.yanked and "are yanked" in by_reason:
        _admit_yanked(releases, by_reason, environment, policy, admission)
    if policy.exclude_newer is not None:
        _exclude_newer(releases, by_reason, policy, environment)
    unusable = []
    if admission.prereleases == "no" and any(releases.prereleases):
        unusable.append((releases.prereleases, "are pre-releases"))
    unusable += [(bits.from_flags(bytes(flags)), reason) for reason, flags in by_reason.items()]
    if rank is not None:
        unusable = [(bits.permute(found, rank), reason) for found, reason in unusable]
    return Candidates(releases, order, rank, tuple(unusable))


def _order(
    releases: ProjectReleases, admission: Admission
) -> tuple[list[int] | None, list[int] | None]:
    if admission.prereleases != "needed" or not any(releases.prereleases):
        return None, None
    size = len(releases.versions)
    late = set(bits.indexes(releases.prereleases))
    order = [position for position in range(size) if position not in late] + sorted(late)
    rank = [0] * size
    for preference, position in enumerate(order):
        rank[position] = preference
    return order, rank


def _admit_yanked(
    releases: ProjectReleases,
    by_reason: dict[str, bytearray],
    environment: Environment,
    policy: Policy,
    admission: Admission,
) -> None:
    for position, version in enumerate(releases.versions):
        if version in admission.yanked and by_reason["are yanked"][position]:
            by_reason["are yanked"][position] = 0
            reason = release_misfit(
                releases.shapes[releases.shape_of[position]],
                environment=environment,
                name=releases.name,
                policy=policy,
                admit_yanked=True,
            )
            if reason is not None:
                by_reason.setdefault(reason, bytearray(len(releases.versions)))[position] = 1


def _exclude_newer(
    releases: ProjectReleases,
    by_reason: dict[str, bytearray],
    policy: Policy,
    environment: Environment,
) -> None:
    """Rule out what was uploaded later; of a release uploaded in part, judge the older files alone."""
    size = len(releases.versions)
    cutoff = policy.exclude_newer
    assert cutoff is not None  # noqa: S101 - the caller's condition
    for position in range(size):
        times = releases.upload_times(position)
        if times is None:
            # PEP 700: a file without an upload time cannot be shown to be old enough.
            reason: str | None = "have no upload time"
        elif times[1] < cutoff:
            continue
        elif times[0] >= cutoff:
            reason = "are newer than the date asked for"
        else:
            older = _shapes_before(releases, position, cutoff)
            reason = release_misfit(
                older, environment=environment, name=releases.name, policy=policy
            )
        if reason is not None:
            by_reason.setdefault(reason, bytearray(size))[position] = 1


def pick_metadata_artifact(
    releases: ProjectReleases, position: int, environment: Environment, *, policy: Policy
) -> Artifact | None:
    """Return the file whose metadata speaks for the release: the wheel that fits best, if any.

    Wheels of one release are taken to agree on their metadata, as every installer takes it; so without
    a fitting wheel another platform's wheel is asked before the sdist, whose metadata may be dynamic.
    """
    best: tuple[int, Artifact] | None = None
    for artifact in releases.artifacts(position):
        if policy.exclude_newer is not None and not _is_older(artifact, policy.exclude_newer):
            continue
        if artifact.is_wheel:
            rank = wheel_rank(artifact.filename, environment)
            key = rank if rank is not None else 1_000_000
        else:
            key = 2_000_000
        if best is None or key < best[0]:
            best = (key, artifact)
    return best[1] if best else None


def _shapes_before(releases: ProjectReleases, position: int, cutoff: int) -> list[FileShape]:
    return [
        FileShape(
            "-".join(artifact.filename.removesuffix(".whl").rsplit("-", 3)[1:])
            if artifact.is_wheel
            else "",
            artifact.requires_python,
            artifact.yanked is not None,
        )
        for artifact in releases.artifacts(position)
        if _is_older(artifact, cutoff)
    ]


def _is_older(artifact: Artifact, cutoff: int) -> bool:
    return artifact.upload_time is not None and artifact.upload_time < cutoff

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
    from collections.abc import Iterable

    from advisor_core.model import Artifact, Environment
    from advisor_core.releases import ProjectReleases
    from advisor_core.resolver.request import Policy

__all__ = ["Admission", "Candidates", "pick_metadata_artifact"]

_TRIES = 8
"""Releases judged one by one before all of a project are."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What is admitted of one project beyond final, unyanked releases."""

    prereleases: str = "no"
    """`no`, `needed` (behind every final release) or `wanted` (where their version puts them)."""
    yanked: frozenset[str] = frozenset()
    """Versions that may be used although yanked, because something pins them exactly (PEP 592)."""


class Candidates:
    """The versions of a project in order of preference, with those that cannot be used.

    Whether a release has a file that fits is looked at when the release is come to: for most projects
    that is one release of hundreds.
    """

    __slots__ = (
        "_admission", "_environment", "_misfits", "_policy", "_unusable", "order", "rank", "releases"
    )  # fmt: skip

    def __init__(
        self,
        releases: ProjectReleases,
        *,
        environment: Environment,
        policy: Policy,
        admission: Admission,
    ) -> None:
        self.releases = releases
        self.order, self.rank = _order(releases, admission)
        """Preference to position in `releases.versions` and back; None: the two are the same."""
        self._environment = environment
        self._policy = policy
        self._admission = admission
        self._misfits: dict[int, str | None] = {}
        self._unusable: tuple[tuple[bytes, str], ...] | None = None

    def __len__(self) -> int:
        """Return how many versions there are, usable or not."""
        return len(self.releases.versions)

    def position(self, preference: int) -> int:
        """Return the position in `releases.versions` of the candidate."""
        return preference if self.order is None else self.order[preference]

    def preference(self, position: int) -> int:
        """Return the candidate at a position of `releases.versions`: the inverse of `position`."""
        return position if self.rank is None else self.rank[position]

    def matching(self, specifier: str) -> bytes:
        """Return the bitset (by preference) of the versions that the specifier holds."""
        matched = (
            self.releases.match(specifier) if specifier else bits.full(len(self.releases.versions))
        )
        return matched if self.rank is None else bits.permute(matched, self.rank)

    @property
    def hidden(self) -> bytes:
        """The bitset (by preference) of pre-releases that are not admitted; empty if none is there."""
        found = self.releases.prereleases
        return found if self._admission.prereleases == "no" and any(found) else b""

    @property
    def unusable(self) -> tuple[tuple[bytes, str], ...]:
        """Bitsets (by preference) with the reason, a plural predicate: `are yanked`. O(versions)."""
        if self._unusable is None:
            by_reason: dict[str, bytearray] = {}
            for position in range(len(self)):
                reason = self.misfit(position)
                if reason is not None:
                    by_reason.setdefault(reason, bytearray(len(self)))[position] = 1
            found = [(self.hidden, "are pre-releases")] if self.hidden else []
            for reason, flags in by_reason.items():
                positions = bits.from_flags(bytes(flags))
                by_preference = (
                    positions if self.rank is None else bits.permute(positions, self.rank)
                )
                found.append((by_preference, reason))
            self._unusable = tuple(found)
        return self._unusable

    def misfit(self, position: int) -> str | None:
        """Return why the release at a position has no file that can be used; None if it has one."""
        cutoff = self._policy.exclude_newer
        if cutoff is not None:
            reason, judged = self._judge_age(position, cutoff)
            if judged:
                return reason
        if self._admission.yanked and self.releases.versions[position] in self._admission.yanked:
            return self._judge(self._shape(position), admit_yanked=True)
        shape = self.releases.shape_of[position]
        if shape not in self._misfits:
            self._misfits[shape] = self._judge(self.releases.shapes[shape])
        return self._misfits[shape]

    def first_usable(self, allowed: int) -> int | None:
        """Return the most preferred candidate of an integer bitset that can be used, None if none can."""
        allowed &= ~int.from_bytes(self.hidden, "little")
        for _try in range(_TRIES):
            if not allowed:
                return None
            preference = (allowed & -allowed).bit_length() - 1
            if self.misfit(self.position(preference)) is None:
                return preference
            allowed &= allowed - 1
        for unusable, _reason in self.unusable:
            allowed &= ~int.from_bytes(unusable, "little")
        return (allowed & -allowed).bit_length() - 1 if allowed else None

    def _shape(self, position: int) -> Iterable[FileShape]:
        return self.releases.shapes[self.releases.shape_of[position]]

    def _judge(self, shapes: Iterable[FileShape], *, admit_yanked: bool = False) -> str | None:
        return release_misfit(
            shapes,
            environment=self._environment,
            name=self.releases.name,
            policy=self._policy,
            admit_yanked=admit_yanked,
        )

    def _judge_age(self, position: int, cutoff: int) -> tuple[str | None, bool]:
        """Return the reason and True when the age decides; of a release uploaded in part, judge the rest."""
        times = self.releases.upload_times(position)
        if times is None:
            # PEP 700: a file without an upload time cannot be shown to be old enough.
            return "have no upload time", True
        if times[1] < cutoff:
            return None, False
        if times[0] >= cutoff:
            return "are newer than the date asked for", True
        older = _shapes_before(self.releases, position, cutoff)
        admit = self.releases.versions[position] in self._admission.yanked
        return self._judge(older, admit_yanked=admit), True


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

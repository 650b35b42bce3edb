"""A pipeline in which some packages go to their newest release, and nothing else moves without need. Pure.

Where `SmallestChange` asks for the fewest changes, this one asks first that the named packages are free of
known vulnerabilities and as new as every requirement and rule allows, and then for the fewest changes of all
others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advising.smallest_change import SmallestChange
from advisor_core.pipeline.interface import PackageJudgement, ScorePart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.advisories.interface import AdvisorySource
    from advisor_core.pipeline.interface import PackageCandidates, Prepared

__all__ = ["NEWNESS_POINTS", "OnlyMoved"]

NEWNESS_POINTS = 100_000_000_000
"""For each release by which a named package is older than its newest. The changes of a thousand other
packages cost as much; 50 named packages at their oldest stay far inside 64 bits."""

_MOST_STEPS = 4_000


class OnlyMoved(SmallestChange):
    """A `Prepared` around another one."""

    def __init__(
        self, inner: Prepared, names: Iterable[str], *, advisories: AdvisorySource | None = None
    ) -> None:
        """`names` are PEP 503 normalized. Without `advisories` no release is known to be vulnerable."""
        super().__init__(inner)
        self._names = frozenset(names)
        self._advisories = advisories

    def judge_package(self, package: PackageCandidates) -> PackageJudgement:
        """Return what each release costs."""
        held = super().judge_package(package)
        if package.name not in self._names:
            return held
        versions = [release.version for release in package.releases]
        known = (
            self._advisories.affecting(package.name, versions)
            if self._advisories is not None
            else [()] * len(versions)
        )
        parts = {}
        for place, (version, advisories) in enumerate(zip(versions, known, strict=True)):
            # A vulnerable release is worse than the oldest one that is not.
            steps = min(place, _MOST_STEPS) + (_MOST_STEPS + 1 if advisories else 0)
            if steps:
                parts[version] = (ScorePart("newest", -NEWNESS_POINTS * steps, "asked for"),)
        return PackageJudgement(held.removals, parts)

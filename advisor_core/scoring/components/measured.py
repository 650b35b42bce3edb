"""Measured evidence: what builds, imports, CI runs and benchmarks said of a release.

The only components that may give points instead of deducting: a release that was measured to be faster
is worth more than the ideal release of which nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.scoring.interface import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.pipeline.interface import Level
    from advisor_core.scoring.interface import Observed, ScoredPackage

__all__ = ["Observations", "Performance"]

MAXIMUM_PERCENT = 50
"""How much faster or slower counts; a larger difference is rather a mistake of the measurement."""


class Observations:
    """Counts the share of builds, imports and CI runs that failed."""

    name = "observations"
    level: Level = "main"
    rule = (
        "-10 times the share of builds, imports and CI runs with the release that failed, rounded down; "
        "0 when none is known, and 0 when all passed."
    )

    def amounts(self, package: ScoredPackage) -> Sequence[int]:
        """Return the amounts."""
        return [
            -_failing(package.observed.get(release.version))
            for release in package.candidates.releases
        ]

    def findings(self, package: ScoredPackage, place: int) -> Sequence[tuple[int, Finding]]:
        """Return how many failed."""
        observed = package.observed.get(package.candidates.releases[place].version)
        amount = _failing(observed)
        if observed is None or not amount:
            return ()
        message = f"{observed.failed} of {observed.failed + observed.passed} observations failed"
        source = observed.source or "observations"
        return ((-amount, Finding(message, source, observed.link, "WARNING")),)


class Performance:
    """Counts by how much a release was measured to be faster."""

    name = "performance"
    level: Level = "main"
    rule = (
        "+1 for each percent that the release was measured to be faster than the package's reference, "
        f"-1 for each percent slower, at most {MAXIMUM_PERCENT}; 0 when it was not measured."
    )

    def amounts(self, package: ScoredPackage) -> Sequence[int]:
        """Return the amounts."""
        return [
            _faster(package.observed.get(release.version))
            for release in package.candidates.releases
        ]

    def findings(self, package: ScoredPackage, place: int) -> Sequence[tuple[int, Finding]]:
        """Return what was measured."""
        observed = package.observed.get(package.candidates.releases[place].version)
        amount = _faster(observed)
        if observed is None or not amount:
            return ()
        message = f"measured {abs(amount)} % {'faster' if amount > 0 else 'slower'}"
        return ((amount, Finding(message, observed.source or "a measurement", observed.link)),)


def _failing(observed: Observed | None) -> int:
    if observed is None or not observed.failed:
        return 0
    return 10 * observed.failed // (observed.failed + observed.passed)


def _faster(observed: Observed | None) -> int:
    if observed is None or observed.faster_percent is None:
        return 0
    return max(-MAXIMUM_PERCENT, min(MAXIMUM_PERCENT, observed.faster_percent))

"""Measured evidence: what builds, imports, CI runs and benchmarks said of a release.

The only components that may give points instead of deducting: a release that was measured to be faster
is worth more than the ideal release of which nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.scoring.estimate import credible_percent, deduction
from advisor_core.scoring.interface import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.pipeline.interface import Level
    from advisor_core.scoring.interface import Observed, ScoredPackage

__all__ = ["OWN_FAILED", "Observations", "Performance", "describe_observed", "failing"]

MAXIMUM_PERCENT = 50
"""How much faster or slower counts; a larger difference is rather a mistake of the measurement."""


OWN_FAILED = "failed in this repository"
"""What is said of it."""

OWN_FAILURE = 3
"""Deducted for each hundredth of a failure that the repository itself has seen, of this change alone: that
is more than twenty releases of a direct package weigh, and it will fail again."""


class Observations:
    """Counts by how much the release fails more often than one of which nothing is known."""

    name = "observations"
    level: Level = "main"
    rule = (
        "the passes P and the failures F, as far as they are put down to the release, give the estimate "
        "(1 + F) / (4 + F + P): -1 for each hundredth of the way from 1/4 to 1 that it is above 1/4; -300 "
        "where the release failed in this very repository; 0 when nothing is known, and 0 when all passed."
    )

    def amounts(self, package: ScoredPackage) -> Sequence[int]:
        """Return the amounts."""
        return [
            -failing(package.observed.get(release.version))
            for release in package.candidates.releases
        ]

    def findings(self, package: ScoredPackage, place: int) -> Sequence[tuple[int, Finding]]:
        """Return how many failed."""
        observed = package.observed.get(package.candidates.releases[place].version)
        amount = failing(observed)
        if observed is None or not amount:
            return ()
        source = observed.source or "observations"
        finding = Finding(describe_observed(observed), source, observed.link, "WARNING")
        return ((-amount, finding),)


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


def failing(observed: Observed | None) -> int:
    """Return what is deducted for failures, at least 0."""
    if observed is None or not observed.failed:
        return 0
    blame = 100 * observed.failed if observed.blame is None else observed.blame
    return max(deduction(observed.passed, blame), OWN_FAILURE * observed.own_blame)


def describe_observed(observed: Observed) -> str:
    """Return what was seen, with its counts and how much that says. Empty: nothing was."""
    seen = observed.passed + observed.failed
    flaky = ""
    if observed.flaky:
        flaky = f"{observed.flaky} with checks that come to both outcomes"
    if not seen:
        return flaky and f"nothing but {flaky}"
    low, high = credible_percent(observed.passed, observed.failed)
    if observed.passed:
        how = f"seen to pass in {observed.passed} of {seen} {observed.voters} here"
    else:
        how = f"failed in {observed.failed} of {seen} {observed.voters} here"
        if observed.blame is not None and observed.blame < 100 * observed.failed:
            how += ", among other changes"
    rate = f"{low} to {high} % fail, with 90 % credibility"
    own = f"{OWN_FAILED}; " if observed.own_blame else ""
    return f"{own}{how} ({rate}{'; besides ' + flaky if flaky else ''})"


def _faster(observed: Observed | None) -> int:
    if observed is None or observed.faster_percent is None:
        return 0
    return max(-MAXIMUM_PERCENT, min(MAXIMUM_PERCENT, observed.faster_percent))

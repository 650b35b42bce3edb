"""How far a release is behind the newest one that can be used, in releases and in days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.scoring.interface import INDEX, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.pipeline.interface import Level
    from advisor_core.scoring.interface import ScoredPackage

__all__ = ["Freshness"]

FULL_STEPS = 20
"""Releases passed over that count in full. Some projects release daily: past these, ten count as one."""

DAYS = 91
"""A quarter of a year: what makes a release passed over count half as much again."""

_DAY_SECONDS = 86_400


class Freshness:
    """Counts the releases passed over, and the quarters since."""

    name = "freshness"
    level: Level = "main"
    rule = (
        f"-2 for each newer release, the first {FULL_STEPS}; then -1 for each further ten; -1 more for "
        f"each full {DAYS} days that the newest is younger, at most one for each newer release. Twice "
        "that for a package that the manifest itself requires. Pre-releases are no newer releases "
        "unless they are wanted."
    )

    def amounts(self, package: ScoredPackage) -> Sequence[int]:
        """Return the amounts; linear in the releases."""
        factor = 2 if package.candidates.direct else 1
        found: list[int] = []
        newer = quarters = 0
        newest_at: int | None = None
        for release in package.candidates.releases:
            counts = package.prereleases_wanted or not release.prerelease
            if newer and newest_at is not None and release.uploaded_at is not None:
                behind = (newest_at - release.uploaded_at) // (DAYS * _DAY_SECONDS)
                quarters = max(quarters, min(quarters + 1, behind))
            here = 0 if not newer else _steps(newer) + min(quarters, newer)
            found.append(-factor * here)
            if counts and release.yanked is None:
                newer += 1
                newest_at = release.uploaded_at if newer == 1 else newest_at
        return found

    def findings(self, package: ScoredPackage, place: int) -> Sequence[tuple[int, Finding]]:
        """Return how far behind the release is."""
        amount = self.amounts(package)[place]
        if not amount:
            return ()
        before = [
            release
            for release in package.candidates.releases[:place]
            if release.yanked is None and (package.prereleases_wanted or not release.prerelease)
        ]
        noun = "release" if len(before) == 1 else "releases"
        message = f"{len(before)} {noun} behind {before[0].version}"
        here = package.candidates.releases[place].uploaded_at
        newest = before[0].uploaded_at
        days = 0 if here is None or newest is None else (newest - here) // _DAY_SECONDS
        if days > 0:
            message += f", which is {days} {'day' if days == 1 else 'days'} younger"
        return ((amount, Finding(message, INDEX)),)


def _steps(newer: int) -> int:
    return 2 * min(newer, FULL_STEPS) + max(newer - FULL_STEPS, 0) // 10

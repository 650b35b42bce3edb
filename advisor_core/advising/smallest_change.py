"""A pipeline that holds to the present lockfile: each change costs more than everything else can gain. Pure.

With levels `security` before `main` the best stack is then the one that removes the most of known
vulnerabilities with the fewest changes, and among those with the shortest steps. Removals and terms of the
pipeline it is put around hold as before; its points do not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import PackageJudgement, ScorePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.pipeline.interface import (
        FinalStack,
        Justification,
        MatchTerm,
        PackageCandidates,
        Prepared,
        StackMessage,
        UnitFailure,
    )

__all__ = ["CHANGE_POINTS", "STEP_POINTS", "SmallestChange"]

CHANGE_POINTS = 100_000_000
"""For a package at another version than the locked one. The other points of a stack stay far below it."""

STEP_POINTS = 10_000
"""For each release that lies between, at most `_MOST_STEPS` of them: a change never costs more than two."""

_MOST_STEPS = 4_000

_BACKWARDS = 3
"""How many steps forward one step back is worth: what was fixed later may be lost."""


class SmallestChange:
    """A `Prepared` around another one."""

    def __init__(self, inner: Prepared) -> None:
        self._inner = inner

    @property
    def stack_info(self) -> Sequence[StackMessage]:
        """Return what the inner pipeline says."""
        return self._inner.stack_info

    @property
    def stop(self) -> str | None:
        """Return what the inner pipeline says."""
        return self._inner.stop

    @property
    def failures(self) -> Sequence[UnitFailure]:
        """Return what the inner pipeline says."""
        return self._inner.failures

    @property
    def has_strides(self) -> bool:
        """Return what the inner pipeline says."""
        return self._inner.has_strides

    def judge_package(self, package: PackageCandidates) -> PackageJudgement:
        """Return the inner removals, but never of the locked release, and what each change costs."""
        removals = tuple(
            each
            for each in self._inner.judge_package(package).removals
            if each.version != package.locked
        )
        versions = [release.version for release in package.releases]
        here = versions.index(package.locked) if package.locked in versions else None
        parts: dict[str, tuple[ScorePart, ...]] = {}
        for place, version in enumerate(versions):
            points = _cost(place, here, is_locked=package.locked is not None)
            if points:
                source = "the present lockfile"
                parts[version] = (ScorePart("smallest-change", -points, source),)
        return PackageJudgement(removals, parts)

    def terms(self, names: Iterable[str]) -> Sequence[MatchTerm]:
        """Return the inner terms that forbid or require something: points are for better times."""
        return [term for term in self._inner.terms(names) if term.score is None]

    def companions(self, names: Iterable[str]) -> frozenset[str]:
        """Return nothing: what is rewarded does not count."""
        del names
        return frozenset()

    def accept(self, stack: FinalStack) -> str | None:
        """Return what the inner pipeline says."""
        return self._inner.accept(stack)

    def annotate(self, stack: FinalStack) -> Sequence[Justification]:
        """Return what the inner pipeline says."""
        return self._inner.annotate(stack)


def _cost(place: int, here: int | None, *, is_locked: bool) -> int:
    """Return what the release at a place (newest first) costs; `here` is the locked one's place."""
    if here is None:
        # A package that is new in the lockfile, or whose locked release is there no more: the newest.
        return CHANGE_POINTS * is_locked + STEP_POINTS * min(place, _MOST_STEPS)
    if place == here:
        return 0
    steps = here - place if place < here else _BACKWARDS * (place - here)
    return CHANGE_POINTS + STEP_POINTS * min(steps, _MOST_STEPS)

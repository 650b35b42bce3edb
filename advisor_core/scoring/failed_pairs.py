"""Points of two releases that failed together: terms of the problem, one a pair. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import Justification, Match, MatchTerm
from advisor_core.scoring.components.measured import describe_observed, failing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.scoring.interface import ObservedPair
    from advisor_core.scoring.weights import WeightSet

__all__ = ["pair_terms"]

_NAME = "observations"


def pair_terms(pairs: Iterable[ObservedPair], weights: WeightSet) -> list[MatchTerm]:
    """Return the terms of pairs that fail more often than one of which nothing is known."""
    return [
        _term(pair, -points, weights)
        for pair in pairs
        if (points := weights.weights[_NAME] * failing(pair.observed))
    ]


def _term(pair: ObservedPair, points: int, weights: WeightSet) -> MatchTerm:
    said = (
        f"{pair.package} {pair.version} with {pair.other_package} {pair.other_version}: "
        f"{describe_observed(pair.observed)}"
    )
    link = pair.observed.link
    return MatchTerm(
        when=(
            Match(pair.package, versions=frozenset({pair.version})),
            Match(pair.other_package, versions=frozenset({pair.other_version})),
        ),
        unit=_NAME,
        score=points,
        level=weights.level_of("main"),
        source=pair.observed.source or "observations",
        link=link,
        justifications=(
            Justification("WARNING", said, link, package=pair.package, source=_NAME, points=points),
        ),
    )

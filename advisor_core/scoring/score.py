"""Scores the releases of a package: for each level an integer per release, and the parts on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import Justification, ScorePart
from advisor_core.scoring.interface import INDEX
from advisor_core.scoring.registry import COMPONENTS

if TYPE_CHECKING:
    from advisor_core.scoring.interface import ScoredPackage
    from advisor_core.scoring.weights import WeightSet

__all__ = ["explain_release", "score_releases"]


def score_releases(package: ScoredPackage, weights: WeightSet) -> dict[str, list[int]]:
    """Return, by level, the points of each release, parallel to `package.candidates.releases`.

    Linear in the releases times the components.
    """
    size = len(package.candidates.releases)
    points: dict[str, list[int]] = {level: [0] * size for level in weights.levels}
    for component in COMPONENTS:
        weight = weights.weights[component.name]
        if not weight:
            continue
        amounts = component.amounts(package)
        if any(amounts):
            own = points[weights.level_of(component.level)]
            for place, amount in enumerate(amounts):
                own[place] += weight * amount
    return points


def _index_page(package: ScoredPackage, source: str) -> str:
    """Return the page on which the index says so (PEP 503); empty where something else says it."""
    index_url = package.candidates.index_url
    if source != INDEX or not index_url.startswith(("https://", "http://")):
        return ""
    return f"{index_url.rstrip('/')}/{package.candidates.name}/"


def explain_release(
    package: ScoredPackage, place: int, weights: WeightSet
) -> tuple[ScorePart, ...]:
    """Return the parts that the points of one release are made of; those of 0 points are left out."""
    parts: list[ScorePart] = []
    name = package.candidates.name
    version = package.candidates.releases[place].version
    for component in COMPONENTS:
        weight = weights.weights[component.name]
        for amount, finding in component.findings(package, place):
            points = weight * amount
            if not points and finding.type == "INFO":
                continue
            said = Justification(
                finding.type,
                f"{name} {version}: {finding.message}",
                finding.link,
                package=name,
                advisory=finding.advisory,
                source=component.name,
                points=points,
            )
            parts.append(
                ScorePart(
                    component.name,
                    points,
                    finding.source,
                    finding.link or _index_page(package, finding.source),
                    weights.level_of(component.level),
                    (said,),
                )
            )
    return tuple(parts)

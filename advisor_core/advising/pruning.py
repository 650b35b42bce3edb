"""Which releases cannot be part of a stack that beats a known one. Pure.

A stack with a release scores at most: the release's own points, plus for every package that the manifest
requires the points of its best candidate, plus all positive points there are. Where that is below a
stack that is known already, the release is not looked at any further. Levels are compared in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.resolver.problem_building import Known, ProblemBuilder

__all__ = ["prune"]


def prune(
    builder: ProblemBuilder,
    known: Known,
    *,
    levels: Sequence[str],
    best: Sequence[int],
    slack: int,
) -> dict[str, int]:
    """Return, for each package, the positions (a bitset) that can still matter.

    `best`: by level, the score of a stack that is known to be valid. `slack`: how many points below it
    a stack may be and still count, so that alternatives are found.
    """
    environments = len(builder.term_environments)
    names = builder.names
    points = {name: builder.points_by_level(name) for name in names}
    ceiling = [0] * len(levels)
    for each in known.bound:
        if each.term.score is not None and each.term.score > 0:
            place = levels.index(each.term.level) if each.term.level in levels else -1
            ceiling[place] += each.term.score
    always = {
        builder.keys[node].name
        for requirement in known.problem.roots
        if requirement.unless is None
        for node in requirement.targets
        if not any(release.virtual for release in known.problem.packages.get(node, {}).values())
    }
    ideal: dict[str, list[int]] = {}
    for name in names:
        versions = builder.candidates(name)
        for place, own in enumerate(points[name]):
            highest = max((own.get(version, 0) for version in versions), default=0)
            ceiling[place] += environments * max(0, highest)
            if name in always and highest < 0:
                ideal.setdefault(name, [0] * len(levels))[place] = highest
    for costs in ideal.values():
        ceiling = [total + cost for total, cost in zip(ceiling, costs, strict=True)]
    floor = [*best[:-1], best[-1] - slack]
    kept = {}
    for name in names:
        own_ideal = ideal.get(name, [0] * len(levels))
        room = [total - cost for total, cost in zip(ceiling, own_ideal, strict=True)]
        found = 0
        for version in builder.candidates(name):
            reachable = [
                most + min(own.get(version, 0), 0)
                for most, own in zip(room, points[name], strict=True)
            ]
            if reachable >= floor:
                found |= 1 << builder.position(name, version)
        kept[name] = found
    return kept

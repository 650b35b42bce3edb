"""Folds objectives that are compared in order into one score. Performs no I/O.

Two levels with spans 10 and 7 (how far apart two stacks can be in each) fold into
`8 * first + second`: a point of the first level outweighs all of the second. What does not fit into
64 bits that way is solved group by group of levels (`stepwise`).
"""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING

from advisor_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.resolver.problem import Level, Problem

__all__ = [
    "MAXIMUM_FOLDED",
    "bound_sum",
    "bound_weighted",
    "first_level_bound",
    "fold_group",
    "fold_levels",
    "group_levels",
    "unfold_bound",
]

MAXIMUM_FOLDED = 2**60
"""What the engine keeps exact: the sum of all points' absolute values, after folding."""


def fold_levels(problem: Problem, *, place: str = "levels") -> tuple[int, ...]:
    """Return a weight for each level, such that the weighted sum orders stacks as the levels do.

    Raises InputError when the folded scores could leave what the engine keeps exact.
    """
    groups = group_levels(problem)
    if len(groups) > 1:
        raise InputError.single(
            place,
            "the levels together need more than 64 bits",
            hint="use the exact search, fewer levels, or smaller points in the later ones",
        )
    return fold_group(problem, groups[0])


def group_levels(problem: Problem, *, limit: int = MAXIMUM_FOLDED) -> tuple[range, ...]:
    """Return the levels in as few groups of neighbours as fold within `limit`, in order.

    A level that alone is past `limit` is a group of its own.
    """
    groups: list[range] = []
    folded = 0
    for index, level in enumerate(problem.levels):
        low, high = _extent(problem, level)
        magnitude = _level_magnitude(problem, level)
        # One more level multiplies the weights of those before it in its group.
        longer = folded * (high - low + 1) + magnitude
        if groups and longer <= limit:
            groups[-1] = range(groups[-1].start, index + 1)
            folded = longer
        else:
            groups.append(range(index, index + 1))
            folded = magnitude
    return tuple(groups)


def fold_group(problem: Problem, group: range, *, limit: int = MAXIMUM_FOLDED) -> tuple[int, ...]:
    """Return weights for a search among the stacks that are best in the levels before the group.

    Within the group they order stacks as the levels do; levels after it weigh nothing. Levels before
    it weigh as much as fits into `limit`, perhaps nothing: whatever they weigh, of two stacks that are
    equal in them the one that is better in the group weighs more.
    """
    weights = [0] * len(problem.levels)
    below = 0
    for index in reversed(group):
        low, high = _extent(problem, problem.levels[index])
        weights[index] = below + 1
        below += weights[index] * (high - low)
    magnitudes = [_level_magnitude(problem, level) for level in problem.levels[: group.stop]]
    room = limit - sum(weights[index] * magnitudes[index] for index in group)
    spans = [high - low for low, high in map(partial(_extent, problem), problem.levels)]

    def weigh(ratio: int) -> list[int]:
        """Return what earlier levels weigh: `ratio` times the next one, if that is not needless."""
        outer: list[int] = []
        weight, exact = 1, below + 1
        for index in reversed(range(group.start)):
            weight = min(weight * ratio, limit + 1)
            outer.append(min(weight, exact) if magnitudes[index] else 0)
            exact = min(exact * (spans[index] + 1), limit + 1)
        return outer[::-1]

    ratio = 0
    for bit in reversed(range(limit.bit_length() if group.start else 0)):
        if sum(map(operator.mul, weigh(ratio | 1 << bit), magnitudes)) <= room:
            ratio |= 1 << bit
    return (*weigh(ratio), *weights[group.start :])


def unfold_bound(problem: Problem, weights: Sequence[int], bound: int) -> int:
    """Return an upper bound of the sum of all levels' points, from one of the weighted sum.

    `weights` are of the first group: those of the first levels, then zeros.
    """
    if len(weights) == 1:
        return bound
    extents = [_extent(problem, level) for level in problem.levels]
    rest_low = sum(weight * low for weight, (low, _) in zip(weights[1:], extents[1:], strict=True))
    return bound_sum(problem, min(extents[0][1], (bound - rest_low) // weights[0]))


def bound_weighted(problem: Problem, weights: Sequence[int]) -> int:
    """Return an upper bound of the weighted sum of the levels' points, without any search."""
    return sum(
        weight * _extent(problem, level)[1]
        for weight, level in zip(weights, problem.levels, strict=True)
    )


def bound_sum(problem: Problem, first: int) -> int:
    """Return an upper bound of the sum of all levels' points, from one of the first level's."""
    return first + sum(_extent(problem, level)[1] for level in problem.levels[1:])


def first_level_bound(problem: Problem, bound: int) -> int:
    """Return the bound of the first level's points that `bound_sum` made `bound` of."""
    return bound - sum(_extent(problem, level)[1] for level in problem.levels[1:])


def _parts(problem: Problem, level: Level) -> list[tuple[int, int]]:
    """Return the least and the most that each package, pair and term can add."""
    parts = []
    for node, points in level.unary.items():
        releases = problem.packages.get(node, {})
        known = [score for version, score in points.items() if version in releases]
        parts.append((min(0, *known, 0), max(0, *known, 0)))
    scores = [
        pair.score
        for pair in level.pairs
        if pair.a in problem.packages and pair.b in problem.packages
    ]
    scores += [term.score for term in level.terms if term.score is not None]
    return parts + [(min(0, score), max(0, score)) for score in scores]


def _extent(problem: Problem, level: Level) -> tuple[int, int]:
    parts = _parts(problem, level)
    return sum(low for low, _ in parts), sum(high for _, high in parts)


def _level_magnitude(problem: Problem, level: Level) -> int:
    return sum(max(-low, high) for low, high in _parts(problem, level))

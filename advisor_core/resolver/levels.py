"""Folds objectives that are compared in order into one score. Performs no I/O.

Two levels with spans 10 and 7 (how far apart two stacks can be in each) fold into
`8 * first + second`: a point of the first level outweighs all of the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.resolver.problem import Level, Problem

__all__ = ["MAXIMUM_FOLDED", "bound_sum", "first_level_bound", "fold_levels", "unfold_bound"]

MAXIMUM_FOLDED = 2**60
"""What the engine keeps exact: the sum of all points' absolute values, after folding."""


def fold_levels(problem: Problem, *, place: str = "levels") -> tuple[int, ...]:
    """Return a weight for each level, such that the weighted sum orders stacks as the levels do.

    Raises InputError when the folded scores could leave what the engine keeps exact.
    """
    extents = [_extent(level) for level in problem.levels]
    weights: list[int] = []
    below = 0
    for low, high in reversed(extents):
        weights.append(below + 1)
        below += weights[-1] * (high - low)
    weights.reverse()
    total = sum(
        weight * _magnitude(level) for weight, level in zip(weights, problem.levels, strict=True)
    )
    if total > MAXIMUM_FOLDED:
        raise InputError.single(
            place,
            "the levels together need more than 64 bits",
            hint="use fewer levels, or smaller points in the later ones",
        )
    return tuple(weights)


def unfold_bound(problem: Problem, weights: Sequence[int], bound: int) -> int:
    """Return an upper bound of the sum of all levels' points, from one of the folded score."""
    if len(weights) == 1:
        return bound
    extents = [_extent(level) for level in problem.levels]
    rest_low = sum(weight * low for weight, (low, _) in zip(weights[1:], extents[1:], strict=True))
    return bound_sum(problem, min(extents[0][1], (bound - rest_low) // weights[0]))


def bound_sum(problem: Problem, first: int) -> int:
    """Return an upper bound of the sum of all levels' points, from one of the first level's."""
    return first + sum(_extent(level)[1] for level in problem.levels[1:])


def first_level_bound(problem: Problem, bound: int) -> int:
    """Return the bound of the first level's points that `bound_sum` made `bound` of."""
    return bound - sum(_extent(level)[1] for level in problem.levels[1:])


def _parts(level: Level) -> list[tuple[int, int]]:
    """Return the least and the most that each package, pair and term can add."""
    parts = [
        (min(0, *points.values()), max(0, *points.values()))
        for points in level.unary.values()
        if points
    ]
    scores = [pair.score for pair in level.pairs]
    scores += [term.score for term in level.terms if term.score is not None]
    return parts + [(min(0, score), max(0, score)) for score in scores]


def _extent(level: Level) -> tuple[int, int]:
    parts = _parts(level)
    return sum(low for low, _ in parts), sum(high for _, high in parts)


def _magnitude(level: Level) -> int:
    return sum(max(-low, high) for low, high in _parts(level))

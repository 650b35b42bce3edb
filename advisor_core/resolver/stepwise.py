"""Solves levels group by group where they do not fold into one score. Performs no I/O.

First the best of the first group of levels; then, of all stacks that are best there, the best of the
second group, and so on. A stage lists stacks by falling weighted sum, in which earlier levels weigh as
much as fits; the first that equals the optimum of every earlier level is the stage's answer, since of
two such stacks the better in the present group comes first, whatever the earlier levels weigh. With
weights that large it is nearly always the first of the list; how many have to be listed else has no
bound but the budgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from advisor_core.resolver.distance import exclude_stack
from advisor_core.resolver.levels import bound_sum, fold_group, unfold_bound
from advisor_core.resolver.weighted_search import (
    EngineError,
    Limit,
    ScoredStack,
    Status,
    search_weighted,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.resolver.problem import Problem
    from advisor_core.resolver.weighted_search import Budgets

__all__ = ["SteppedAnswer", "search_stepwise"]

SteppedAnswer: TypeAlias = "tuple[Status, tuple[ScoredStack, ...], Limit, int | None]"
"""Status, stacks best first, what ended the search, and a bound of the sum of all levels' points."""

_BYTES_PER_NODE = 4
"""What a list holds in memory of each node of each stack."""

_LONGER = 8
"""How many times longer a list is tried when no stack of it equals the earlier optima."""


def search_stepwise(
    problem: Problem,
    groups: Sequence[range],
    *,
    count: int,
    budgets: Budgets,
    fold_limit: int,
) -> SteppedAnswer:
    """Return the `count` best stacks: each the best that is distinct from those before."""
    stacks: list[ScoredStack] = []
    bound: int | None = None
    rest = problem
    while len(stacks) < count:
        status, found, limit, found_bound = _search_best(rest, groups, budgets, fold_limit)
        if not stacks:
            bound = found_bound
        stacks += found
        if status == "unsatisfiable" and stacks:
            break
        if status != "optimal":
            return ("feasible" if stacks else status), tuple(stacks), limit, bound
        rest = exclude_stack(rest, stacks[-1].nodes)
    return "optimal", tuple(stacks), "none", bound


def _search_best(
    problem: Problem, groups: Sequence[range], budgets: Budgets, fold_limit: int
) -> SteppedAnswer:
    best: ScoredStack | None = None
    bound: int | None = None
    for group in groups:
        weights = fold_group(problem, group, limit=fold_limit)
        wanted = 1
        while True:
            found = search_weighted(
                problem, weights, count=wanted, budgets=budgets, all_visible=True
            )
            if best is None:
                bound = unfold_bound(problem, weights, found.bound)
            earlier = None if best is None else best.scores[: group.start]
            equal = [
                stack
                for stack in found.stacks
                if earlier is None or stack.scores[: group.start] == earlier
            ]
            if found.status != "optimal":
                stacks = max([*equal, *([best] if best else [])], key=_scores, default=None)
                status: Status = "feasible" if stacks else found.status
                return status, (stacks,) if stacks else (), found.limit, bound
            if equal:
                best = equal[0]
                break
            if len(found.stacks) < wanted:
                raise EngineError("the engine lost a stack that it had found before")
            wanted *= _LONGER
            if wanted * len(problem.packages) * _BYTES_PER_NODE > budgets.memory_bytes:
                return "feasible", (best or found.stacks[0],), "memory", bound
        if group.start == 0:
            bound = bound_sum(problem, best.scores[0])
    assert best is not None  # noqa: S101 - there is at least one group
    return "optimal", (best,), "none", bound


def _scores(stack: ScoredStack) -> tuple[int, ...]:
    return stack.scores

"""Finds good stacks that are far from each other. Performs no I/O.

The first is the best stack; each next one is the best at a distance of at least d from all before. That
is greedy in the choice (not the best set of k stacks) and exact in each step: as long as the status is
optimal, no stack that far from those before it scores more.

Each step asks the engine for the best stack of a problem that demands the distance (`distance`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from advisor_core.resolver.distance import keep_away, measure_distances
from advisor_core.resolver.optimize import DEFAULT_MEMORY_BYTES, Answer, ScoredStack, optimize
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.resolver.problem import Problem

__all__ = ["DiverseAnswer", "optimize_diverse"]


@dataclass(frozen=True, slots=True)
class DiverseAnswer:
    """Stacks that are far from each other."""

    answer: Answer
    """Its stacks are in the order found; status and bound are of the first, unless a later step was
    cut short: then the status is feasible."""
    distances: list[list[int]]
    """int[n][n]: in how many packages two of the stacks differ."""

    def to_json(self) -> dict[str, object]:
        """Return the answer as JSON, with `distances`."""
        return self.answer.to_json() | {"distances": self.distances}


def optimize_diverse(
    problem: Problem,
    *,
    count: int,
    distance: int,
    budget_seconds: float | None = None,
    node_budget: int | None = None,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
    clock: Callable[[], float] = time.monotonic,
) -> DiverseAnswer:
    """Return up to `count` stacks, each the best at `distance` (1 or more) or more from all before.

    Fewer when no further stack is that far away. The budgets are of all steps together. Raises what
    `optimize` raises.
    """
    start = clock()
    import numpy as np  # noqa: F401, PLC0415 - slow to import, and needed in the end: within the budget

    stacks: list[ScoredStack] = []
    first: Answer | None = None
    rest, nodes = problem, 0
    while first is None or len(stacks) < count:
        left = None if budget_seconds is None else max(start + budget_seconds - clock(), 0.0)
        if first is not None and left == 0:
            first = replace(first, status="feasible", limit="stopped")
            break
        answer = optimize(
            rest,
            budget_seconds=left,
            node_budget=None if node_budget is None else max(node_budget - nodes, 0),
            memory_bytes=memory_bytes,
        )
        nodes += answer.nodes
        first = first or answer
        stacks += [
            replace(
                found,
                nodes={node: at for node, at in found.nodes.items() if node in problem.packages},
            )
            for found in answer.stacks
        ]
        if answer.status != "optimal":
            if stacks and answer.status != "unsatisfiable":
                first = replace(first, status="feasible", limit=answer.limit)
            break
        rest = keep_away(rest, stacks[-1].stack, distance, name=str(len(stacks)))
    whole = replace(first, stacks=tuple(stacks), nodes=nodes, seconds=clock() - start)
    return DiverseAnswer(whole, measure_distances([found.stack for found in stacks]))

"""Finds the best stacks of a problem and says how good they are. Performs no I/O of its own.

    answer = optimize(read_problem(content, place="p.json"))
    answer.status, answer.stacks[0].stack, answer.upper_bound

Every stack is judged by `judge` before it is handed out, whichever engine found it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from advisor_core.resolver.levels import (
    MAXIMUM_FOLDED,
    fold_group,
    group_levels,
    unfold_bound,
)
from advisor_core.resolver.stepwise import search_stepwise
from advisor_core.resolver.weighted_search import (
    Budgets,
    EngineError,
    Limit,
    ScoredStack,
    Status,
    check_stack,
    engine_name,
    load_engine,
    search_weighted,
)
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.resolver.problem import Problem

__all__ = [
    "DEFAULT_MEMORY_BYTES",
    "Answer",
    "EngineError",
    "ScoredStack",
    "Status",
    "check_stack",
    "load_engine",
    "optimize",
    "say_best",
]

DEFAULT_MEMORY_BYTES = 1024 * 1024 * 1024
"""Of the engine's tables and open nodes. 100 packages with 2,000 terms take some 20 MB; past the
limit the search ends as if its time were over."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search came to."""

    status: Status
    """optimal: no stack is better, proved. feasible: valid, not proved best. best-effort: not all of
    the objective was in the search. unsatisfiable: no stack exists, proved. unknown: none found."""
    stacks: tuple[ScoredStack, ...]
    """Best first, pairwise different in what is reported."""
    upper_bound: int | None
    """No stack scores more, proved; None when there is no stack. With several levels, which are compared
    in order, it is the best stack's score once that is proved: a stack that is worse in an earlier level
    may have a larger sum."""
    nodes: int
    """Search nodes visited."""
    seconds: float
    """Spent in encoding and search."""
    engine: Literal["c", "python"]
    limit: Limit
    """What ended the search before its proof."""
    explanation: str
    """One or two English sentences."""
    level_names: tuple[str, ...] = ("",)

    def to_json(self) -> dict[str, object]:
        """Return the answer as DESIGN's JSON object."""
        best = self.stacks[0] if self.stacks else None
        entries = [
            {"stack": dict(found.stack), "score": found.score}
            | ({"levels": list(found.scores)} if len(found.scores) > 1 else {})
            for found in self.stacks
        ]
        answer: dict[str, object] = {
            "status": self.status,
            "stack": dict(best.stack) if best else None,
            "score": best.score if best else None,
            "upper_bound": self.upper_bound,
            "nodes": self.nodes,
            "seconds": round(self.seconds, 6),
            "engine": self.engine,
            "stacks": entries,
            "explanation": self.explanation,
        }
        if best and len(best.scores) > 1:
            answer["levels"] = [
                {"name": name, "score": score}
                for name, score in zip(self.level_names, best.scores, strict=True)
            ]
        return answer


def optimize(
    problem: Problem,
    *,
    count: int = 1,
    budget_seconds: float | None = None,
    node_budget: int | None = None,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
    clock: Callable[[], float] = time.monotonic,
    fold_limit: int = MAXIMUM_FOLDED,
) -> Answer:
    """Return the `count` best stacks of `problem`, as far as the budgets allow.

    Levels are folded into one score as far as that stays within `fold_limit` and solved one after the
    other past it; the answer is the same. The same build gives the same stacks for the same problem
    and node budget. Raises MemoryError, and KeyboardInterrupt while the engine runs.
    """
    start = clock()
    deadline = None if budget_seconds is None else start + budget_seconds
    budgets = Budgets(deadline, node_budget, memory_bytes, clock)
    groups = group_levels(problem, limit=fold_limit)
    bound: int | None
    if len(groups) == 1:
        weights = fold_group(problem, groups[0])
        found = search_weighted(problem, weights, count=count, budgets=budgets)
        status, stacks, limit = found.status, found.stacks, found.limit
        bound = unfold_bound(problem, weights, found.bound)
    else:
        stepped = search_stepwise(
            problem, groups, count=count, budgets=budgets, fold_limit=fold_limit
        )
        status, stacks, limit, bound = stepped
    if status == "optimal":
        bound = stacks[0].score
    elif status == "unsatisfiable":
        bound = None
    return Answer(
        status=status,
        stacks=stacks,
        upper_bound=bound,
        nodes=budgets.nodes_used,
        seconds=clock() - start,
        engine=engine_name(),
        limit=limit,
        explanation=_explain(problem, status, limit, stacks, bound, budgets.nodes_used),
        level_names=tuple(level.name for level in problem.levels),
    )


def say_best(problem: Problem, best: ScoredStack) -> str:
    """Return that no stack is better than the best, in the words of one level or of several."""
    if len(problem.levels) == 1:
        return f"No valid stack scores more than {best.score}"
    scores = zip(problem.levels, best.scores, strict=True)
    return "No valid stack is better in order of levels than " + ", ".join(
        f"{level.name} {score}" for level, score in scores
    )


def _explain(
    problem: Problem,
    status: Status,
    limit: Limit,
    stacks: tuple[ScoredStack, ...],
    bound: int | None,
    nodes: int,
) -> str:
    size = f"{len(problem.packages)} packages, {nodes} search nodes"
    if status == "optimal":
        return f"{say_best(problem, stacks[0])}: proved with {size}."
    if status == "unsatisfiable":
        return f"No stack satisfies the requirements: proved with {size}."
    ended = {
        "none": "",
        "stopped": "The time was over",
        "nodes": "The node budget was spent",
        "memory": "The memory budget was spent",
    }[limit]
    if status == "unknown":
        return f"{ended} before any stack was found; none was ruled out ({size})."
    return (
        f"{ended}: this stack is valid and scores {stacks[0].score}; "
        f"no stack scores more than {bound} ({size})."
    )

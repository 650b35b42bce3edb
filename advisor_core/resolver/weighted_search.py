"""One search for the best weighted sum of a problem's levels, by the engine in C or its twin.

Performs no I/O. Every stack is judged by `judge` before it is handed out, whichever engine found it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from advisor_core.errors import ThothError
from advisor_core.resolver.judge import find_fault, score_stack, visible_stack
from advisor_core.resolver.levels import bound_weighted
from advisor_core.resolver.problem_encoding import EncodingStopped, encode_problem
from advisor_core.resolver.reference_optimum import find_best_stacks
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from advisor_core.resolver.problem import Problem

__all__ = [
    "Budgets",
    "EngineError",
    "Limit",
    "ScoredStack",
    "Status",
    "WeightedAnswer",
    "check_stack",
    "engine_name",
    "load_engine",
    "search_weighted",
]

Status = Literal["optimal", "feasible", "best-effort", "unsatisfiable", "unknown"]

Limit = Literal["none", "stopped", "nodes", "memory"]


class EngineError(ThothError, RuntimeError):
    """The engine answered with something that is not a stack: a defect, never shown as an answer."""


@dataclass(frozen=True, slots=True)
class ScoredStack:
    """One stack of an answer."""

    stack: Mapping[str, str]
    """What is reported: package to version, sorted by name."""
    nodes: Mapping[str, str]
    """Everything chosen, with extras nodes and virtual releases."""
    scores: tuple[int, ...]
    """Points in each level."""

    @property
    def score(self) -> int:
        """The points of all levels together."""
        return sum(self.scores)


@dataclass(slots=True)
class Budgets:
    """What a series of searches may use together; each search takes its share out."""

    deadline: float | None
    """By the clock."""
    nodes: int | None
    memory_bytes: int
    clock: Callable[[], float]
    nodes_used: int = 0

    @property
    def seconds_left(self) -> float | None:
        """Never negative; None: no end."""
        return None if self.deadline is None else max(self.deadline - self.clock(), 0.0)

    def time_is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and self.clock() >= self.deadline

    @property
    def nodes_left(self) -> int | None:
        """Never negative; None: no end."""
        return None if self.nodes is None else max(self.nodes - self.nodes_used, 0)


@dataclass(frozen=True, slots=True)
class WeightedAnswer:
    """What one search came to."""

    status: Status
    """optimal, feasible, unsatisfiable or unknown."""
    stacks: tuple[ScoredStack, ...]
    """Best weighted sum first."""
    bound: int
    """Of the weighted sum; no meaning when unsatisfiable."""
    limit: Limit


def search_weighted(
    problem: Problem,
    weights: tuple[int, ...],
    *,
    count: int,
    budgets: Budgets,
    all_visible: bool = False,
) -> WeightedAnswer:
    """Return the `count` stacks whose levels' scores times `weights` add up to most.

    With `all_visible`, stacks that differ only in what is not reported are different stacks. Raises
    MemoryError, and KeyboardInterrupt while the engine runs.
    """
    engine = load_engine()
    if engine is None:
        return _search_with_reference(problem, weights, count, budgets, all_visible=all_visible)
    try:
        encoded = encode_problem(
            problem, weights, all_visible=all_visible, should_stop=budgets.time_is_over
        )
    except EncodingStopped:
        return WeightedAnswer("unknown", (), bound_weighted(problem, weights), "stopped")
    left = budgets.nodes_left
    answer = engine.Optimizer(engine.Problem(**encoded.arrays)).run(
        count=count,
        node_budget=-1 if left is None else left,
        memory_budget=budgets.memory_bytes,
        deadline_seconds=budgets.seconds_left,
    )
    budgets.nodes_used += answer["nodes"]
    return WeightedAnswer(
        status=answer["status"],
        stacks=tuple(
            check_stack(problem, weights, score, encoded.decode(values))
            for values, score in answer["stacks"]
        ),
        bound=answer["upper_bound"],
        limit=answer["limit"],
    )


def _search_with_reference(
    problem: Problem,
    weights: tuple[int, ...],
    count: int,
    budgets: Budgets,
    *,
    all_visible: bool,
) -> WeightedAnswer:
    limit: Limit = "none"
    deadline, nodes_left = budgets.deadline, budgets.nodes_left

    def should_stop(nodes: int) -> bool:
        nonlocal limit
        if deadline is not None and budgets.clock() >= deadline:
            limit = "stopped"
        elif nodes_left is not None and nodes > nodes_left:
            limit = "nodes"
        return limit != "none"

    answer = find_best_stacks(
        problem, weights, count=count, should_stop=should_stop, all_visible=all_visible
    )
    budgets.nodes_used += answer.nodes
    status: Status
    if answer.complete:
        status = "optimal" if answer.stacks else "unsatisfiable"
    else:
        status = "feasible" if answer.stacks else "unknown"
    stacks = tuple(check_stack(problem, weights, score, nodes) for score, nodes in answer.stacks)
    return WeightedAnswer(status, stacks, answer.bound, limit)


def load_engine() -> ModuleType | None:
    """Return the engine in C; None when it was not built, or THOTH_PURE=1 says not to use it."""
    if os.environ.get("THOTH_PURE") == "1":
        return None
    try:
        from advisor_core import _engine  # noqa: PLC0415 - it may be missing
    except ImportError:
        return None
    return _engine


def engine_name() -> Literal["c", "python"]:
    """Return which engine `search_weighted` uses."""
    return "python" if load_engine() is None else "c"


def check_stack(
    problem: Problem, weights: tuple[int, ...], score: int, nodes: dict[str, str]
) -> ScoredStack:
    """Return the stack, judged by the definition; raise EngineError if it is not what is claimed."""
    fault = find_fault(problem, nodes)
    scores = score_stack(problem, nodes)
    total = sum(weight * points for weight, points in zip(weights, scores, strict=True))
    if fault is not None or total != score:
        raise EngineError(
            f"the engine's stack does not pass the check: {fault or f'score {total}, not {score}'}",
            hint="report this with the problem file",
        )
    return ScoredStack(visible_stack(problem, nodes), nodes, scores)

"""Finds the best stacks of a problem and says how good they are. Performs no I/O of its own.

    answer = optimize(read_problem(content, place="p.json"))
    answer.status, answer.stacks[0].stack, answer.upper_bound

Every stack is judged by `judge` before it is handed out, whichever engine found it.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Literal

from advisor_core.errors import ThothError
from advisor_core.resolver.judge import find_fault, score_stack, visible_stack
from advisor_core.resolver.levels import fold_levels, unfold_bound
from advisor_core.resolver.problem_encoding import encode_problem
from advisor_core.resolver.reference_optimum import find_best_stacks
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

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
]

Status = Literal["optimal", "feasible", "best-effort", "unsatisfiable", "unknown"]

DEFAULT_MEMORY_BYTES = 1024 * 1024 * 1024
"""Of the engine's tables and open nodes. 100 packages with 2,000 terms take some 20 MB; past the
limit the search ends as if its time were over."""


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search came to."""

    status: Status
    """optimal: no stack is better, proved. feasible: valid, not proved best. best-effort: not all of
    the objective was in the search. unsatisfiable: no stack exists, proved. unknown: none found."""
    stacks: tuple[ScoredStack, ...]
    """Best first, pairwise different in what is reported."""
    upper_bound: int | None
    """No stack scores more, proved; None when there is no stack."""
    nodes: int
    """Search nodes visited."""
    seconds: float
    """Spent in encoding and search."""
    engine: Literal["c", "python"]
    limit: Literal["none", "stopped", "nodes", "memory"]
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
) -> Answer:
    """Return the `count` best stacks of `problem`, as far as the budgets allow.

    The same build gives the same stacks for the same problem and node budget. Raises InputError when
    levels cannot be folded, MemoryError, and KeyboardInterrupt while the engine runs.
    """
    start = clock()
    weights = fold_levels(problem)
    engine = load_engine()
    if engine is None:
        raw = _run_reference(problem, weights, count, budget_seconds, node_budget, clock)
    else:
        raw = _run_engine(
            engine, problem, weights, count, budget_seconds, node_budget, memory_bytes
        )
    stacks = tuple(check_stack(problem, weights, score, nodes) for score, nodes in raw.stacks)
    bound = None
    if raw.status == "optimal":
        bound = stacks[0].score
    elif raw.status != "unsatisfiable":
        bound = unfold_bound(problem, weights, raw.bound)
    return Answer(
        status=raw.status,
        stacks=stacks,
        upper_bound=bound,
        nodes=raw.nodes,
        seconds=clock() - start,
        engine="python" if engine is None else "c",
        limit=raw.limit,
        explanation=_explain(problem, raw, stacks, bound),
        level_names=tuple(level.name for level in problem.levels),
    )


@dataclass(frozen=True, slots=True)
class _Raw:
    """What an engine says, in nodes and folded scores."""

    status: Status
    stacks: list[tuple[int, dict[str, str]]]
    bound: int
    nodes: int
    limit: Literal["none", "stopped", "nodes", "memory"]


def load_engine() -> ModuleType | None:
    """Return the engine in C; None when it was not built, or THOTH_PURE=1 says not to use it."""
    if os.environ.get("THOTH_PURE") == "1":
        return None
    try:
        from advisor_core import _engine  # noqa: PLC0415 - it may be missing
    except ImportError:
        return None
    return _engine


def _run_engine(
    engine: ModuleType,
    problem: Problem,
    weights: tuple[int, ...],
    count: int,
    budget_seconds: float | None,
    node_budget: int | None,
    memory_bytes: int,
) -> _Raw:
    encoded = encode_problem(problem, weights)
    answer = engine.Optimizer(engine.Problem(**encoded.arrays)).run(
        count=count,
        node_budget=-1 if node_budget is None else node_budget,
        memory_budget=memory_bytes,
        deadline_seconds=budget_seconds,
    )
    return _Raw(
        status=answer["status"],
        stacks=[(score, encoded.decode(values)) for values, score in answer["stacks"]],
        bound=answer["upper_bound"],
        nodes=answer["nodes"],
        limit=answer["limit"],
    )


def _run_reference(
    problem: Problem,
    weights: tuple[int, ...],
    count: int,
    budget_seconds: float | None,
    node_budget: int | None,
    clock: Callable[[], float],
) -> _Raw:
    deadline = None if budget_seconds is None else clock() + budget_seconds
    limit: Literal["none", "stopped", "nodes"] = "none"

    def should_stop(nodes: int) -> bool:
        nonlocal limit
        if deadline is not None and clock() >= deadline:
            limit = "stopped"
        elif node_budget is not None and nodes > node_budget:
            limit = "nodes"
        return limit != "none"

    answer = find_best_stacks(problem, weights, count=count, should_stop=should_stop)
    status: Status
    if answer.complete:
        status = "optimal" if answer.stacks else "unsatisfiable"
    else:
        status = "feasible" if answer.stacks else "unknown"
    return _Raw(status, answer.stacks, answer.bound, answer.nodes, limit)


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


def _explain(
    problem: Problem, raw: _Raw, stacks: tuple[ScoredStack, ...], bound: int | None
) -> str:
    size = f"{len(problem.packages)} packages, {raw.nodes} search nodes"
    if raw.status == "optimal":
        return f"No valid stack scores more than {stacks[0].score}: proved with {size}."
    if raw.status == "unsatisfiable":
        return f"No stack satisfies the requirements: proved with {size}."
    ended = {
        "none": "",
        "stopped": "The time was over",
        "nodes": "The node budget was spent",
        "memory": "The memory budget was spent",
    }[raw.limit]
    if raw.status == "unknown":
        return f"{ended} before any stack was found; none was ruled out ({size})."
    return (
        f"{ended}: this stack is valid and scores {stacks[0].score}; "
        f"no stack scores more than {bound} ({size})."
    )

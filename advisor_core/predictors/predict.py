"""Runs a predictor on a problem and checks what it proposes. Performs no I/O of its own.

    prediction = predict(problem, HillClimbing(), seed=1, stack_budget=100_000)
    prediction.answer.stacks[0].score, prediction.answer.upper_bound, prediction.different

Every stack handed out is judged by `resolver.judge`. The bound is the exact engine's, from a look at
the root of its search; where it meets the score, the stack is optimal.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from advisor_core.errors import InputError
from advisor_core.resolver.levels import bound_weighted, fold_levels, unfold_bound
from advisor_core.resolver.optimize import (
    DEFAULT_MEMORY_BYTES,
    Answer,
    check_stack,
    load_engine,
)
from advisor_core.resolver.problem_encoding import EncodingStopped, encode_problem
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.predictors.interface import Predictor
    from advisor_core.resolver.optimize import Status
    from advisor_core.resolver.problem import Problem

__all__ = ["DEFAULT_STACKS", "Improvement", "Prediction", "predict"]

DEFAULT_STACKS = 100_000
"""Different stacks proposed when neither a time nor a number is given: a second or so."""

_BOUND_NODES = 16
"""Nodes that the exact search may visit for the bound. The root and a first dive give nearly all of
it; on 100 packages that is a few hundredths of a second."""

_LIMITS: dict[str, Literal["none", "stopped", "nodes", "memory"]] = {
    "exhausted": "none",
    "stopped": "stopped",
    "stacks": "nodes",
    "memory": "memory",
}


@dataclass(frozen=True, slots=True)
class Improvement:
    """The best score rose."""

    stacks: int
    """Different ones proposed by then, this one included."""
    score: int
    """Folded, where the problem has levels."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a predictor came to."""

    answer: Answer
    """`nodes` is the number of different stacks proposed."""
    proposed: int
    """Valid stacks scored, repeated ones included."""
    different: int
    """Those that differ in what is reported, by their 64-bit hashes."""
    counted_all: bool
    """False: the memory did not suffice to tell all apart, and `different` is too low."""
    judged: int
    """Stacks scored anew by the definition: one in a thousand, and all that were kept."""
    dead_ends: int
    """Attempts that led to no valid stack."""
    history: tuple[Improvement, ...]
    """The first stack, and each one that was better than all before."""


def predict(
    problem: Problem,
    predictor: Predictor,
    *,
    seed: int = 0,
    count: int = 1,
    budget_seconds: float | None = None,
    stack_budget: int | None = None,
    memory_bytes: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> Prediction:
    """Return the best `count` stacks that the predictor comes to within the budgets.

    Without a budget it stops after DEFAULT_STACKS. The same build gives the same stacks for the same
    problem, seed and number of stacks. Raises InputError for parameters out of range or levels that
    cannot be folded, and when the engine in C is missing.
    """
    start = clock()
    engine: Any = load_engine()
    if engine is None:
        raise InputError.single(
            "--predictor",
            f"{predictor.engine_name()} needs the C extension, which is not there",
            hint="use --predictor exact",
        )
    if budget_seconds is None and stack_budget is None:
        stack_budget = DEFAULT_STACKS
    weights = fold_levels(problem)
    deadline = None if budget_seconds is None else start + budget_seconds
    try:
        encoded = encode_problem(
            problem,
            weights,
            should_stop=lambda: deadline is not None and clock() >= deadline,
        )
    except EncodingStopped:
        trivial = unfold_bound(problem, weights, bound_weighted(problem, weights))
        return _nothing(problem, predictor, trivial, clock() - start)
    numbers = {name: number for number, name in enumerate(encoded.nodes)}
    compiled = engine.Problem(**encoded.arrays)
    raw = engine.Predictor(compiled).run(
        predictor.engine_name(),
        seed=seed % 2**64,
        count=count,
        stack_budget=-1 if stack_budget is None else stack_budget,
        memory_budget=memory_bytes,
        deadline_seconds=None if deadline is None else max(0.0, deadline - clock()),
        **predictor.engine_options(numbers),
    )
    stacks = tuple(
        check_stack(problem, weights, score, encoded.decode(values))
        for values, score in raw["stacks"]
    )
    status: Status = raw["status"]
    bound = None
    if status != "unsatisfiable":
        proof = engine.Optimizer(compiled).run(
            node_budget=_BOUND_NODES,
            memory_budget=DEFAULT_MEMORY_BYTES,
            deadline_seconds=_rest(budget_seconds, clock() - start),
        )
        if stacks and proof["upper_bound"] == raw["stacks"][0][1]:
            status = "optimal"
        bound = unfold_bound(problem, weights, proof["upper_bound"])
        if status == "optimal":
            bound = stacks[0].score
    answer = Answer(
        status=status,
        stacks=stacks,
        upper_bound=bound,
        nodes=raw["different"],
        seconds=clock() - start,
        engine="c",
        limit=_LIMITS[raw["end"]],
        explanation=_explain(predictor, status, bound, raw),
        level_names=tuple(level.name for level in problem.levels),
    )
    return Prediction(
        answer=answer,
        proposed=raw["proposed"],
        different=raw["different"],
        counted_all=raw["counted_all"],
        judged=raw["judged"],
        dead_ends=raw["dead_ends"],
        history=tuple(Improvement(stacks, score) for stacks, score in raw["history"]),
    )


def _nothing(
    problem: Problem, predictor: Predictor, bound: int | None, seconds: float
) -> Prediction:
    """Return the answer when the time was over before the predictor could begin."""
    raw = {"end": "stopped", "different": 0}
    return Prediction(
        answer=Answer(
            status="unknown",
            stacks=(),
            upper_bound=bound,
            nodes=0,
            seconds=seconds,
            engine="c",
            limit="stopped",
            explanation=_explain(predictor, "unknown", bound, raw),
            level_names=tuple(level.name for level in problem.levels),
        ),
        proposed=0,
        different=0,
        counted_all=True,
        judged=0,
        dead_ends=0,
        history=(),
    )


def _rest(budget_seconds: float | None, used: float) -> float | None:
    """Return the time for the bound: what is left of the budget, but a little in any case."""
    return None if budget_seconds is None else max(0.05, budget_seconds - used)


def _explain(predictor: Predictor, status: Status, bound: int | None, raw: dict[str, Any]) -> str:
    name = predictor.engine_name()
    size = f"{raw['different']} different stacks proposed"
    if status == "unsatisfiable":
        return "No stack satisfies the requirements: proved by the exact search."
    if status == "unknown":
        if raw["end"] == "memory":
            return f"The tables of {name} do not fit in memory."
        return f"The time was over before {name} found any stack; none was ruled out."
    if status == "optimal":
        return f"No valid stack scores more: {name} met the exact search's bound ({size})."
    return f"{name} proves nothing: no stack scores more than {bound} ({size})."

"""Finds the best stack while loading as little metadata as the proof needs. Performs no I/O itself.

    class Source:                                  # what `thoth advise` and the tests implement
        def known(self) -> PartialProblem: ...     # see partial_problem: what is known by now
        def load(self, wanted) -> None: ...        # fetch these, all of one batch at once

    found = optimize_lazily(Source(...), count=3, budget_seconds=30)
    found.answer        # an Answer as `optimize` gives it: status, stacks, upper_bound, explanation
    found.loaded, found.existing, found.batches

`wanted` holds (node, version) for a release whose requirements are to be read, and (package, None) for
a package whose releases are to be listed. After `load`, `known()` must know more of each of them: the
release is no longer among `unloaded` (or it is gone, when its requirements cannot be known), the package
no longer `unlisted`. What was told before stays true: releases loaded stay as they are, scores of the
packages told do not change, and packages are only added. A source may start with anything loaded, for
instance the present lock: that never harms.

How: solve the optimistic relaxation exactly; if its best stacks use loaded releases only, they are the
answer, proved; else load what they use, and solve again. A release is asked for only when a stack with it
could beat (not merely equal) everything known, so what cannot beat the incumbent is never fetched.

A source names every package that exists and whose presence can be worth something, as listed or
`unlisted`. Positive points for a package's mere presence make every unloaded release promise
that package: better give the best release of a package 0 points and the others less.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, TypeAlias

from advisor_core.resolver.levels import bound_sum, first_level_bound
from advisor_core.resolver.optimize import DEFAULT_MEMORY_BYTES, Answer, optimize, say_best
from advisor_core.resolver.partial_problem import pessimistic_problem, relaxed_problem
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor_core.resolver.partial_problem import PartialProblem
    from advisor_core.resolver.problem import Problem

__all__ = ["LazyAnswer", "ProblemSource", "Wanted", "optimize_lazily"]

Wanted: TypeAlias = "tuple[str, str | None]"
"""(node, version): a release to be loaded; (package, None): a package to be listed."""

_INCUMBENT_SHARE = 0.2
"""Of the time, kept for the best stack of what is loaded when the proof does not come to its end."""


class ProblemSource(Protocol):
    """Tells a problem bit by bit."""

    def known(self) -> PartialProblem:
        """Return what is known now."""

    def load(self, wanted: Sequence[Wanted], /) -> None:
        """Learn the requirements of (node, version), the releases of (package, None).

        Raises TimeoutError when there is no time left to: the best of what was loaded is the answer.
        """


@dataclass(frozen=True, slots=True)
class LazyAnswer:
    """An answer, and what it took to know it."""

    answer: Answer
    """Of the whole problem: stacks are valid and the bound holds whatever was not loaded."""
    known: PartialProblem
    """What was known in the end."""
    batches: tuple[tuple[Wanted, ...], ...]
    """What was asked for, batch by batch."""
    promises: tuple[tuple[int, ...], ...]
    """For each batch, what a stack with it could have scored at most, in each level, as far as was known
    then; never less than the best stack of the answer scores."""

    @property
    def loaded(self) -> int:
        """Releases whose requirements are known."""
        return self.known.loaded

    @property
    def existing(self) -> int:
        """Releases of all packages that anything loaded names."""
        return self.known.existing

    def to_json(self) -> dict[str, object]:
        """Return the answer as JSON, with `releases`."""
        counts = {"loaded": self.loaded, "existing": self.existing, "batches": len(self.batches)}
        return self.answer.to_json() | {"releases": counts}


def optimize_lazily(
    source: ProblemSource,
    *,
    count: int = 1,
    budget_seconds: float | None = None,
    node_budget: int | None = None,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
    clock: Callable[[], float] = time.monotonic,
) -> LazyAnswer:
    """Return the `count` best stacks of the problem that `source` tells.

    `budget_seconds` counts loading too, `node_budget` the nodes of all searches. The score and the
    status are those of `optimize` on the whole problem. Raises what `source.load` and `optimize`
    raise.
    """
    run = _Run(source, count, node_budget, memory_bytes, clock)
    return run.answer(budget_seconds)


class _Run:
    """One search under way."""

    def __init__(
        self,
        source: ProblemSource,
        count: int,
        node_budget: int | None,
        memory_bytes: int,
        clock: Callable[[], float],
    ) -> None:
        self.source = source
        self.count = count
        self.node_budget = node_budget
        self.memory_bytes = memory_bytes
        self.clock = clock
        self.nodes = 0
        self.batches: list[tuple[Wanted, ...]] = []
        self.promises: list[tuple[int, ...]] = []
        self.first_bound: int | None = None
        """No stack has more points in the first level."""

    def answer(self, budget_seconds: float | None) -> LazyAnswer:
        start = self.clock()
        until = kept_until = None
        if budget_seconds is not None:
            until = start + budget_seconds
            kept_until = until - budget_seconds * _INCUMBENT_SHARE
        relaxed = self.load_until_proved(kept_until)
        known = self.source.known()
        if relaxed.status in ("optimal", "unsatisfiable"):
            answer = _without_last_level(relaxed)
        else:
            answer = self.best_of_loaded(known, relaxed, until)
        answer = replace(answer, nodes=self.nodes, seconds=self.clock() - start)
        answer = replace(answer, explanation=_explain(answer, known))
        return LazyAnswer(answer, known, tuple(self.batches), tuple(self.promises))

    def load_until_proved(self, until: float | None) -> Answer:
        """Return the last relaxation's answer.

        It is optimal with loaded releases only, or unsatisfiable, or else a budget was spent.
        """
        while True:
            known = self.source.known()
            problem = relaxed_problem(known)
            answer = self.optimize(problem, until)
            if answer.status == "unsatisfiable":
                return answer
            self.note_bound(problem, answer)
            wanted = _list_wanted(known, answer)
            if answer.status != "optimal" or not wanted:
                return answer
            if until is not None and self.clock() >= until:
                return replace(answer, status="unknown", limit="stopped")
            try:
                self.source.load(wanted)
            except TimeoutError:
                return replace(answer, status="unknown", limit="stopped")
            self.batches.append(wanted)
            self.promises.append(answer.stacks[0].scores[:-1])

    def optimize(self, problem: Problem, until: float | None) -> Answer:
        left = None if self.node_budget is None else max(self.node_budget - self.nodes, 0)
        answer = optimize(
            problem,
            count=self.count,
            budget_seconds=None if until is None else max(until - self.clock(), 0.0),
            node_budget=left,
            memory_bytes=self.memory_bytes,
        )
        self.nodes += answer.nodes
        return answer

    def note_bound(self, problem: Problem, answer: Answer) -> None:
        if answer.status == "optimal":
            bound = answer.stacks[0].scores[0]
        else:
            assert answer.upper_bound is not None  # noqa: S101 - only unsatisfiable has none
            bound = first_level_bound(problem, answer.upper_bound)
        if self.first_bound is None or bound < self.first_bound:
            self.first_bound = bound

    def best_of_loaded(self, known: PartialProblem, relaxed: Answer, until: float | None) -> Answer:
        """Return the best stack of loaded releases, with the relaxation's bound."""
        assert self.first_bound is not None  # noqa: S101 - noted before
        problem = pessimistic_problem(known)
        bound = bound_sum(relaxed_problem(known), self.first_bound)
        self.node_budget = None if self.node_budget is None else self.nodes + self.node_budget
        answer = self.optimize(problem, until)
        if not answer.stacks:
            return replace(answer, status="unknown", upper_bound=bound, limit=relaxed.limit)
        proved = self.count == 1 and len(problem.levels) == 1 and answer.stacks[0].score == bound
        return replace(
            answer,
            status="optimal" if proved else "feasible",
            upper_bound=bound,
            limit="none" if proved else relaxed.limit,
        )


def _list_wanted(known: PartialProblem, answer: Answer) -> tuple[Wanted, ...]:
    """Return what the answer's stacks use that is not known, once each."""
    return tuple(
        dict.fromkeys(each for found in answer.stacks for each in known.wanted_by(found.nodes))
    )


def _without_last_level(answer: Answer) -> Answer:
    """Return a relaxation's answer as one of the whole problem."""
    stacks = tuple(
        replace(
            found,
            scores=found.scores[:-1],
            nodes={node: at for node, at in found.nodes.items() if not node.startswith("?")},
        )
        for found in answer.stacks
    )
    return replace(
        answer,
        stacks=stacks,
        upper_bound=stacks[0].score if stacks else None,
        level_names=answer.level_names[:-1],
    )


def _explain(answer: Answer, known: PartialProblem) -> str:
    size = f"{known.loaded} of {known.existing} releases loaded, {answer.nodes} search nodes"
    if answer.status == "optimal":
        return f"{say_best(known.problem, answer.stacks[0])}: proved with {size}."
    if answer.status == "unsatisfiable":
        return f"No stack satisfies the requirements: proved with {size}."
    if answer.status == "unknown":
        return f"A budget was spent before any stack was found; none was ruled out ({size})."
    return (
        f"A budget was spent: this stack is valid and scores {answer.stacks[0].score}; "
        f"no stack scores more than {answer.upper_bound} ({size})."
    )

"""Finds the best stack of one category of a target, lazily, and tests it with the strides. No own I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advising.pruning import prune
from advisor_core.advising.source import AdviceSource
from advisor_core.pipeline.interface import FinalStack
from advisor_core.resolver.closing import close_stack
from advisor_core.resolver.distance import keep_away
from advisor_core.resolver.judge import score_stack
from advisor_core.resolver.lazy import optimize_lazily
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.partial_problem import pessimistic_problem
from advisor_core.resolver.problem_building import ProblemBuilder
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor_core.locking import IndexAccess
    from advisor_core.model import Stack
    from advisor_core.pipeline.interface import Prepared
    from advisor_core.resolver.lazy import LazyAnswer
    from advisor_core.resolver.optimize import Answer, ScoredStack
    from advisor_core.resolver.problem import Problem
    from advisor_core.resolver.problem_building import Known
    from advisor_core.resolver.session import Session
    from advisor_core.resolver.term_binding import BoundTerm
    from advisor_core.scoring.package_judge import PackageJudge

__all__ = ["CategoryAnswer", "SearchOptions", "search_category"]

_ROUNDS = 8
"""How often the search is repeated because it came to packages that make more releases worthwhile."""

_FIRST_TESTED = 8
_MOST_TESTED = 512
"""Stacks that strides are asked about, best first: so many at first, then four times as many, up to the
most. Past it the answer is that none was accepted yet."""

_DIVERSE = 2
_DISTANCE = 3
"""So many stacks are told that differ from each other in so many packages at least."""

_DIVERSE_NODES = 2_000
"""Search nodes for each of them: past it a good one is told, perhaps not the best so far away. Among
hundreds of releases that differ in little, the proof takes a hundred times as long."""

_ALTERNATIVE_NODES = 2_000
"""Search nodes for the next best stacks, once the best one is proved. Where dozens of stacks score the
same their order takes many more to prove; past it those found by then are told."""

_PROPOSALS = 20_000
"""Different stacks that a predictor may propose."""

_LEAST_SECONDS = 0.05
"""Left for a search even when the time is over: enough for any stack at all."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How long and how much to search."""

    count: int = 1
    """Stacks wanted, best first."""
    budget_seconds: float | None = None
    """Of everything; with `wait_seconds`, of the search of each category."""
    wait_seconds: float | None = None
    """Of waiting for indexes; None: it is in the budget."""
    node_budget: int | None = None
    slack: int = 100
    """Points below the best up to which alternatives are looked for."""
    predictor: str | None = None
    """Name of the search that proposes the stack; None: the exact one."""
    seed: int = 0
    """Of the predictor."""


@dataclass(frozen=True, slots=True)
class CategoryAnswer:
    """What the search of one category came to."""

    session: Session
    newest: Stack | None
    """The newest-first stack; None: only units make a stack possible."""
    builder: ProblemBuilder
    judge: PackageJudge
    problem: Problem
    """Of all releases whose requirements are known."""
    bound: tuple[BoundTerm, ...]
    """The terms that can hold."""
    answer: Answer
    """Of the whole problem, whatever was not loaded."""
    solved: Answer
    """Of `problem` alone, one stack: what solving it again gives."""
    chosen: ScoredStack | None
    """The best stack that strides accept; None: there is none, or none was found."""
    alternatives: tuple[ScoredStack, ...]
    """The next best, best first."""
    diverse: tuple[ScoredStack, ...]
    """Good stacks in which several packages differ from the chosen one and from each other."""
    refused: tuple[tuple[ScoredStack, str], ...]
    """Better stacks that a stride refused, with its reason."""
    loaded: int
    existing: int
    nodes: int
    """Search nodes of all searches."""
    starts: Mapping[str, tuple[dict[str, str], str | None]]
    """`newest` and `present`: nodes, and why it is no valid stack of the problem."""

    def package_of(self, node: str) -> str:
        """Return the package of a node."""
        return self.builder.keys[node].name


def search_category(
    session: Session,
    newest: Stack | None,
    *,
    judge: PackageJudge,
    prepared: Prepared,
    access: IndexAccess,
    locked: Mapping[str, str],
    index_urls: Mapping[str, str],
    develop: bool,
    options: SearchOptions,
    clock: Callable[[], float],
    title: str = "",
    begun: float | None = None,
) -> CategoryAnswer:
    """Return the best stack of a session's request.

    `session` has come to its newest-first answer `newest`: what it learnt is where the search begins.
    The budget counts from `begun` by the clock, by default from now. Raises what the index access
    raises.
    """
    levels = judge.weights.levels
    names = ("",) if len(levels) == 1 else tuple(levels)
    builder = ProblemBuilder(session, judge, levels=names, index_urls=index_urls, develop=develop)
    search = _Search(builder, AdviceSource(builder, access, title=title), options, clock, begun)
    first = {} if newest is None else {name: pin.version for name, pin in newest.pins.items()}
    search.begin(first, locked)
    lazy = search.solve(1, prune_first=not prepared.has_strides)
    problem = pessimistic_problem(lazy.known)
    if options.predictor is not None:
        lazy, solved = search.predict(lazy, problem)
    else:
        solved = search.optimize(problem, 1)
    chosen = solved.stacks[0] if solved.stacks else None
    if search.is_out_of_time:
        lazy = search.unproved(lazy, chosen)
    alternatives: tuple[ScoredStack, ...] = ()
    diverse: tuple[ScoredStack, ...] = ()
    refused: tuple[tuple[ScoredStack, str], ...] = ()
    if chosen is not None and prepared.has_strides:
        lazy, chosen, refused, alternatives = search.test(prepared, judge, index_urls)
    elif (
        chosen is not None
        and options.count > 1
        and solved.status == "optimal"
        and not search.is_out_of_time
    ):
        if not search.is_rewarded():
            more = search.solve(options.count, prune_first=True, most_nodes=_ALTERNATIVE_NODES)
            read = pessimistic_problem(more.known)
        else:
            # Little can be left out unread then, and the order of those would not be proved.
            read = problem
        ranked = search.optimize(read, options.count, most_nodes=_ALTERNATIVE_NODES).stacks
        alternatives = tuple(each for each in ranked if each.stack != chosen.stack)
        diverse = search.find_diverse(chosen)
    return CategoryAnswer(
        session=session,
        newest=newest,
        builder=builder,
        judge=judge,
        problem=problem,
        bound=search.known.bound,
        answer=lazy.answer,
        solved=solved,
        chosen=chosen,
        alternatives=alternatives[: max(options.count - 1, 0)],
        diverse=diverse,
        refused=refused,
        loaded=lazy.loaded,
        existing=sum(len(builder.candidates(name)) for name in builder.names),
        nodes=search.nodes,
        starts=search.starts,
    )


class _Search:
    """A search under way."""

    def __init__(
        self,
        builder: ProblemBuilder,
        source: AdviceSource,
        options: SearchOptions,
        clock: Callable[[], float],
        begun: float | None = None,
    ) -> None:
        self.builder = builder
        self.source = source
        self.options = options
        self.nodes = 0
        self.starts: dict[str, tuple[dict[str, str], str | None]] = {}
        self._clock = clock
        self._begun = clock() if begun is None else begun
        self._best: tuple[int, ...] | None = None

    @property
    def known(self) -> Known:
        """What was told last."""
        assert self.source.last is not None  # noqa: S101 - `begin` told it
        return self.source.last

    def begin(self, newest: Mapping[str, str], locked: Mapping[str, str]) -> None:
        """Score the stacks that are known before any search."""
        self.source.known()
        self.source.load_stack(newest)
        self.source.load_stack(locked)
        self.source.known()
        for label, versions in (("newest", newest), ("present", locked)):
            if versions:
                found = close_stack(
                    self.known.problem,
                    versions,
                    package_of=lambda node: self.builder.keys[node].name,
                )
                self.starts[label] = found
                if found[1] is None:
                    self._improve(score_stack(self.known.problem, found[0]))

    def solve(self, count: int, *, prune_first: bool, most_nodes: int | None = None) -> LazyAnswer:
        """Return the best stacks, loading what that takes, in `most_nodes` search nodes if given."""
        self.builder.kept = {}
        if prune_first:
            self._prune()
        if not prune_first or self.is_rewarded():
            self.source.load_newest()
        rounds = 0
        while True:
            lazy = optimize_lazily(
                self.source,
                count=count,
                budget_seconds=self._left(),
                node_budget=self._nodes_left(most_nodes),
                clock=self._clock,
            )
            self.nodes += lazy.answer.nodes
            rounds += 1
            if rounds == _ROUNDS or not prune_first or not self._prune():
                return lazy

    def is_rewarded(self) -> bool:
        """Return whether some stacks gain points: then few releases can be left out unread."""
        return any((each.term.score or 0) > 0 for each in self.known.bound)

    @property
    def is_out_of_time(self) -> bool:
        """Whether the index was waited for in vain."""
        return self.source.out_of_time

    def unproved(self, lazy: LazyAnswer, chosen: ScoredStack | None) -> LazyAnswer:
        """Return the answer where not everything could be learnt: what is found is valid, not proved.

        No stack scores more than all that is rewarded together: other points of releases only deduct.
        """
        most = sum(max(each.term.score or 0, 0) for each in self.known.bound)
        for name in self.builder.names:
            for points in self.builder.points_by_level(name):
                most += len(self.builder.term_environments) * max(0, *points.values(), 0)
        answer = replace(
            lazy.answer,
            status="unknown" if chosen is None else "feasible",
            upper_bound=max(most, chosen.score if chosen is not None else 0),
            limit="stopped",
        )
        return replace(lazy, answer=answer)

    def optimize(self, problem: Problem, count: int, *, most_nodes: int | None = None) -> Answer:
        """Return the best stacks of what is loaded."""
        answer = optimize(
            problem,
            count=count,
            budget_seconds=self._left(),
            node_budget=self._nodes_left(most_nodes),
        )
        self.nodes += answer.nodes
        if answer.stacks:
            self._improve(answer.stacks[0].scores)
        return answer

    def find_diverse(self, chosen: ScoredStack) -> tuple[ScoredStack, ...]:
        """Return good stacks far from the chosen one, of what is loaded and one release more of each."""
        self.source.load_below(chosen.stack)
        # As `optimize_diverse` does, but that the best stack is known already.
        problem = pessimistic_problem(self.source.known())
        rest, far = problem, chosen
        found: list[ScoredStack] = []
        while len(found) < _DIVERSE:
            rest = keep_away(rest, far.stack, _DISTANCE, name=str(len(found)))
            answer = optimize(rest, budget_seconds=self._left(), node_budget=_DIVERSE_NODES)
            self.nodes += answer.nodes
            if not answer.stacks:
                break
            far = answer.stacks[0]
            found.append(far)
        return tuple(found)

    def predict(self, lazy: LazyAnswer, problem: Problem) -> tuple[LazyAnswer, Answer]:
        """Return the answers with the stack that the predictor proposes; the bound stays the exact one."""
        from advisor_core.predictors import make_predictor, predict  # noqa: PLC0415 - seldom used

        predictor = make_predictor(self.options.predictor or "", {})
        solved = predict(
            problem,
            predictor,
            seed=self.options.seed,
            budget_seconds=self._left(),
            stack_budget=_PROPOSALS,
        ).answer
        bound = lazy.answer.upper_bound
        if not solved.stacks or bound is None:
            return lazy, solved
        proved = lazy.answer.status == "optimal" and solved.stacks[0].score == bound
        answer = replace(
            lazy.answer, status="optimal" if proved else "feasible", stacks=solved.stacks[:1]
        )
        return replace(lazy, answer=answer), solved

    def test(
        self, prepared: Prepared, judge: PackageJudge, index_urls: Mapping[str, str]
    ) -> tuple[
        LazyAnswer,
        ScoredStack | None,
        tuple[tuple[ScoredStack, str], ...],
        tuple[ScoredStack, ...],
    ]:
        """Go through the stacks, best first, until strides accept as many as are wanted."""
        count = max(_FIRST_TESTED, self.options.count)
        while True:
            lazy = self.solve(count, prune_first=False)
            answer = self.optimize(pessimistic_problem(lazy.known), count)
            accepted: list[ScoredStack] = []
            refused: list[tuple[ScoredStack, str]] = []
            for each in answer.stacks:
                final = FinalStack(
                    each.stack,
                    {name: self._index_url(name, index_urls) for name in each.stack},
                    each.score,
                    {
                        name: facts
                        for name, version in each.stack.items()
                        if (facts := judge.facts(name, version)) is not None
                    },
                )
                reason = prepared.accept(final)
                if reason is None:
                    accepted.append(each)
                    if len(accepted) == self.options.count:
                        break
                else:
                    refused.append((each, reason))
            complete = len(answer.stacks) < count or count >= _MOST_TESTED
            if accepted or complete or lazy.answer.status != "optimal":
                first = accepted[0] if accepted else None
                return lazy, first, tuple(refused), tuple(accepted[1:])
            count *= 4

    def _index_url(self, name: str, index_urls: Mapping[str, str]) -> str:
        view = self.builder.view(name)
        return "" if view is None else index_urls.get(view.releases.index, "")

    def _improve(self, scores: tuple[int, ...]) -> None:
        if self._best is None or scores > self._best:
            self._best = scores

    def _prune(self) -> bool:
        """Keep only what can matter. Return whether something matters that was left out before."""
        if self._best is None:
            return False
        self.source.known()
        before = self.builder.kept
        kept = prune(
            self.builder,
            self.known,
            levels=self.builder.level_names,
            best=self._best,
            slack=self.options.slack,
        )
        for nodes, fault in self.starts.values():
            for node, version in nodes.items() if fault is None else ():
                name = self.builder.keys[node].name
                kept[name] |= 1 << self.builder.position(name, version)
        grown = any(positions & ~before.get(name, -1) for name, positions in kept.items())
        self.builder.kept = (
            {name: kept[name] | before.get(name, 0) for name in kept} if before else kept
        )
        return bool(before) and grown

    def _nodes_left(self, most: int | None) -> int | None:
        given = self.options.node_budget
        return given if most is None else min(most, most if given is None else given)

    def _left(self) -> float | None:
        if self.options.budget_seconds is None:
            return None
        spent = self._clock() - self._begun
        return max(self.options.budget_seconds - spent, _LEAST_SECONDS)

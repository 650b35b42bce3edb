"""Puts an advice together from what the categories came to. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from advisor_core.advice import (
    Advice,
    AdvisedPackage,
    NotChosen,
    Present,
    Product,
    Search,
    ShownJustification,
    SolvedProblem,
)
from advisor_core.advising.held import explain_amendments
from advisor_core.advising.reasons import StackReasons
from advisor_core.pipeline.interface import FinalStack, StackMessage
from advisor_core.resolver.judge import score_stack, visible_stack
from advisor_core.resolver.solve import engine_name
from advisor_core.scoring.components.measured import describe_observed
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.advising.category import CategoryAnswer
    from advisor_core.advising.held import Amendments
    from advisor_core.advising.settings import AdviceInputs
    from advisor_core.advising.shortfall import EnvironmentScore
    from advisor_core.model import Stack
    from advisor_core.outcome import Change
    from advisor_core.pipeline.interface import Prepared
    from advisor_core.resolver.optimize import ScoredStack, Status
    from advisor_core.resolver.session import Session
    from advisor_core.scoring.weights import WeightSet

__all__ = ["CategoryAdvice", "Settled", "compose_advice", "settle"]


@dataclass(frozen=True, slots=True)
class Settled:
    """The stack that is advised for a category."""

    nodes: Mapping[str, str]
    versions: Mapping[str, str]
    """What is installed: package to version, sorted."""
    scores: tuple[int, ...]
    keeps_lock: bool

    @property
    def score(self) -> int:
        """The points of all levels."""
        return sum(self.scores)


class CategoryAdvice:
    """What was settled for one category, with everything that explains it."""

    def __init__(
        self,
        category: str,
        answer: CategoryAnswer,
        settled: Settled,
        session: Session,
        stack: Stack,
        amendments: Amendments,
        prepared: Prepared,
        locked: Mapping[str, str],
        fixed: Mapping[str, str],
        environments: Sequence[EnvironmentScore] = (),
    ) -> None:
        self.category = category
        self.answer = answer
        self.settled = settled
        self.session = session
        """Held to the stack."""
        self.stack = stack
        self.amendments = amendments
        self.prepared = prepared
        self.locked = locked
        self.fixed = fixed
        self.environments = environments
        self.reasons = StackReasons(answer, settled.nodes, stack, amendments)
        self._newer: dict[str, tuple[NotChosen, ...]] = {}

    def newer(self, name: str) -> tuple[NotChosen, ...]:
        """Return why newer releases of a package were not chosen."""
        if name not in self._newer:
            self._newer[name] = self.reasons.newer(name)
        return self._newer[name]


def settle(answer: CategoryAnswer, *, margin: int) -> Settled:
    """Return the stack to advise: the best one, or the present lockfile's where that is near enough."""
    chosen = answer.chosen
    if chosen is None:
        raise ValueError("there is no stack to settle on")
    present, fault = answer.starts.get("present", ({}, "there is no lockfile"))
    if fault is None:
        scores = score_stack(answer.problem, present)
        near = chosen.scores[:-1] == scores[:-1] and chosen.scores[-1] - scores[-1] <= margin
        if near or scores >= chosen.scores:
            return Settled(present, visible_stack(answer.problem, present), scores, keeps_lock=True)
    return Settled(chosen.nodes, chosen.stack, chosen.scores, keeps_lock=False)


def compose_advice(
    found: Sequence[CategoryAdvice],
    *,
    weights: WeightSet,
    settings: AdviceInputs,
    has_lock: bool,
    changes: tuple[Change, ...],
) -> Advice:
    """Return the advice of a target."""
    packages = tuple(each for one in found for each in _describe_packages(one))
    justifications = rank(
        said for one in found for said in (*one.reasons.justifications(), *_annotations(one))
    )
    best = Product(
        stack=_merge(one.settled.versions for one in found),
        score=sum(one.settled.score for one in found),
        upper_bound=sum(_bound(one) for one in found),
        status=_worst([_status(one) for one in found]),
        justifications=justifications,
        levels=_levels(found, weights),
    )
    others = _alternatives(found, best)
    return Advice(
        recommendation_type=weights.name,
        products=(best, *others),
        diverse=_diverse(found, best, others),
        packages=packages,
        search=_describe_search(found, settings),
        margin=weights.margin if settings.margin is None else settings.margin,
        keeps_lock=has_lock and all(one.settled.keeps_lock for one in found),
        present=_present(found) if has_lock else None,
        environments=_environments(found),
        newest_score=_start_score(found, "newest"),
        changes=changes,
        stack_info=_stack_info(found, settings, weights),
        failures=tuple(dict.fromkeys(each for one in found for each in one.prepared.failures)),
        advisories_as_of=settings.advisories.as_of if settings.advisories is not None else None,
        problems=tuple(
            SolvedProblem(
                one.category,
                one.answer.problem,
                one.answer.solved.stacks[0].score,
                one.answer.solved.upper_bound or 0,
                one.answer.solved.status,
                one.answer.solved.nodes,
                settings.options.node_budget,
            )
            for one in found
            if one.answer.solved.stacks
        ),
    )


def rank(said: Iterable[ShownJustification]) -> tuple[ShownJustification, ...]:
    """Return justifications without repeats, those worth most first; of equals, errors first."""
    kinds = {"ERROR": 0, "WARNING": 1, "INFO": 2}
    unique: dict[tuple[str, str, str], ShownJustification] = {}
    for each in said:
        of = each.justification
        key = (of.type, of.message, of.link)
        known = unique.get(key)
        if known is None or abs(known.justification.points) < abs(of.points):
            unique[key] = each
    return tuple(
        sorted(
            unique.values(),
            key=lambda each: (
                -abs(each.justification.points),
                kinds[each.justification.type],
                each.justification.message,
                each.justification.link,
            ),
        )
    )


def _describe_packages(one: CategoryAdvice) -> list[AdvisedPackage]:
    found = []
    for name, pin in one.stack.pins.items():
        if name in one.fixed:
            continue
        parts = one.answer.judge.explain(name, pin.version)
        found.append(
            AdvisedPackage(
                name=name,
                version=pin.version,
                category=one.category,
                points=sum(part.points for part in parts),
                parts=parts,
                not_chosen=one.newer(name),
                direct=pin.direct,
                locked=one.locked.get(name),
                seen=_seen(one, name, pin.version),
            )
        )
    return found


def _seen(one: CategoryAdvice, name: str, version: str) -> str:
    package = one.answer.judge.packages.get(name)
    observed = None if package is None else package.scored.observed.get(version)
    return "" if observed is None else describe_observed(observed)


def _annotations(one: CategoryAdvice) -> list[ShownJustification]:
    stack = FinalStack(
        one.settled.versions,
        {
            name: package.scored.candidates.index_url
            for name in one.settled.versions
            if (package := one.answer.judge.packages.get(name)) is not None
        },
        one.settled.score,
        {
            name: facts
            for name, version in one.settled.versions.items()
            if (facts := one.answer.judge.facts(name, version)) is not None
        },
    )
    said = (*explain_amendments(one.amendments), *one.prepared.annotate(stack))
    return [ShownJustification(each, "note") for each in said]


def _bound(one: CategoryAdvice) -> int:
    bound = one.answer.answer.upper_bound
    if one.answer.refused:
        # Strides refused what scores more: the bound of what they accept is that of the accepted.
        return max(one.settled.score, one.answer.chosen.score if one.answer.chosen else 0)
    return one.settled.score if bound is None else bound


def _status(one: CategoryAdvice) -> Status:
    if one.settled.keeps_lock and one.settled.score < _bound(one):
        return "feasible"
    return one.answer.answer.status


def _worst(statuses: Iterable[Status]) -> Status:
    order: tuple[Status, ...] = ("unknown", "best-effort", "feasible", "optimal")
    return min(statuses, key=lambda each: order.index(each) if each in order else 0)


def _levels(found: Sequence[CategoryAdvice], weights: WeightSet) -> dict[str, int]:
    if len(weights.levels) == 1:
        return {}
    return {
        level: sum(one.settled.scores[place] for one in found)
        for place, level in enumerate(weights.levels)
    }


def _alternatives(found: Sequence[CategoryAdvice], best: Product) -> list[Product]:
    """Return the next best stacks of the first category, with what the others came to."""
    if not found:
        return []
    first = found[0]
    others: list[ScoredStack] = list(first.answer.alternatives)
    if first.settled.keeps_lock and first.answer.chosen is not None:
        others.insert(0, first.answer.chosen)
    return [
        _alternative(found, best, each)
        for each in others
        if dict(each.stack) != dict(first.settled.versions)
    ]


def _diverse(
    found: Sequence[CategoryAdvice], best: Product, known: Sequence[Product]
) -> tuple[Product, ...]:
    """Return stacks that differ much, but those that are told anyway."""
    if not found:
        return ()
    made = [_alternative(found, best, each) for each in found[0].answer.diverse]
    told = [best.stack, *(each.stack for each in known)]
    return tuple(each for each in made if each.stack not in told)


def _alternative(found: Sequence[CategoryAdvice], best: Product, stack: ScoredStack) -> Product:
    rest = found[1:]
    whole = _merge([*(one.settled.versions for one in rest), stack.stack])
    return Product(
        stack=whole,
        score=stack.score + sum(one.settled.score for one in rest),
        upper_bound=best.upper_bound,
        status="feasible",
        differences=_differences(best.stack, whole),
    )


def _differences(
    first: Mapping[str, str], other: Mapping[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    return {
        name: (first.get(name), other.get(name))
        for name in sorted({*first, *other})
        if first.get(name) != other.get(name)
    }


def _describe_search(found: Sequence[CategoryAdvice], settings: AdviceInputs) -> Search:
    counts = {
        (one.category, name): len(one.answer.builder.candidates(name))
        for one in found
        for name in one.answer.builder.names
        if name not in one.fixed
    }
    return Search(
        combinations=math.prod(max(count, 1) for count in counts.values()),
        packages=len(counts),
        nodes=sum(one.answer.nodes for one in found),
        loaded=sum(one.answer.loaded for one in found),
        existing=sum(counts.values()),
        engine=engine_name(),
        node_budget=settings.options.node_budget,
    )


def _environments(found: Sequence[CategoryAdvice]) -> tuple[tuple[str, int, int], ...]:
    """Return name, score and best score alone of each environment, of all categories."""
    scores: dict[str, tuple[int, int]] = {}
    for one in found:
        for each in one.environments:
            score, alone = scores.get(each.name, (0, 0))
            scores[each.name] = (score + each.score, alone + each.alone)
    return tuple((name, score, alone) for name, (score, alone) in scores.items())


def _present(found: Sequence[CategoryAdvice]) -> Present:
    total = 0
    for one in found:
        nodes, fault = one.answer.starts.get("present", ({}, "the lockfile has no such category"))
        if fault is not None:
            return Present(None, fault)
        total += sum(score_stack(one.answer.problem, nodes))
    return Present(total)


def _start_score(found: Sequence[CategoryAdvice], label: str) -> int | None:
    total = 0
    for one in found:
        nodes, fault = one.answer.starts.get(label, ({}, "missing"))
        if fault is not None:
            return None
        total += sum(score_stack(one.answer.problem, nodes))
    return total


def _stack_info(
    found: Sequence[CategoryAdvice], settings: AdviceInputs, weights: WeightSet
) -> tuple[StackMessage, ...]:
    messages: list[Any] = [each for one in found for each in one.prepared.stack_info]
    messages += [
        StackMessage(
            "WARNING",
            f"{each.unit} ({each.file}) failed and was passed over: {each.reason}",
            source=each.unit,
        )
        for one in found
        for each in one.prepared.failures
    ]
    if settings.advisories is None or settings.advisories.as_of is None:
        messages.append(
            StackMessage(
                "WARNING",
                "No advisories were imported: whether these releases have known vulnerabilities is "
                "unknown. `thoth kb import-osv` imports them.",
                source="vulnerability",
            )
        )
    measured = any(
        seen.faster_percent is not None
        for one in found
        for package in one.answer.judge.packages.values()
        for seen in package.scored.observed.values()
    )
    if weights.name == "performance" and not measured:
        messages.append(
            StackMessage(
                "WARNING",
                "No performance measurement of these packages is known: the advice prefers recent "
                "releases instead.",
                source="performance",
            )
        )
    return tuple(dict.fromkeys(messages))


def _merge(stacks: Iterable[Mapping[str, str]]) -> dict[str, str]:
    merged = {name: version for stack in stacks for name, version in stack.items()}
    return dict(sorted(merged.items()))

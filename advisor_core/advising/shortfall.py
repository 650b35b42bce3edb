"""What each environment of a target gives up so that one stack is valid in all of them. No I/O.

    ubi8-py39   scores -96, alone it could score -24: 72 points short
    slim        scores -24, which is its best

The best stack for an environment alone is looked for as that for all is, with fewer search nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advising.source import AdviceSource
from advisor_core.locking import open_session
from advisor_core.resolver.closing import close_stack
from advisor_core.resolver.judge import score_stack
from advisor_core.resolver.lazy import optimize_lazily
from advisor_core.resolver.partial_problem import pessimistic_problem
from advisor_core.resolver.problem_building import ProblemBuilder, Verdict
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.advising.category import CategoryAnswer
    from advisor_core.locking import IndexAccess
    from advisor_core.model import Category, Target
    from advisor_core.pipeline.interface import MatchTerm
    from advisor_core.resolver.problem_building import PackageView
    from advisor_core.resolver.request import Policy

__all__ = ["EnvironmentScore", "score_environments"]

_NODES = 2_000
"""Search nodes for each environment; past it the best stack found by then is compared with."""

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EnvironmentScore:
    """How good a stack is in one environment of several."""

    name: str
    score: int
    """The sum of these over the environments is the score of the stack."""
    alone: int
    """Of the best stack found for this environment alone; never less."""

    @property
    def shortfall(self) -> int:
        """Points that the environment gives up; 0: none."""
        return self.alone - self.score


class _Known:
    """A judge that says again what was said of packages in all environments."""

    def __init__(self, answer: CategoryAnswer) -> None:
        self._answer = answer

    def judge(self, name: str, view: PackageView) -> Verdict:
        """Return the points and removals; of a package that only one environment comes to, new ones."""
        package = self._answer.judge.packages.get(name)
        if package is None:
            return self._answer.judge.judge(name, view)
        removals = package.judgement.removals
        removed = frozenset(each.version for each in removals) & package.places.keys()
        return Verdict(self._answer.builder.points(name), removed)

    def terms(self, names: Sequence[str]) -> Sequence[MatchTerm]:
        """Return the terms."""
        return self._answer.judge.terms(names)

    def companions(self, _names: Sequence[str]) -> frozenset[str]:
        """Return nothing: nothing is to be found."""
        return frozenset()


def score_environments(
    answer: CategoryAnswer,
    versions: Mapping[str, str],
    *,
    access: IndexAccess,
    target: Target,
    category: Category,
    policy: Policy,
    fixed: Mapping[str, str],
    index_urls: Mapping[str, str],
) -> tuple[EnvironmentScore, ...]:
    """Return how good a stack is in each environment of the target; nothing when there is but one.

    Raises what the index access raises.
    """
    if len(target.environments) < 2:
        return ()
    found = []
    for environment in target.environments:
        alone = replace(target, environments=(environment,))
        session = open_session(alone, category, policy=policy, fixed=fixed)
        session.projects.update(answer.session.projects)
        for (name, position), metadata in answer.session.metadata.items():
            if session.projects[name] is not None:
                session.supply_metadata(name, position, metadata)
        builder = ProblemBuilder(
            session,
            _Known(answer),
            levels=answer.builder.level_names,
            index_urls=index_urls,
            develop=category.name != "default",
        )
        found.append(_score(environment.name, builder, access, versions))
    return tuple(found)


def _score(
    name: str, builder: ProblemBuilder, access: IndexAccess, versions: Mapping[str, str]
) -> EnvironmentScore:
    source = AdviceSource(builder, access)
    best = optimize_lazily(source, node_budget=_NODES, budget_seconds=_SECONDS).answer
    problem = pessimistic_problem(source.known())
    nodes, _fault = close_stack(problem, versions, package_of=lambda node: builder.keys[node].name)
    score = sum(score_stack(problem, nodes))
    most = best.stacks[0].score if best.stacks else score
    return EnvironmentScore(name, score, max(score, most))

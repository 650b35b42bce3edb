"""Explains why units leave no stack: which of them removed what, or contradict each other. No own I/O.

The problem is told again with every removed release in it, each removal a forbidden combination that
names its unit; a smallest set of requirements, removals and terms that rules out every stack is the reason:

    no stack satisfies
      requirements.in:3: pillow
    because
      pillow 8.3.0 was removed by prescription PillowSieve because it crashes with numpy arrays
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.outcome import Conflict
from advisor_core.resolver.conflict import explain_conflict
from advisor_core.resolver.problem import Condition, Term
from advisor_core.resolver.problem_building import ProblemBuilder, Verdict
from advisor_core.standards import parse_requirement
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.advising.category import CategoryAnswer
    from advisor_core.model import DeclaredRequirement
    from advisor_core.pipeline.interface import MatchTerm
    from advisor_core.resolver.problem import Problem
    from advisor_core.resolver.problem_building import PackageView
    from advisor_core.scoring.package_judge import PackageJudge

__all__ = ["explain_units"]

_BUDGET_SECONDS = 10.0
"""Of the search for a smallest reason; past it the reason may name more than is needed."""

_REMOVED = " is forbidden: removed by "


class _Lenient:
    """A judge that removes nothing."""

    def __init__(self, judge: PackageJudge) -> None:
        self._judge = judge

    def judge(self, name: str, view: PackageView) -> Verdict:
        """Return what was judged, without the removals."""
        return replace(self._judge.judge(name, view), removed=frozenset())

    def terms(self, names: Sequence[str]) -> Sequence[MatchTerm]:
        """Return the judge's terms."""
        return self._judge.terms(names)

    def companions(self, _names: Sequence[str]) -> frozenset[str]:
        """Return nothing: nothing is to be found."""
        return frozenset()


def explain_units(answer: CategoryAnswer) -> Conflict:
    """Return why there is no stack, of a search that proved so."""
    judge = answer.judge
    builder = ProblemBuilder(
        answer.session,
        _Lenient(judge),
        levels=answer.builder.level_names,
    )
    problem = builder.build().problem
    told = explain_conflict(_with_removals(problem, builder, judge), budget_seconds=_BUDGET_SECONDS)
    at_fault: list[DeclaredRequirement] = []
    names = {parse_requirement(text).name for text in told.roots}
    for declared, _environment in answer.session.restrictions.roots:
        if declared.requirement.name in names and declared not in at_fault:
            at_fault.append(declared)
    placed = {declared.requirement.name for declared in at_fault}
    told = replace(
        told,
        roots=(
            *(f"{declared.origin}: {declared.text}" for declared in at_fault),
            *(text for text in told.roots if parse_requirement(text).name not in placed),
        ),
    )
    return Conflict(
        str(told).replace(_REMOVED, " was removed by "),
        tuple(at_fault),
        hint="leave one of the units or prescriptions named above out, or loosen a line of the manifest",
    )


def _with_removals(problem: Problem, builder: ProblemBuilder, judge: PackageJudge) -> Problem:
    """Return the problem with a forbidden combination for each removal."""
    terms: list[Term] = []
    for node in problem.packages:
        key = builder.keys[node]
        if key.extra is not None or key.environment not in builder.term_environments:
            continue
        package = judge.packages.get(key.name)
        grouped: dict[tuple[str, str], set[str]] = {}
        for removal in package.judgement.removals if package is not None else ():
            if removal.version in problem.packages[node]:
                grouped.setdefault((removal.unit, removal.reason), set()).add(removal.version)
        for (unit, reason), versions in sorted(grouped.items()):
            terms.append(
                Term(
                    (Condition(node, frozenset(versions)),),
                    forbid=f"removed by {unit} because {reason}",
                )
            )
    first, *rest = problem.levels
    return replace(problem, levels=(replace(first, terms=(*first.terms, *terms)), *rest))

"""Explains why a scored problem has no stack, by a smallest set of facts. Performs no I/O.

    no stack satisfies
      app
      lib>=2
    because
      every release of app requires lib <2

Facts (see `weaken`) are left out, in halves and then one by one, as long as the rest still rules out
every stack (deletion filter; Junker 2004, QuickXplain). What remains is minimal: without any one of these
facts a stack would exist.
"""

from __future__ import annotations

import time
from functools import cmp_to_key
from typing import TYPE_CHECKING

from advisor_core.resolver.weaken import list_facts, without_facts, without_scores
from advisor_core.resolver.weighted_search import Budgets, search_weighted
from advisor_core.resolver.wording import describe_versions, say
from advisor_core.standards import compare_versions, specifier_contains
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from advisor_core.resolver.problem import (
        Condition,
        ConditionalRequirement,
        Problem,
        Release,
        Term,
    )
    from advisor_core.resolver.weaken import Fact

__all__ = ["ScoredConflict", "describe_condition", "explain_conflict"]

_MEMORY_BYTES = 256 * 1024 * 1024
"""Of one try. Without scores nothing is bounded or enumerated, so it is far from ever needed."""

_MAX_LINES = 40
"""Reasons told in text; a longer list ends with the count of the rest."""

_MAX_REASONS = 500
"""Reasons told at all. Minimal conflicts of real packages have fewer than 20; a conflict that could not be
reduced in time may have thousands, which nobody reads."""


@dataclass(frozen=True, slots=True)
class ScoredConflict:
    """Why no stack exists."""

    roots: tuple[str, ...]
    """The requirements of the roots at fault."""
    reasons: tuple[str, ...]
    """Sentences without a full stop; with the roots, they rule out every stack."""
    facts: tuple[Fact, ...]
    """The same, for programs."""
    minimal: bool
    """Without any one of them a stack would exist; False: the time was over before that was tried."""

    def to_json(self) -> dict[str, object]:
        """Return the conflict as a JSON object."""
        return {"roots": list(self.roots), "reasons": list(self.reasons), "minimal": self.minimal}

    def __str__(self) -> str:
        """Return the conflict in lines for a person."""
        lines = ["no stack satisfies", *(f"  {root}" for root in self.roots)]
        if not self.roots:
            lines = ["no stack exists"]
        if self.reasons:
            lines += ["because", *(f"  {reason}" for reason in self.reasons[:_MAX_LINES])]
        if len(self.reasons) > _MAX_LINES:
            lines.append(f"  and {len(self.reasons) - _MAX_LINES} more facts")
        return "\n".join(lines)


def explain_conflict(
    problem: Problem,
    *,
    given: Term | None = None,
    budget_seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ScoredConflict:
    """Return a minimal explanation of why `problem`, known to have no stack, has none.

    `given`, one of its hard terms, is taken for granted: kept, and not told.

    Past `budget_seconds` the facts left are told as they are, and that they may not all be needed. Costs
    about k log n searches without scores, where k of n facts remain.
    """
    hard = without_scores(problem)
    deadline = None if budget_seconds is None else clock() + budget_seconds
    budgets = Budgets(deadline, None, _MEMORY_BYTES, clock)
    granted: list[Fact] = [("term", at) for at, term in enumerate(hard.terms) if term is given]
    facts, minimal = _minimise(hard, list_facts(hard), granted, budgets)
    return _Telling(hard, facts, minimal=minimal).conflict()


def _minimise(
    problem: Problem, facts: list[Fact], granted: list[Fact], budgets: Budgets
) -> tuple[list[Fact], bool]:
    """Return a smallest part of the facts that rules out every stack, and whether it was proved so."""
    settled = True

    def conflicts(kept: Sequence[Fact]) -> bool:
        nonlocal settled
        weaker = without_facts(problem, frozenset((*granted, *kept)))
        answer = search_weighted(weaker, (0,), count=1, budgets=budgets)
        settled = settled and answer.status != "unknown"
        return answer.status == "unsatisfiable"

    # The roots first: with fewer of them, fewer packages are reached and every later try is cheaper.
    needed: list[Fact] = []
    rest = facts = [fact for fact in facts if fact not in granted]
    size = max(1, len(facts) // 2)
    while rest:
        if budgets.seconds_left == 0:
            return [fact for fact in facts if fact in {*needed, *rest}], False
        chunk = rest[:size]
        if conflicts([*needed, *rest[size:]]):
            rest = rest[size:]
        elif size == 1:
            needed += chunk
            rest = rest[1:]
        else:
            size = max(1, min(size, len(rest)) // 2)
            continue
        size = min(2 * size, max(1, len(rest)))
    return [fact for fact in facts if fact in set(needed)], settled


class _Telling:
    """Puts facts into words."""

    def __init__(self, problem: Problem, facts: Sequence[Fact], *, minimal: bool) -> None:
        self.problem = problem
        self.facts = facts
        self.minimal = minimal
        self.roots = [
            problem.roots[fact[1]]
            for fact in facts
            if fact[0] == "root" and isinstance(fact[1], int)
        ]

    def conflict(self) -> ScoredConflict:
        reasons: list[str] = []
        for root in self.roots:
            reasons += self.shortcomings(root)
        for fact in self.facts:
            if len(fact) == 3:
                reasons += self.requirements(fact[1], fact[2])
            elif fact[0] == "term":
                reasons += self.term(self.problem.terms[fact[1]])
        if not self.minimal:
            reasons.append("the time was over: not all of these may be needed")
        roots = tuple(root.text for root in self.roots)
        return ScoredConflict(roots, tuple(dict.fromkeys(reasons)), tuple(self.facts), self.minimal)

    def requirements(self, node: str, target: str) -> Iterator[str]:
        """Yield what the releases of a node require of another, one sentence for each requirement.

        Releases that the roots at fault do not allow are left out: they are no way out.
        """
        releases = self.problem.packages[node]
        versions = _descending(releases)
        members: dict[ConditionalRequirement, list[int]] = {}
        for position, version in enumerate(versions):
            if all(
                specifier_contains(root.specifier, version)
                for root in self.roots
                if node in root.targets and root.unless is None
            ):
                for requirement in releases[version].requires:
                    if target in requirement.targets:
                        members.setdefault(requirement, []).append(position)
        for requirement, positions in members.items():
            text = f"require {target}{_spaced(requirement.specifier)}{self.unless(requirement)}"
            yield say(node, versions, positions, text)
            yield from self.shortcomings(requirement, only=target)

    def shortcomings(
        self, requirement: ConditionalRequirement, *, only: str | None = None
    ) -> Iterator[str]:
        """Yield why nothing at all can meet a requirement, if so."""
        for target in requirement.targets:
            if only is not None and target != only:
                continue
            releases = self.problem.packages.get(target)
            if releases is None:
                yield f"{target} is not among the packages"
            elif not any(specifier_contains(requirement.specifier, each) for each in releases):
                known = f": there are {_listed(releases)}" if releases else ""
                yield f"no release of {target} is {requirement.specifier}{known}"

    def term(self, term: Term) -> Iterator[str]:
        when = " and ".join(describe_condition(self.problem, each) for each in term.when)
        source = f" ({term.source})" if term.source else ""
        if term.forbid is not None:
            verb = "are" if len(term.when) > 1 else "is"
            yield f"{when or 'every stack'} {verb} forbidden{_together(term)}: {term.forbid}{source}"
        for requirement in term.requires or ():
            needs = f"{requirement.text} is required{self.unless(requirement)}"
            yield f"{needs}{f' when {when}' if when else ''}{source}"
            yield from self.shortcomings(requirement)

    def unless(self, requirement: ConditionalRequirement) -> str:
        if not requirement.unless:
            return ""
        conditions = [describe_condition(self.problem, each) for each in requirement.unless]
        return f" unless {' and '.join(conditions)}"


def describe_condition(problem: Problem, condition: Condition) -> str:
    """Return `lib 1.0 to 1.4` or `no lib`."""
    if condition.versions is None:
        return f"no {condition.node}"
    releases = problem.packages.get(condition.node, {})
    versions = _descending(releases)
    members = [at for at, version in enumerate(versions) if version in condition.versions]
    if not members:
        return f"no {condition.node}" if condition.or_absent else f"a missing {condition.node}"
    text = f"{condition.node} {describe_versions(versions, members)}"
    if len(members) == len(versions):
        text = condition.node
    return f"{text} or no {condition.node}" if condition.or_absent else text


def _together(term: Term) -> str:
    """Return ` together` where several packages have to be there at once."""
    present = sum(condition.versions is not None for condition in term.when)
    return " together" if present > 1 else ""


def _descending(releases: Mapping[str, Release]) -> list[str]:
    return sorted(releases, key=cmp_to_key(compare_versions), reverse=True)


def _listed(releases: Mapping[str, Release]) -> str:
    return describe_versions(_descending(releases), range(len(releases)))


def _spaced(specifier: str) -> str:
    return f" {specifier}" if specifier else ""

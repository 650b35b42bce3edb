"""What tells two stacks of one problem apart: the points, and the requirements that force it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver.conflict import describe_condition
from advisor_core.resolver.judge import all_hold
from advisor_core.standards import specifier_contains
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from advisor_core.resolver.problem import ConditionalRequirement, Level, Problem

__all__ = ["Change", "compare_scores", "list_forced_changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """Points that one of two stacks has and the other has not, or has otherwise."""

    level: str
    text: str
    """`lib 2.0` (its own points), or `app 1.0 with lib 2.0 (source)`."""
    best: int
    """Points in the best stack."""
    asked: int
    """Points in the best stack with what was asked for."""

    @property
    def difference(self) -> int:
        """Points gained by what was asked for; mostly negative."""
        return self.asked - self.best


def compare_scores(
    problem: Problem, best: Mapping[str, str], other: Mapping[str, str]
) -> Iterator[Change]:
    """Yield what scores otherwise in two stacks (all nodes of each); the changes' sum is the difference."""
    for level in problem.levels:
        one, two = (
            _contributions(problem, level, best),
            _contributions(problem, level, other),
        )
        for key in dict.fromkeys((*one, *two)):
            text, mine = one.get(key, ("", 0))
            other_text, theirs = two.get(key, ("", 0))
            if mine != theirs:
                joined = f"{other_text} in place of {text}" if text and other_text else ""
                yield Change(level.name, joined or text or other_text, mine, theirs)


def _contributions(
    problem: Problem, level: Level, nodes: Mapping[str, str]
) -> dict[tuple[str, object], tuple[str, int]]:
    """Return what scores: (kind, node or index) to the words and the points."""
    found: dict[tuple[str, object], tuple[str, int]] = {}
    for node, version in nodes.items():
        points = level.unary.get(node, {}).get(version, 0)
        if points or any(level.unary.get(node, {}).values()):
            found["unary", node] = f"{node} {version}", points
    for index, pair in enumerate(level.pairs):
        if nodes.get(pair.a) in pair.a_versions and nodes.get(pair.b) in pair.b_versions:
            text = f"{pair.a} {nodes[pair.a]} with {pair.b} {nodes[pair.b]}"
            found["pair", index] = _with_source(text, pair.source), pair.score
    for index, term in enumerate(level.terms):
        if term.score and all_hold(term.when, nodes):
            text = " and ".join(describe_condition(problem, each) for each in term.when)
            found["term", index] = _with_source(text or "every stack", term.source), term.score
    return found


def _with_source(text: str, source: str) -> str:
    return f"{text} ({source})" if source else text


def list_forced_changes(
    problem: Problem, best: Mapping[str, str], other: Mapping[str, str]
) -> Iterator[str]:
    """Yield the requirements that make the two stacks differ elsewhere too.

    First those of releases that the best stack has and the other cannot have, then those of releases that
    came with the other stack.
    """
    for node, version, text, target in _unmet(problem, best, other):
        instead = f"{node} {other[node]} in its place" if node in other else "it is left out"
        yield f"{node} {version} requires {text}, which {target} {other[target]} is not: {instead}"
    for node, version, text, target in _unmet(problem, other, best):
        yield f"{node} {version} requires {text}: {target} {other[target]} in place of {best[target]}"
    for node, version in other.items():
        if best.get(node) != version:
            for requirement in _active(problem, other, node):
                for target in requirement.targets:
                    if target not in best:
                        now = f"{target} {other[target]}"
                        yield f"{node} {version} requires {requirement.text}: {now} comes in"


def _unmet(
    problem: Problem, one: Mapping[str, str], two: Mapping[str, str]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield (node, version, requirement, target): of `one` alone, not met by what `two` has."""
    for node, version in one.items():
        if two.get(node) == version:
            continue
        for requirement in _active(problem, one, node):
            for target in requirement.targets:
                if target == node.partition("[")[0] or target not in two:
                    continue
                if not specifier_contains(requirement.specifier, two[target]):
                    yield node, version, requirement.text, target


def _active(
    problem: Problem, stack: Mapping[str, str], node: str
) -> Iterator[ConditionalRequirement]:
    for requirement in problem.packages[node][stack[node]].requires:
        if requirement.unless is None or not all_hold(requirement.unless, stack):
            yield requirement

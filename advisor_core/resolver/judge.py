"""Says whether a stack is valid and what it scores, straight from the definition; no search.

Every answer is judged here before it is shown, by code that shares nothing with the engine.

The definition: conditions are evaluated on the whole stack; then presence is the least set reached
from the roots through active requirements; the stack is valid if that set is the stack, every active
requirement holds, and no forbidden combination does. Example of "least": `a` requires `b` and `b`
requires `a`, no root requires either. {a, b} keeps itself alive, so it is no stack; {} is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from advisor_core.standards import specifier_contains

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.resolver.problem import (
        Condition,
        ConditionalRequirement,
        Level,
        Problem,
        Term,
    )

__all__ = ["all_hold", "find_fault", "score_level", "score_stack", "visible_stack"]


@lru_cache(maxsize=65536)
def _accepts(specifier: str, version: str) -> bool:
    return specifier_contains(specifier, version, prereleases=True)


def _holds(condition: Condition, stack: Mapping[str, str]) -> bool:
    version = stack.get(condition.node)
    if condition.versions is None:
        return version is None
    return condition.or_absent if version is None else version in condition.versions


def all_hold(conditions: Iterable[Condition], stack: Mapping[str, str]) -> bool:
    """Return whether every condition holds of the stack."""
    return all(_holds(condition, stack) for condition in conditions)


def _is_active(requirement: ConditionalRequirement, stack: Mapping[str, str]) -> bool:
    return requirement.unless is None or not all_hold(requirement.unless, stack)


def find_fault(problem: Problem, stack: Mapping[str, str]) -> str | None:
    """Return why `stack` (node to version, extras nodes included) is not valid, or None if it is."""
    for node, version in stack.items():
        if version not in problem.packages.get(node, {}):
            return f"not a candidate: {node} {version}"
    holding = [term for term in problem.terms if all_hold(term.when, stack)]
    for term in holding:
        if term.forbid is not None:
            return f"forbidden: {term.forbid}"
    active = _reached_requirements(problem, stack, holding)
    for requirement in active:
        for target in requirement.targets:
            at = stack.get(target)
            if at is None or not _accepts(requirement.specifier, at):
                return f"requirement not met: {requirement.text} by {target} {at}"
    reached = {target for requirement in active for target in requirement.targets}
    alone = sorted(stack.keys() - reached)
    return f"not reached from the roots: {', '.join(alone)}" if alone else None


def _reached_requirements(
    problem: Problem, stack: Mapping[str, str], holding: list[Term]
) -> list[ConditionalRequirement]:
    """Return the active requirements of the least set of nodes that the roots reach in `stack`."""
    found: list[ConditionalRequirement] = []
    reached: set[str] = set()
    waiting = [term for term in holding if term.requires is not None]
    new = list(problem.roots)
    while True:
        new = [requirement for requirement in new if _is_active(requirement, stack)]
        found.extend(new)
        nodes = {
            target for requirement in new for target in requirement.targets if target in stack
        } - reached
        reached |= nodes
        ready = [term for term in waiting if _is_reached(term, reached)]
        waiting = [term for term in waiting if term not in ready]
        if not nodes and not ready:
            return found
        new = [
            requirement
            for node in sorted(nodes)
            for requirement in problem.packages[node][stack[node]].requires
        ]
        new += [requirement for term in ready for requirement in term.requires or ()]


def _is_reached(term: Term, reached: set[str]) -> bool:
    """Return whether every package that the term wants present has been reached."""
    return all(
        condition.node in reached
        for condition in term.when
        if condition.versions is not None and not condition.or_absent
    )


def score_level(level: Level, stack: Mapping[str, str]) -> int:
    """Return the points of a stack in one level."""
    points = sum(level.unary.get(node, {}).get(version, 0) for node, version in stack.items())
    for pair in level.pairs:
        if stack.get(pair.a) in pair.a_versions and stack.get(pair.b) in pair.b_versions:
            points += pair.score
    for term in level.terms:
        if term.score is not None and all_hold(term.when, stack):
            points += term.score
    return points


def score_stack(problem: Problem, stack: Mapping[str, str]) -> tuple[int, ...]:
    """Return the points of a stack, one number for each level."""
    return tuple(score_level(level, stack) for level in problem.levels)


def visible_stack(problem: Problem, stack: Mapping[str, str]) -> dict[str, str]:
    """Return what is reported of a stack: no extras nodes, no virtual releases; sorted by name."""
    return {
        node: version
        for node, version in sorted(stack.items())
        if problem.is_visible(node, version)
    }

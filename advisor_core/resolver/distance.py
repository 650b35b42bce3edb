"""How far apart two stacks are, and the demand to be far from one, told in the problem's own words.

The distance of two stacks is in how many packages they differ as far as they are reported: one has
another version than the other, or has the package alone (Hamming distance). Performs no I/O.

That a stack differs from a given one at all is a forbidden combination. That it differs in at least d
packages is counted by a chain of hidden packages, one for each package; a link's version says how many
differences there are so far (d means d or more) and whether its own package differs:

    ?far 0 lib: version 2k + 1 = "k differences up to here, lib differs", 2k = "lib is the same".
    It requires the link before at k - 1 or k. The roots require the last one at d.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver.problem import (
    Condition,
    ConditionalRequirement,
    Release,
    Term,
)
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.resolver.problem import Problem

__all__ = ["exclude_stack", "keep_away", "measure_distances"]

_REASON = "too close to a stack that was given already"


def measure_distances(stacks: Sequence[Mapping[str, str]]) -> list[list[int]]:
    """Return the distances of all reported stacks to each other: int[n][n], symmetric, 0 on the diagonal.

    O(n^2 * packages) in numpy.
    """
    import numpy as np  # noqa: PLC0415 - only some commands need it, and it is slow to import

    packages = sorted({package for stack in stacks for package in stack})
    numbers: dict[tuple[str, str], int] = {}
    table = np.zeros((len(stacks), len(packages)), dtype=np.int32)
    for row, stack in enumerate(stacks):
        for column, package in enumerate(packages):
            if package in stack:
                key = package, stack[package]
                table[row, column] = numbers.setdefault(key, len(numbers) + 1)
    return [[int(distance) for distance in (table != row).sum(axis=1)] for row in table]


def keep_away(problem: Problem, stack: Mapping[str, str], distance: int, *, name: str) -> Problem:
    """Return the problem of the stacks at least `distance` (1 or more) away from a reported stack.

    `name` makes the names of hidden packages unique where several stacks are kept away from.
    """
    same = [
        condition
        for node in problem.packages
        if (condition := _same(problem, node, stack)) is not None
    ]
    if distance == 1:
        return _with_terms(problem, [Term(tuple(same), forbid=_REASON)])
    if distance > len(same):
        return _with_terms(problem, [Term((), forbid=_REASON)])
    packages = dict(problem.packages)
    terms: list[Term] = []
    before = ""
    for place, condition in enumerate(same, start=1):
        link = f"?far {name} {condition.node}"
        counts = range(max(0, distance - len(same) + place), min(distance, place) + 1)
        packages[link] = _link(before, counts, distance)
        alike = frozenset(str(2 * count) for count in range(distance + 1))
        apart = frozenset(packages[link]) - alike
        different = _complement(problem, condition)
        terms.append(Term((Condition(link, apart), condition), forbid=_REASON))
        terms.append(Term((Condition(link, alike), different), forbid=_REASON))
        before = link
    last = ConditionalRequirement(before, (before,), f">={2 * distance}")
    return _with_terms(
        replace(problem, packages=packages, roots=(*problem.roots, last)),
        terms,
    )


def exclude_stack(problem: Problem, nodes: Mapping[str, str]) -> Problem:
    """Return the problem of the stacks that are distinct from one (all its nodes)."""
    same = []
    for node, releases in problem.packages.items():
        at = nodes.get(node)
        if at is not None and problem.is_distinct(node, at):
            same.append(Condition(node, frozenset({at})))
            continue
        alike = frozenset(each for each in releases if not problem.is_distinct(node, each))
        if len(alike) < len(releases):
            same.append(Condition(node, alike, or_absent=True))
    return _with_terms(problem, [Term(tuple(same), forbid=_REASON)])


def _link(before: str, counts: range, distance: int) -> dict[str, Release]:
    """Return the versions of a link of the chain, for the counts that can still be completed.

    `before` is the link before, or nothing.
    """
    releases = {}
    for count in counts:
        for differs in (0, 1):
            if count < differs or (not before and count != differs):
                continue
            least = count - differs
            most = distance if differs and count == distance else least
            requires = ConditionalRequirement(before, (before,), f">={2 * least},<{2 * most + 2}")
            releases[str(2 * count + differs)] = Release(
                (requires,) if before else (), virtual=True
            )
    return releases


def _same(problem: Problem, node: str, stack: Mapping[str, str]) -> Condition | None:
    """Return when a package is reported as in `stack`; None when it always or never is reported so."""
    if "[" in node:
        return None
    if node in stack:
        return Condition(node, frozenset({stack[node]}))
    unseen = {version for version, release in problem.packages[node].items() if release.virtual}
    if len(unseen) == len(problem.packages[node]):
        return None
    return Condition(node, frozenset(unseen), or_absent=True)


def _complement(problem: Problem, condition: Condition) -> Condition:
    assert condition.versions is not None  # noqa: S101 - as _same makes them
    others = frozenset(problem.packages[condition.node]) - condition.versions
    return Condition(condition.node, others, or_absent=not condition.or_absent)


def _with_terms(problem: Problem, terms: Sequence[Term]) -> Problem:
    first = problem.levels[0]
    return replace(
        problem, levels=(replace(first, terms=(*first.terms, *terms)), *problem.levels[1:])
    )

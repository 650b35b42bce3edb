"""Leaves facts out of a problem, so that what is left can only have more stacks. Performs no I/O.

A fact is named by a tuple:

    ("root", i)              the i-th requirement of the roots
    ("requires", a, b)       what the releases of a require of b
    ("term", i)              the i-th of `problem.terms`, a forbidden combination or a requirement

A requirement that is left out still *may* bring its package in, because a rule may punish that the
package, or one that it brings in, is absent: in its place stands a hidden choice between requiring the
package and nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from advisor_core.resolver.problem import ConditionalRequirement, Level, Release
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from advisor_core.resolver.problem import Condition, Problem

__all__ = ["Fact", "list_facts", "without_facts", "without_scores"]

Fact: TypeAlias = "tuple[str, int] | tuple[str, str, str]"

_MAY = "?may "
"""Prefix of the hidden choice to bring a package in."""


def without_scores(problem: Problem) -> Problem:
    """Return the problem with its hard terms alone, in one level; their order is kept."""
    terms = tuple(term for term in problem.terms if term.score is None)
    return replace(problem, levels=(Level("", terms=terms),))


def list_facts(problem: Problem) -> list[Fact]:
    """Return the facts that can bear on a stack, as met from the roots. For `without_scores` problems."""
    facts: dict[Fact, None] = {("root", index): None for index in range(len(problem.roots))}
    facts |= {("term", index): None for index in range(len(problem.terms))}
    queue = [target for root in problem.roots for target in root.targets]
    queue += [
        target
        for term in problem.terms
        for requirement in term.requires or ()
        for target in requirement.targets
    ]
    seen: set[str] = set()
    for node in queue:
        if node in seen or node not in problem.packages:
            continue
        seen.add(node)
        targets = dict.fromkeys(
            target
            for release in problem.packages[node].values()
            for requirement in release.requires
            for target in requirement.targets
        )
        facts |= {("requires", node, target): None for target in targets}
        queue.extend(targets)
    return list(facts)


def without_facts(problem: Problem, kept: AbstractSet[Fact]) -> Problem:
    """Return the problem with only the facts that are kept; all others merely may hold."""
    weakener = _Weakener(_helpful(problem))
    roots = tuple(
        each
        for index, root in enumerate(problem.roots)
        for each in ((root,) if ("root", index) in kept else weakener.weaken((root,), frozenset()))
    )
    targets: dict[str, set[str]] = {}
    for fact in kept:
        if len(fact) == 3:
            targets.setdefault(fact[1], set()).add(fact[2])
    packages = {
        node: {
            version: replace(
                release, requires=weakener.weaken(release.requires, targets.get(node, frozenset()))
            )
            for version, release in releases.items()
        }
        for node, releases in problem.packages.items()
    }
    terms = []
    for place, term in enumerate(problem.terms):
        if ("term", place) in kept:
            terms.append(term)
        elif term.requires is not None:
            requires = weakener.weaken(term.requires, frozenset())
            terms.append(replace(term, requires=requires))
    for node in weakener.optional:
        packages[_MAY + node] = {
            "1": Release((ConditionalRequirement(node, (node,), ""),), virtual=True),
            "0": Release((), virtual=True),
        }
    return replace(problem, roots=roots, packages=packages, levels=(Level("", terms=tuple(terms)),))


class _Weakener:
    """Makes requirements optional."""

    def __init__(self, helpful: AbstractSet[str]) -> None:
        self.helpful = helpful
        self.optional: dict[str, None] = {}

    def weaken(
        self, requirements: Iterable[ConditionalRequirement], targets: AbstractSet[str]
    ) -> tuple[ConditionalRequirement, ...]:
        """Return the requirements as far as they are on one of the targets; others become choices."""
        found: list[ConditionalRequirement] = []
        for requirement in requirements:
            kept = tuple(target for target in requirement.targets if target in targets)
            if kept:
                found.append(replace(requirement, targets=kept))
            for target in requirement.targets:
                if target not in targets and target in self.helpful:
                    self.optional[target] = None
                    choice = _MAY + target
                    found.append(ConditionalRequirement(choice, (choice,), ""))
        return tuple(found)


def _helpful(problem: Problem) -> set[str]:
    """Return the nodes whose presence can ever help: conditions depend on them, or on what they reach."""
    requirers: dict[str, set[str]] = {}
    for node, releases in problem.packages.items():
        for release in releases.values():
            for requirement in release.requires:
                for target in requirement.targets:
                    requirers.setdefault(target, set()).add(node)
    queue = [each.node for each in _conditions(problem) if each.node in problem.packages]
    found = set(queue)
    for node in queue:
        new = requirers.get(node, set()) - found
        found |= new
        queue.extend(new)
    return found


def _conditions(problem: Problem) -> Iterator[Condition]:
    requirements = list(problem.roots)
    for term in problem.terms:
        yield from term.when
        requirements += term.requires or ()
    for releases in problem.packages.values():
        for release in releases.values():
            requirements += release.requires
    for requirement in requirements:
        yield from requirement.unless or ()

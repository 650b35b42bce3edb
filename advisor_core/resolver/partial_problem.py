"""A problem of which not everything is known yet, and its optimistic relaxation. Performs no I/O.

An index says cheaply which releases exist; what one of them requires costs a file. So a problem starts
with *unloaded* releases, whose requirements are unknown, and with *unlisted* packages, of which only
the scores know that they may exist. The relaxation is an ordinary problem in which

- an unloaded release requires nothing more than what is known of it, and may reach any package;
- an unlisted package has the versions that scores name, and one more that meets every requirement.

Every stack of the whole problem, whatever the unknown turns out to be, is a stack of the relaxation
that scores no less, once packages are left out whose presence nothing rewards. So the relaxation's
optimum bounds the whole problem's; and when its best stack is made of loaded releases only, that
stack is the whole problem's best.

    app 2 (unloaded), app 1 (loaded, requires lib<2); lib 1 -5 points, lib 2 none; app 1 -3 points.
    relaxation: {app 2} scores 0, so app 2 is worth loading. It turns out to require lib>=2: {app 2,
    lib 2} scores 0, is made of loaded releases once lib 2 is loaded, and app 1 was never asked for.

"May reach any" is told in the format itself: an unloaded release requires the hidden package `?any`,
which requires, for each package whose presence can be worth something, a hidden choice between
requiring that package and requiring nothing. A release that was itself reached so need not do that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver.problem import (
    Condition,
    ConditionalRequirement,
    Level,
    Problem,
    Release,
)
from advisor_core.standards import normalize_version
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["PartialProblem", "pessimistic_problem", "relaxed_problem"]

_ANY = "?any"
"""The hidden package that stands for what unloaded releases may require; no package has such a name."""

_REACH = "?reach "
"""Prefix of the hidden choice to reach a package."""

_CHOSEN = "1"
"""The version of a hidden choice that does reach it."""

_OTHER_VERSION = "0!0.dev0"
"""The version of an unlisted package that no score names."""

UNLOADED_LEVEL = "unloaded"
"""Name of the last level of a relaxation: among equal stacks, those of loaded releases come first."""


@dataclass(frozen=True, slots=True)
class PartialProblem:
    """What is known of a problem."""

    problem: Problem
    """`requires` of an unloaded release holds what is known already (that an extra is of the same
    release as its package); scores may name unlisted packages."""
    unloaded: Mapping[str, frozenset[str]]
    """Node to those of its versions that may require more than is known."""
    unlisted: frozenset[str] = frozenset()
    """Packages that may exist, whose candidates are not known yet; not in `problem.packages`. A
    package that neither `problem.packages` nor this names does not exist."""

    @property
    def existing(self) -> int:
        """How many releases are known to exist; extras do not count."""
        return sum(
            len(releases) for node, releases in self.problem.packages.items() if "[" not in node
        )

    @property
    def loaded(self) -> int:
        """Of how many of them the requirements are known."""
        return self.existing - sum(
            len(versions) for node, versions in self.unloaded.items() if "[" not in node
        )

    def wanted_by(self, stack: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
        """Yield what of a relaxation's stack is not known: unloaded releases; (package, None) unlisted."""
        for node, version in stack.items():
            if node in self.unlisted:
                yield node, None
            elif version in self.unloaded.get(node, ()):
                yield node, version


def relaxed_problem(partial: PartialProblem) -> Problem:
    """Return the optimistic relaxation. Its last level counts unloaded releases, as -1 point each.

    Unloaded releases are distinct even where they are not reported: a stack with one may stand for many
    of the whole problem, so it must not hide behind a loaded stack that is reported alike.
    Linear in the problem.
    """
    problem = partial.problem
    listed = _list_placeholders(partial)
    packages: dict[str, Mapping[str, Release]] = {}
    if any(partial.unloaded.values()) or listed:
        packages = _reaching(partial, listed)
    reachable = frozenset(name.removeprefix(_REACH) for name in packages)
    for node, releases in problem.packages.items():
        unloaded = partial.unloaded.get(node, frozenset())
        any_package = _may_reach(node, reachable)
        packages[node] = {
            version: Release(
                (*_loosened(release.requires, partial), *any_package),
                release.virtual,
                distinct=True,
            )
            if version in unloaded
            else replace(release, requires=_loosened(release.requires, partial))
            for version, release in releases.items()
        }
    for node, versions in listed.items():
        any_package = _may_reach(node, reachable)
        packages[node] = {version: Release(any_package, distinct=True) for version in versions}
    count = {node: dict.fromkeys(versions, -1) for node, versions in partial.unloaded.items()}
    count |= {node: dict.fromkeys(versions, -1) for node, versions in listed.items()}
    levels = tuple(
        replace(
            level,
            terms=tuple(
                term
                if term.requires is None
                else replace(term, requires=_loosened(term.requires, partial))
                for term in level.terms
            ),
        )
        for level in problem.levels
    )
    return Problem(
        name=problem.name,
        roots=_loosened(problem.roots, partial),
        packages=packages,
        levels=(*levels, Level(UNLOADED_LEVEL, unary=count)),
    )


def pessimistic_problem(partial: PartialProblem) -> Problem:
    """Return the problem without unloaded releases: its stacks are stacks of the whole problem."""
    packages = {
        node: {
            version: release
            for version, release in releases.items()
            if version not in partial.unloaded.get(node, ())
        }
        for node, releases in partial.problem.packages.items()
    }
    return replace(partial.problem, packages=packages)


def _requirement(node: str) -> ConditionalRequirement:
    return ConditionalRequirement(node, (node,), "")


def _may_reach(node: str, reachable: frozenset[str]) -> tuple[ConditionalRequirement, ...]:
    """Return what an unloaded release of a node requires, so that it may reach anything.

    Nothing where the node was itself reached so: then another unloaded release is there that was not.
    Without this, unloaded releases would reach each other in circles, which the engine can only cut one
    by one, each time searching anew.
    """
    if not reachable:
        return ()
    if node not in reachable:
        return (_requirement(_ANY),)
    chosen = Condition(_REACH + node, frozenset({_CHOSEN}))
    return (ConditionalRequirement(_ANY, (_ANY,), "", unless=(chosen,)),)


def _loosened(
    requirements: tuple[ConditionalRequirement, ...], partial: PartialProblem
) -> tuple[ConditionalRequirement, ...]:
    """Return the requirements, with every version of an unlisted package meeting them."""
    if partial.unlisted.isdisjoint(
        target for requirement in requirements for target in requirement.targets
    ):
        return requirements
    found = []
    for requirement in requirements:
        unlisted = tuple(t for t in requirement.targets if t in partial.unlisted)
        rest = tuple(t for t in requirement.targets if t not in partial.unlisted)
        if unlisted:
            found.append(replace(requirement, targets=unlisted, specifier=""))
        if rest:
            found.append(replace(requirement, targets=rest))
    return tuple(found)


def _list_placeholders(partial: PartialProblem) -> dict[str, tuple[str, ...]]:
    """Return, for each unlisted package, the versions that scores name and one more."""
    named: dict[str, dict[str, None]] = {node: {} for node in partial.unlisted}
    for node, versions in _named_versions(partial.problem):
        if node in named:
            for version in sorted(versions):
                if _is_version(version):
                    named[node][version] = None
    return {node: (*versions, _OTHER_VERSION) for node, versions in sorted(named.items())}


def _is_version(text: str) -> bool:
    try:
        return normalize_version(text) != normalize_version(_OTHER_VERSION)
    except ValueError:
        return False


def _named_versions(problem: Problem) -> Iterator[tuple[str, Iterable[str]]]:
    for level in problem.levels:
        yield from level.unary.items()
        for pair in level.pairs:
            yield pair.a, pair.a_versions
            yield pair.b, pair.b_versions
    when = (condition for term in problem.terms for condition in term.when)
    for condition in (*when, *_switches(problem)):
        if condition.versions is not None:
            yield condition.node, condition.versions


def _switches(problem: Problem) -> Iterator[Condition]:
    """Yield every condition that switches a requirement off."""
    requirements = list(problem.roots)
    for term in problem.terms:
        requirements += term.requires or ()
    for releases in problem.packages.values():
        for release in releases.values():
            requirements += release.requires
    for requirement in requirements:
        yield from requirement.unless or ()


def _worthwhile(partial: PartialProblem) -> Iterator[str]:
    """Yield the nodes whose presence can be worth something: the others are left out of a best stack.

    That is a node with positive points, alone or with others; one whose absence costs points; and
    one on which a forbidden combination, a requirement of a term or an `unless` depends, since any
    of these may make room for others.
    """
    for level in partial.problem.levels:
        for node, points in level.unary.items():
            if any(score > 0 for score in points.values()):
                yield node
        for pair in level.pairs:
            if pair.score > 0:
                yield pair.a
                yield pair.b
        for term in level.terms:
            for condition in term.when:
                if term.score is None or (term.score > 0) != (condition.versions is None):
                    yield condition.node
    for condition in _switches(partial.problem):
        yield condition.node


def _reaching(
    partial: PartialProblem, listed: Mapping[str, Iterable[str]]
) -> dict[str, Mapping[str, Release]]:
    """Return the hidden packages through which an unloaded release may reach others; perhaps none."""
    always = {
        target
        for requirement in partial.problem.roots
        if requirement.unless is None
        for target in requirement.targets
    }
    reachable = [
        node
        for node in dict.fromkeys(_worthwhile(partial))
        if (node in partial.problem.packages or node in listed) and node not in always
    ]
    if not reachable:
        return {}
    hidden: dict[str, Mapping[str, Release]] = {
        _ANY: {"1": Release(tuple(_requirement(_REACH + node) for node in reachable), virtual=True)}
    }
    for node in reachable:
        hidden[_REACH + node] = {
            _CHOSEN: Release((_requirement(node),), virtual=True),
            "0": Release((), virtual=True),
        }
    return hidden

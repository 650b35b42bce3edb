"""Turns terms that name packages and specifiers into terms over a problem's nodes and versions. Pure.

    "anotherlib ==2 with dependency2 ==2: -500"   becomes, with one environment,
    Pair("anotherlib", {"2"}, "dependency2", {"2"}, -500)

and with several one such pair in each, since packages that meet in no environment do not interact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from advisor_core.resolver.problem import Condition, Pair, Term
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.pipeline.interface import Match, MatchTerm
    from advisor_core.resolver.problem import ConditionalRequirement

__all__ = ["BoundTerm", "TermWorld", "bind_terms", "skip_conditions"]


class TermWorld(Protocol):
    """What binding needs to know of a problem."""

    @property
    def term_environments(self) -> Sequence[int]:
        """The environments of the problem's nodes."""

    @property
    def unlisted(self) -> frozenset[str]:
        """Packages whose candidates are not known yet: only what rewards them is bound."""

    def node_in(self, name: str, environment: int) -> str:
        """Return the node of a package in an environment."""

    def matching(self, match: Match) -> frozenset[str]:
        """Return the candidates that a match holds; none for a package that is not known."""

    def parse(self, text: str, environment: int) -> ConditionalRequirement | None:
        """Return a requirement; None when its marker does not hold there."""


@dataclass(frozen=True, slots=True)
class BoundTerm:
    """A term in one environment."""

    term: MatchTerm
    environment: int
    when: tuple[Condition, ...]


def bind_terms(terms: Iterable[MatchTerm], world: TermWorld) -> list[BoundTerm]:
    """Return the terms that can hold, in every environment; skips and pseudonyms are left out."""
    found = []
    for term in terms:
        if term.skips is not None or term.stands_for is not None:
            continue
        unknown = any(match.name in world.unlisted for match in term.when)
        if unknown and (term.score or 0) <= 0:
            continue
        for environment in world.term_environments:
            when = _conditions(term.when, environment, world)
            if when is not None:
                found.append(BoundTerm(term, environment, when))
    return found


def as_pair(bound: BoundTerm) -> Pair | None:
    """Return the pair that a term is; None when it is something else."""
    term = bound.term
    if term.score is None or len(bound.when) != 2:
        return None
    a, b = bound.when
    if a.versions is None or b.versions is None or a.node == b.node:
        return None
    return Pair(a.node, a.versions, b.node, b.versions, term.score, term.unit)


def as_term(bound: BoundTerm, world: TermWorld) -> Term | None:
    """Return the problem's term; None when all that it requires is for other environments."""
    term = bound.term
    requires = None
    if term.requires is not None:
        parsed = [world.parse(text, bound.environment) for text in term.requires]
        requires = tuple(each for each in parsed if each is not None)
        if not requires:
            return None
    return Term(bound.when, term.score, term.forbid, requires, term.unit)


def skip_conditions(
    term: MatchTerm, requirer: str, version: str, environment: int, world: TermWorld
) -> tuple[Condition, ...] | None:
    """Return when a term voids what a release requires of `term.skips`; None: never. Empty: always."""
    rest = term.when
    if rest and not term.every_requirer:
        first, rest = rest[0], rest[1:]
        if first.name != requirer or version not in world.matching(first):
            return None
    return _conditions(rest, environment, world)


def _conditions(
    matches: Sequence[Match], environment: int, world: TermWorld
) -> tuple[Condition, ...] | None:
    """Return the conditions; None when they cannot all hold."""
    found = []
    for match in matches:
        node = world.node_in(match.name, environment)
        if match.absent:
            found.append(Condition(node, None))
            continue
        versions = world.matching(match)
        if not versions:
            return None
        found.append(Condition(node, versions))
    return tuple(found)

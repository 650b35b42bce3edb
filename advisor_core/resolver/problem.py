"""A resolution problem as data: candidates, requirements and scores, and nothing of how it is solved.

This is the format `thoth-problem/1` after reading (`problem_file` reads it). An example in its words:

    app 1 requires lib>=1; lib has 1 and 2; a pair says "app 1 with lib 2: -5".
    stacks {app 1, lib 1} and {app 1, lib 2} are valid; {app 1} is not (lib is missing), and
    {app 1, lib 1, other 3} is not either: nobody requires `other`.

A *node* is a package or a package with one extra (`uvicorn[standard]`); its versions are its
candidates. A *stack* chooses at most one candidate for each node, and a node is present only if the
roots reach it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FORMAT",
    "Condition",
    "ConditionalRequirement",
    "Level",
    "Pair",
    "Problem",
    "Release",
    "Term",
]

FORMAT = "thoth-problem/1"


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds, or not, of a finished stack."""

    node: str
    """As `Problem.packages` spells it; a name that `packages` lacks is never present."""
    versions: frozenset[str] | None
    """The node is at one of these; None: the node is absent."""
    or_absent: bool = False
    """It holds as well when the node is absent; the file format has no word for this."""


@dataclass(frozen=True, slots=True)
class ConditionalRequirement:
    """`name[extras]specifier`, perhaps switched off by conditions."""

    text: str
    """As the file spells it."""
    targets: tuple[str, ...]
    """Nodes that must be present within `specifier`: `p[a]`, `p[b]` and `p` for `p[a,b]`. A name
    that `Problem.packages` lacks can never be satisfied."""
    specifier: str
    """PEP 440, perhaps empty; pre-releases match."""
    unless: tuple[Condition, ...] | None = None
    """Inactive when all of these hold; None: always active."""


@dataclass(frozen=True, slots=True)
class Release:
    """One candidate of a node."""

    requires: tuple[ConditionalRequirement, ...] = ()
    virtual: bool = False
    """Stands for another package: counts for conditions and scores, is not reported."""
    distinct: bool = False
    """Stacks with it are other stacks than those without it, reported or not; not in the file format."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Points for two releases together."""

    a: str
    a_versions: frozenset[str]
    b: str
    b_versions: frozenset[str]
    score: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """What follows when all of `when` holds. Exactly one of score, forbid, requires is set."""

    when: tuple[Condition, ...]
    score: int | None = None
    forbid: str | None = None
    """Why such a stack is not acceptable."""
    requires: tuple[ConditionalRequirement, ...] | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One objective. Levels are compared in order: the second matters only among equals of the first."""

    name: str
    unary: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Node to version to points; what is missing is 0."""
    pairs: tuple[Pair, ...] = ()
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything the search needs."""

    name: str
    roots: tuple[ConditionalRequirement, ...]
    packages: Mapping[str, Mapping[str, Release]]
    """Node to version to release; versions in the file's order."""
    levels: tuple[Level, ...] = (Level(""),)
    """At least one; exactly one, with an empty name, when the file has no `levels`."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of all levels: whatever its level, a `forbid` or a `requires` is hard."""
        return tuple(term for level in self.levels for term in level.terms)

    def is_visible(self, node: str, version: str) -> bool:
        """Return whether this release appears in a reported stack: no extras node, not virtual."""
        return "[" not in node and not self.packages[node][version].virtual

    def is_distinct(self, node: str, version: str) -> bool:
        """Return whether stacks that differ in this release are different stacks."""
        return self.is_visible(node, version) or self.packages[node][version].distinct

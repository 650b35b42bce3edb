"""What is advised, how good it is, and why: the values of `thoth-advice/1`. No behaviour, no I/O.

docs/advice.md describes the JSON form, which `report.advice_json` makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.outcome import Change
    from advisor_core.pipeline.interface import (
        Justification,
        ScorePart,
        StackMessage,
        UnitFailure,
    )
    from advisor_core.resolver.optimize import Status
    from advisor_core.resolver.problem import Problem

__all__ = [
    "FORMAT",
    "Advice",
    "AdvisedPackage",
    "NotChosen",
    "Present",
    "Product",
    "Search",
    "ShownJustification",
    "SolvedProblem",
    "StoredAdvice",
]

FORMAT = "thoth-advice/1"


@dataclass(frozen=True, slots=True)
class ShownJustification:
    """A justification as it concerns the advised stack."""

    justification: Justification
    effect: Literal["holds", "avoided", "note"]
    """holds: true of the stack. avoided: true of a stack that would otherwise have been chosen.
    note: for information."""


@dataclass(frozen=True, slots=True)
class NotChosen:
    """A release that was not chosen, and why."""

    version: str
    reasons: tuple[str, ...]
    """Plain text, one clause each; not escaped."""
    points: int | None = None
    """What the stack would gain (negative: lose) with only this release exchanged; None: no such
    stack is valid."""


@dataclass(frozen=True, slots=True)
class AdvisedPackage:
    """One package of the advised stack."""

    name: str
    version: str
    category: str
    points: int
    """Of the release alone; terms over several packages come on top."""
    parts: tuple[ScorePart, ...] = ()
    not_chosen: tuple[NotChosen, ...] = ()
    """Newer releases, newest first."""
    direct: bool = False
    locked: str | None = None
    """The version in the present lockfile."""
    seen: str = ""
    """What builds, imports and CI runs with the release said, with counts; empty: nothing is known."""


@dataclass(frozen=True, slots=True)
class Product:
    """One stack."""

    stack: Mapping[str, str]
    """Package to version, all categories, sorted."""
    score: int
    upper_bound: int
    status: Status
    justifications: tuple[ShownJustification, ...] = ()
    """The most important first, no repeats."""
    differences: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """From the first product: package to (there, here)."""
    levels: Mapping[str, int] = field(default_factory=dict)
    """Points by level, in order, where there are several."""


@dataclass(frozen=True, slots=True)
class Present:
    """The present lockfile as a stack."""

    score: int | None
    """None: it is no valid stack of the manifest."""
    fault: str = ""
    """Why it is none; plain text."""


@dataclass(frozen=True, slots=True)
class Search:
    """How large the question was, and what settled it."""

    combinations: int
    """The product of the numbers of candidate releases over all packages met: an exact integer."""
    packages: int
    nodes: int
    """Search nodes visited."""
    loaded: int
    """Releases whose metadata was read."""
    existing: int
    """Candidate releases of all packages met."""
    engine: str
    node_budget: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SolvedProblem:
    """The problem whose solution is advised: kept, it can be solved again with the same result."""

    category: str
    problem: Problem
    score: int
    upper_bound: int
    status: Status
    nodes: int
    """Search nodes of this one search."""
    node_budget: int | None


@dataclass(frozen=True, slots=True)
class Advice:
    """The answer for one target."""

    recommendation_type: str
    products: tuple[Product, ...]
    """Best first, or the present lockfile's stack alone when nothing beats it by the margin."""
    packages: tuple[AdvisedPackage, ...]
    """Of the first product, sorted by category and name."""
    search: Search
    margin: int
    keeps_lock: bool
    """Whether the answer is to do nothing."""
    present: Present | None
    """None: there is no lockfile."""
    newest_score: int | None
    """Score of the newest-first stack; None: units do not allow it."""
    changes: tuple[Change, ...] = ()
    stack_info: tuple[StackMessage, ...] = ()
    failures: tuple[UnitFailure, ...] = ()
    """Units that were skipped because they failed."""
    advisories_as_of: int | None = None
    """Epoch seconds; None: none were ever imported."""
    environments: tuple[tuple[str, int, int], ...] = ()
    """Of several: name, what the first product scores in it, and what the best stack found for it alone
    would."""
    diverse: tuple[Product, ...] = ()
    """Good stacks that differ much from the first and from each other."""
    problems: tuple[SolvedProblem, ...] = ()
    id: str = ""
    """128 random bits as hexadecimal digits, once it is stored."""


@dataclass(frozen=True, slots=True)
class StoredAdvice:
    """An advice as it is kept."""

    id: str
    """128 bits as hexadecimal digits, a digest: the same advice has the same."""
    answer: bytes
    """The advice as JSON."""
    problems: Mapping[str, bytes]
    """Category to its problem file, gzipped."""
    purpose: str = ""
    """The recommendation type."""
    results: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)
    """Category to status, score and upper bound of its problem, as solving it again gives them."""

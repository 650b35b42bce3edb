"""What a component of the score is given and answers. Values and a port, no behaviour, no I/O.

A component measures one thing of every release of a package, as an integer *amount* that knows nothing
of weights: `freshness` says -2 of a transitive release with one newer one. Points are amount times
weight, and a stack's score is the sum: so raising a weight never makes that component's amount of the
best stack worse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.model import Environment
    from advisor_core.pipeline.interface import Level, PackageCandidates

__all__ = ["INDEX", "Component", "Evidence", "Finding", "Observed", "ObservedPair", "ScoredPackage"]


INDEX = "the index"
"""Source of what the package's own index says."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was measured of one release, or of two together, all environments like the target's."""

    passed: int = 0
    """By how many builds, imports or repositories' CI it was seen to work."""
    failed: int = 0
    """By how many it was seen to fail, where nothing else explains it."""
    flaky: int = 0
    """Whose checks came to both outcomes on one commit; they count for nothing."""
    blame: int | None = None
    """Hundredths: how much of the failures is put down to it. None: all, 100 times `failed`."""
    own_blame: int = 0
    """100 if it is known to have failed in the repository that is advised: there it is no estimate."""
    voters: str = "observations"
    """What is counted: `repositories`."""
    faster_percent: int | None = None
    """How much faster than the package's reference release; negative: slower. None: not measured."""
    source: str = ""
    """Who measured: `CI`, `inspection 7f3a`."""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ObservedPair:
    """Two releases that failed together somewhere."""

    package: str
    """Comes before the other by name."""
    version: str
    other_package: str
    other_version: str
    observed: Observed


class Evidence(Protocol):
    """Whoever has observations: the knowledge base, or a table in a test."""

    def observed(
        self, package: str, versions: Sequence[str], environments: Sequence[Environment], /
    ) -> Mapping[str, Observed]:
        """Return what was observed, by version; versions of which nothing is known are left out."""

    def failed_pairs(
        self, packages: Iterable[str], environments: Sequence[Environment], /
    ) -> Sequence[ObservedPair]:
        """Return pairs of releases of these packages that failed together, in a stable order."""


@dataclass(frozen=True, slots=True)
class ScoredPackage:
    """A package with everything that its score depends on."""

    candidates: PackageCandidates
    now: int
    """Epoch seconds."""
    python: str = ""
    """Newest Python of the target's environments: `3.11.7`."""
    cooldown_days: int = 0
    """How old a release has to be."""
    status: str = "active"
    """PEP 792."""
    observed: Mapping[str, Observed] = field(default_factory=dict)
    prereleases_wanted: bool = False
    """Pre-releases count as releases like any other."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a component found of one release, for people."""

    message: str
    """One clause, plain text: `1 release behind 2.0`. May be hostile: escape."""
    source: str
    """What says so: `the index`, an advisory's id."""
    link: str = ""
    type: Literal["INFO", "WARNING", "ERROR"] = "INFO"
    advisory: str | None = None


class Component(Protocol):
    """One member of the family."""

    @property
    def name(self) -> str:
        """Of the component, as in the data file and in `--explain-score`."""

    @property
    def rule(self) -> str:
        """How the amount is computed, so that a person can do it by hand."""

    @property
    def level(self) -> Level:
        """Which level the points go to where a recommendation type has levels."""

    def amounts(self, package: ScoredPackage) -> Sequence[int]:
        """Return the amount of each release, parallel to `package.candidates.releases`.

        At most 0, but for components of measured evidence.
        """

    def findings(self, package: ScoredPackage, place: int) -> Sequence[tuple[int, Finding]]:
        """Return what makes up the amount of the release at a place; the amounts add up to it."""

"""What units are given and what they may answer. Values and ports, no behaviour, no I/O.

The families of units are those of Project Thoth: a *boot* checks and fills in before anything else, a
*pseudonym* offers another package in place of one, a *sieve* removes candidate releases, a *step*
gives points to a release or to releases that occur together (or forbids that, or changes what is
required), a *stride* accepts or rejects a finished stack, a *wrap* annotates one.

No unit runs inside the search. A sieve becomes a mask, a step becomes `ScorePart`s of single releases
and `MatchTerm`s over several:

    step "anotherlib 2 with dependency2 2 causes errors":
        MatchTerm(when=(Match("anotherlib", "==2"), Match("dependency2", "==2")), score=-500, ...)

Packages become known while metadata is loaded, so units are asked per package (`Prepared.judge_package`)
and terms name packages and specifiers, which whoever builds the problem turns into versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.advisories.interface import Advisory, AdvisorySource
    from advisor_core.model import Environment, Manifest

__all__ = [
    "Context",
    "FinalStack",
    "ImageFacts",
    "Justification",
    "Level",
    "Match",
    "MatchTerm",
    "PackageCandidates",
    "PackageJudgement",
    "Prepared",
    "RecommendationType",
    "ReleaseFacts",
    "Removal",
    "ScorePart",
    "StackMessage",
    "UnitFailure",
]

RecommendationType = Literal["latest", "stable", "performance", "security", "testing"]

Level = Literal["security", "main"]
"""Which objective points count in; levels are compared in order, `security` first where a
recommendation type asks for it. A type with one level counts both in it."""


@dataclass(frozen=True, slots=True)
class StackMessage:
    """Something to say of the whole run (Thoth's `stack_info`)."""

    type: Literal["INFO", "WARNING", "ERROR"]
    message: str
    """Plain text, may be hostile: escape."""
    link: str = ""
    source: str = ""
    """Name of the unit that says it."""


@dataclass(frozen=True, slots=True)
class Justification:
    """Why a stack is as it is, or what to know of it."""

    type: Literal["INFO", "WARNING", "ERROR"]
    message: str
    """Plain text, one sentence, may be hostile: escape."""
    link: str = ""
    """Evidence: an http(s) address, or empty."""
    package: str | None = None
    version_range: str | None = None
    advisory: str | None = None
    source: str = ""
    """Name of the unit or score part that says it."""
    points: int = 0
    """What it is worth in this stack; ranks it among the others by absolute value."""


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What is known of one candidate release before its metadata is read."""

    version: str
    """PEP 440 normalized."""
    position: int
    """In the project's releases, newest first."""
    prerelease: bool = False
    yanked: str | None = None
    """None: not yanked. Else the reason, possibly empty (PEP 592)."""
    uploaded_at: int | None = None
    """Earliest upload of a file of it, epoch seconds; None: the index does not say."""
    requires_python: str | None = None
    wheel: bool | None = None
    """Whether a wheel fits every environment of the target; None: not looked at."""
    sdist: bool | None = None
    advisories: tuple[Advisory, ...] = ()
    classifiers: tuple[str, ...] | None = None
    """Trove classifiers, where metadata with them was read; None: unknown."""


@dataclass(frozen=True, slots=True)
class PackageCandidates:
    """The candidate releases of one package, as units see them."""

    name: str
    """PEP 503 normalized."""
    index_url: str
    """Of the simple API it comes from, without credentials."""
    releases: Sequence[ReleaseFacts]
    """Newest first; those that cannot be used in some environment are left out."""
    direct: bool = False
    """Whether the manifest itself requires the package."""
    locked: str | None = None
    """The version in the present lockfile."""
    develop: bool = False
    """Whether it is resolved for a category other than `default`."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known of the contents of a container image."""

    symbols: frozenset[str] = frozenset()
    """Versioned symbols that its libraries offer: `GLIBC_2.28`."""
    symbol_families: frozenset[str] | None = None
    """`GLIBC`: the only families of which `symbols` is complete; None: of all."""
    rpm_packages: tuple[Mapping[str, str], ...] | None = ()
    """None: not known. With `package_name`, `arch`, `epoch`, `package_identifier`, `package_version`,
    `release`; and `src`, `true` for a source package."""
    python_packages: tuple[Mapping[str, str], ...] | None = ()
    """None: not known. With `name` (PEP 503 normalized), `version` and `location`."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a unit may depend on, for one target and one category."""

    environments: tuple[Environment, ...]
    declarations: Sequence[object]
    """Parallel: the `EnvironmentDeclaration`s (operating system, hardware, CUDA, base image, ...)."""
    recommendation_type: RecommendationType
    manifest: Manifest | None = None
    category: str = "default"
    locked: Mapping[str, str] = field(default_factory=dict)
    """Package to version of the present lockfile; empty: there is none."""
    lock_is_stale: bool | None = None
    """Whether the lockfile was made from another manifest; None: it does not say."""
    labels: Mapping[str, str] = field(default_factory=dict)
    library_usage: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Package to the names that the sources call, `tensorflow.keras.layers.Dense`."""
    authenticated: bool = False
    dependency_monkey: bool = False
    units: Mapping[str, object] = field(default_factory=dict)
    """Configuration of units by name, as `advice.units` of a `.thoth.yaml` has it."""
    unit_places: Mapping[str, str] = field(default_factory=dict)
    """Unit, or unit and option (`CveSieve.severity`), to where it is configured: `file:line`."""
    decision_type: Literal["all", "random"] | None = None
    """How Dependency Monkey chooses stacks."""
    images: Mapping[str, ImageFacts] = field(default_factory=dict)
    """Base image, as declared, to what is known of it; one that was not analysed is left out."""
    advisories: AdvisorySource | None = None
    now: int = 0
    """Epoch seconds: the clock is a parameter."""


@dataclass(frozen=True, slots=True)
class Match:
    """A release of a package within a specifier; or, with `absent`, that the package is not there."""

    name: str
    specifier: str = ""
    """PEP 440; pre-releases match; empty matches every release."""
    index_url: str | None = None
    """Only when the package comes from this index; None: from any."""
    not_index_url: str | None = None
    develop: bool | None = None
    absent: bool = False
    versions: frozenset[str] | None = None
    """Exact versions instead of a specifier."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """Points of one release, with where they come from."""

    name: str
    """Of the part: `freshness`, `vulnerability`, or the unit's name."""
    points: int
    source: str
    """What measured or published it, in words: `PYSEC-2024-1`, `the index`, a prescription's name."""
    link: str = ""
    level: Level = "main"
    justifications: tuple[Justification, ...] = ()
    """Said when the release is in the stack."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Why a release is no candidate."""

    version: str
    reason: str
    """Completes `X 1.0 was removed by UNIT because ...`."""
    unit: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class PackageJudgement:
    """What the units say of the releases of one package."""

    removals: tuple[Removal, ...] = ()
    parts: Mapping[str, tuple[ScorePart, ...]] = field(default_factory=dict)
    """Version to its points."""


@dataclass(frozen=True, slots=True)
class MatchTerm:
    """What follows when all of `when` hold. Exactly one of score, forbid, requires, skips, stands_for."""

    when: tuple[Match, ...]
    unit: str
    score: int | None = None
    """Points when all hold."""
    forbid: str | None = None
    """No such stack is acceptable; the reason."""
    requires: tuple[str, ...] | None = None
    """PEP 508 requirements that then hold too (AddPackage)."""
    skips: str | None = None
    """Name of a package whose requirements by the first match are then void (SkipPackage); with
    `every_requirer`, or an empty `when`, whoever requires it."""
    every_requirer: bool = False
    """With `skips`: the requirements by every package, and by the manifest, are void."""
    stands_for: tuple[str, str] | None = None
    """Package and version that may be taken in place of the one matched (pseudonym); an empty
    version: any."""
    level: Level = "main"
    source: str = ""
    link: str = ""
    justifications: tuple[Justification, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitFailure:
    """A unit that raised or took longer than its budget: skipped, and named in the advice."""

    unit: str
    file: str
    reason: str
    """Lower case, no traceback."""


@dataclass(frozen=True, slots=True)
class FinalStack:
    """A finished stack, as strides and wraps see it."""

    versions: Mapping[str, str]
    """Package to version, sorted."""
    indexes: Mapping[str, str]
    """Package to the URL of the index it comes from."""
    score: int
    facts: Mapping[str, ReleaseFacts] = field(default_factory=dict)


class Prepared(Protocol):
    """A pipeline after its boots: what the advisor asks while it builds the problem."""

    @property
    def stack_info(self) -> Sequence[StackMessage]:
        """What boots, and everything else so far, say of the run."""

    @property
    def stop(self) -> str | None:
        """Why there is to be no advice (a boot is not satisfied, an eager stop); None: go on."""

    @property
    def failures(self) -> Sequence[UnitFailure]:
        """Units that were skipped so far because they failed."""

    @property
    def has_strides(self) -> bool:
        """Whether `accept` may refuse a stack: then the best stacks are generated and tested."""

    def judge_package(self, package: PackageCandidates) -> PackageJudgement:
        """Return the masks and points of the package's releases. Called once per package."""

    def terms(self, names: Iterable[str]) -> Sequence[MatchTerm]:
        """Return the terms that concern packages among `names`, in a stable order, no repeats.

        A term is returned when every package it needs present is in `names`.
        """

    def companions(self, names: Iterable[str]) -> frozenset[str]:
        """Return what else has to be present for terms that reward something and concern one of `names`.

        A package of which nothing loaded is known may be reached by a release that is not loaded yet:
        it is worth a look if that makes a rewarded term hold.
        """

    def accept(self, stack: FinalStack) -> str | None:
        """Return why a stride refuses the stack; None: accepted."""

    def annotate(self, stack: FinalStack) -> Sequence[Justification]:
        """Return what wraps say of the stack."""

"""The values that every part of the advisor shares. No behaviour beyond small derivations, no I/O.

From what a person wrote (`DeclaredRequirement` in a `Category` of a `Manifest`), for a runtime
`Environment`, the resolver computes a `Stack`: one `Pin` per package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DECIDED",
    "EXTRA_PREFIX",
    "Artifact",
    "Category",
    "DeclaredRequirement",
    "Edge",
    "Environment",
    "IndexSource",
    "Manifest",
    "Origin",
    "Pin",
    "Requirement",
    "Skipped",
    "Stack",
    "Target",
]

DECIDED = "decided"
"""Key of the origin of a constraint that nobody wrote: what a lockfile before this one came to."""

EXTRA_PREFIX = "extra:"
"""Begins the name of the category of an extra that has the name of a dependency group."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that could not be had, with the reason. Never None, never a dropped row."""

    reason: str
    """Lower case, no final full stop: `metadata of the sdist is dynamic`."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One wheel or sdist of a release, as the index lists it (PEP 691 `files[]`)."""

    filename: str
    url: str
    """Absolute; of a file in a folder of the project its path there."""
    hashes: Mapping[str, str]
    """Algorithm to lower-case hex digest, as the index says; empty when it says none."""
    size: int | None = None
    """Bytes, or None when the index does not say."""
    requires_python: str | None = None
    yanked: str | None = None
    """None: not yanked. Else the reason (PEP 592), possibly empty."""
    upload_time: int | None = None
    """Seconds since the epoch, or None when the index does not say (PEP 700)."""
    metadata: str | bool | None = None
    """PEP 658/714: False: the index says there is none. True: there is one, no digest given.
    A string: its sha256. None: the index says nothing, so `URL.metadata` may be tried."""

    @property
    def is_wheel(self) -> bool:
        """Whether this is a wheel; anything else here is an sdist."""
        return self.filename.endswith(".whl")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A parsed PEP 508 requirement."""

    name: str
    """PEP 503 normalized."""
    extras: tuple[str, ...] = ()
    """PEP 685 normalized, sorted, no repeats."""
    specifier: str = ""
    """As written, blanks removed around clauses: `>=1.0,<2`."""
    marker: str | None = None
    url: str | None = None
    """PEP 508 direct reference; the resolver refuses it, a lockfile writer may keep it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a person wrote something."""

    file: str
    """Path relative to the project, `/` as separator."""
    line: int | None = None
    """1-based."""
    key: str | None = None
    """`packages.flask`, for files whose lines are not known."""

    def __str__(self) -> str:
        """Return `file:line`, else `file: key`, else `file`."""
        if self.line is not None:
            return f"{self.file}:{self.line}"
        return f"{self.file}: {self.key}" if self.key else self.file


@dataclass(frozen=True, slots=True)
class DeclaredRequirement:
    """A requirement as a manifest declares it."""

    requirement: Requirement
    origin: Origin
    text: str
    """What the person wrote, for messages: `flask = ">=2"` or `flask>=2`. May be hostile: escape."""
    index: str | None = None
    """Name of the manifest's index source this package must come from, or None for the rule
    `the first index that has the name wins`."""
    allow_prereleases: bool = False
    kept: Mapping[str, object] | None = None
    """A VCS, path or file entry that is not resolved but kept verbatim in the lock; then
    `requirement.specifier` is empty."""
    hashes: tuple[str, ...] = ()
    """`sha256:...` values the person demanded; the chosen release must have one of them."""
    via: str | None = None
    """Name of the kept entry with a path whose `pyproject.toml` declares this; None: the manifest."""
    knows_requirements: bool = False
    """For a kept entry: what it requires follows it in the category, each with `via`."""


@dataclass(frozen=True, slots=True)
class IndexSource:
    """A package index that a manifest or the command line names."""

    name: str
    url: str
    """Of the simple API, may contain `${VARIABLE}` as written; never expanded into a lock."""
    verify_ssl: bool = True
    explicit: bool = False
    """Whether it has only the packages that name it, and is searched for no other."""
    private: bool = False
    """Whether what it says is for those with the credentials of its URL, and is cached for them alone."""
    flat: bool = False
    """Whether it is one page of links to files of any projects (`--find-links`), or, where its URL has
    no scheme, a folder of the project with such files."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of the project: its URL is then the path there."""
        return self.flat and "://" not in self.url


@dataclass(frozen=True, slots=True)
class Category:
    """A named group of requirements: `default`, `develop`, or one that the person invented."""

    name: str
    requirements: tuple[DeclaredRequirement, ...]
    constraints: tuple[DeclaredRequirement, ...] = ()
    """Restrict versions where the package is present, require nothing (`-c`)."""
    is_extra: bool = False
    """Whether it is an extra of the project (PEP 621), and not a group for who works on it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a person edits, read whole."""

    path: str
    """Relative to the project, `/` as separator."""
    kind: Literal["pipfile", "pyproject", "requirements"]
    categories: tuple[Category, ...]
    """`default` first."""
    sources: tuple[IndexSource, ...] = ()
    """Empty: the command line's or the default index."""
    requires_python: str | None = None
    """A PEP 440 specifier set from `requires-python`, or None."""
    python_version: str | None = None
    """`3.11` or `3.11.4` from Pipfile `[requires]`, or None."""
    allow_prereleases: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Every file that was read for it (with `-r` and `-c`), by path."""
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    independent_categories: bool = False
    """`[pipenv] use_default_constraints = false`: the pins of `default` do not bind the others."""
    index_choices: Mapping[str, tuple[tuple[str, str | None, str | None], ...]] = field(
        default_factory=dict
    )
    """Package to the indexes that it may come from: name of the index, marker, extra."""
    thoth: Mapping[str, object] = field(default_factory=dict)
    """The `[thoth]` section of a Pipfile, as written; no part of the Pipfile's hash."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A runtime environment made concrete: what PEP 508 markers see, and which wheels fit."""

    name: str
    python: str
    """Full version: `3.11.7`; `3.11` when only that is known."""
    markers: Mapping[str, str]
    """The eleven PEP 508 variables, without `extra`."""
    tags: Mapping[str, int]
    """`cp311-cp311-manylinux_2_28_x86_64` to its rank; 0 is the best fit."""
    platform: str = ""
    """A wheel platform tag, as DESIGN's `--platform`: `manylinux_2_28_x86_64`."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One requirement of a chosen release (or of the manifest) on another chosen release."""

    parent: str | None
    """Name of the requirer; None for the manifest."""
    requirement: Requirement
    environments: tuple[str, ...]
    """Names of the environments in which its marker holds."""
    spelling: str = ""
    """The package's name as the requirer spells it, `ruamel.yaml`: pipenv locks the first requirer's
    spelling. Empty: as normalized."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a stack."""

    name: str
    version: str
    """As the index spells it after PEP 440 normalization."""
    artifacts: tuple[Artifact, ...]
    """Every artifact of the release on the index it came from, in the index's order; where the
    manifest demands hashes, those that have one of them."""
    index: str
    """Name of the `IndexSource` it came from."""
    extras: tuple[str, ...] = ()
    """Extras of it that are part of the stack."""
    requires_python: str | None = None
    """`Requires-Python` of the release's metadata."""
    required_by: tuple[Edge, ...] = ()
    environments: tuple[str, ...] = ()
    """Names of the environments in which it is installed."""
    yanked: str | None = None

    @property
    def direct(self) -> bool:
        """Whether the manifest itself requires it."""
        return any(edge.parent is None for edge in self.required_by)


@dataclass(frozen=True, slots=True)
class Stack:
    """A closed assignment of versions that satisfies the roots and itself."""

    pins: Mapping[str, Pin]
    """By package name, sorted."""
    engine: str = "c"
    """Which engine answered: `c` or `python`."""
    skipped: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Package to version to the reason why that release was no candidate (unknown metadata)."""


@dataclass(frozen=True, slots=True)
class Target:
    """Runtime environments whose lock is the same file: solved together."""

    manifest: Manifest
    lockfile: str
    """Path of the lockfile, relative to the project."""
    environments: tuple[Environment, ...]

"""What a prescription says, as values. No reading of YAML, no judgement.

They are `msgspec` structures rather than the project's value classes: ninety thousand of them are
written to and read from the compiled form (`compiled.py`) in one go, which checks every type.

    step "AnotherlibErrors": match anotherlib==2 together with dependency2==2, score -0.5
        Unit(kind="steps", matches=(UnitMatch((Release("anotherlib", "==2"), Release(...))),), ...)
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "KINDS",
    "Environments",
    "Hardware",
    "Include",
    "Integers",
    "Kind",
    "Message",
    "MessageType",
    "PythonPackage",
    "Release",
    "RpmPackage",
    "Run",
    "Texts",
    "Unit",
    "UnitMatch",
]

Kind = Literal["boots", "pseudonyms", "sieves", "steps", "strides", "wraps"]

MessageType = Literal["INFO", "WARNING", "ERROR"]

KINDS: tuple[Kind, ...] = ("boots", "pseudonyms", "sieves", "steps", "strides", "wraps")
"""In the order in which a pipeline runs them."""


class Release(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Releases that an entry of `match` means (`package_version`)."""

    name: str = ""
    """PEP 503 normalized; empty: of any package."""
    specifier: str = ""
    """PEP 440; empty: any version."""
    index_url: str = ""
    """Without a slash at the end; empty: from any index."""
    other_index: bool = False
    """From any index but that one (`not:`)."""
    develop: bool | None = None


class UnitMatch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry of `match`: the unit acts when all of it holds."""

    releases: tuple[Release, ...] = ()
    """Together in the stack. Of a step, the first is its `package_version`. Empty: always."""
    requirers: tuple[Release, ...] = ()
    """`package_version_from`: what must have brought the first one in."""
    other_requirers: bool = True
    """`package_version_from_allow_other`."""


class Texts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A list of `should_include`, perhaps within `not:`. None stands for `there is none`."""

    values: tuple[str | None, ...]
    negated: bool = False

    def hold(self, value: str | None) -> bool:
        """Return whether the value is one of them, or with `not:` none of them."""
        return (value in self.values) != self.negated


class Integers(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """As `Texts`, of numbers."""

    values: tuple[int | None, ...]
    negated: bool = False

    def hold(self, value: int | None) -> bool:
        """Return whether the value is one of them, or with `not:` none of them."""
        return (value in self.values) != self.negated


class Hardware(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry of `hardware`: all of it must hold."""

    cpu_families: Integers | None = None
    cpu_models: Integers | None = None
    cpu_flags: Texts | None = None
    """All of them, or with `not:` none of them, must be offered by the processor."""
    gpu_models: Texts | None = None


class RpmPackage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An RPM package; a field that is not given matches anything."""

    fields: tuple[tuple[str, str], ...]
    """Sorted: `(("arch", "x86_64"), ("package_name", "gcc"))`; `src` is `true` or `false`."""


class PythonPackage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A Python package that an image brings."""

    name: str
    specifier: str = ""
    location: str = ""
    """A regular expression that the whole folder must match; empty: anywhere."""


class Environments(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`runtime_environments`: all of it must hold in an environment."""

    operating_systems: tuple[tuple[str | None, str | None], ...] = ()
    """Names with versions, None: any; one must match. Empty: any."""
    hardware: tuple[Hardware, ...] = ()
    """One must match. Empty: any."""
    versions: tuple[tuple[str, str | None], ...] = ()
    """`python_version`, `cuda_version`, ... with a specifier, None: there must be none."""
    platforms: Texts | None = None
    base_images: Texts | None = None
    """`IMAGE`, any tag; `IMAGE:TAG`; `IMAGE:TAG*`."""
    abi: Texts | None = None
    """Symbols that must all be there, or with `not:` none."""
    rpm_packages: tuple[RpmPackage, ...] = ()
    without_rpm_packages: bool = False
    """`rpm_packages` stood within `not:`."""
    python_packages: tuple[PythonPackage, ...] = ()
    without_python_packages: bool = False


class Include(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`should_include`: all of it must hold for the unit to be used."""

    times: int = 1
    adviser_pipeline: bool = False
    dependency_monkey_pipeline: bool = False
    authenticated: bool | None = None
    labels: tuple[tuple[str, str], ...] = ()
    """One must match. Empty: any."""
    recommendation_types: Texts | None = None
    decision_types: Texts | None = None
    library_usage: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Package to what the sources must all call; `x.*` is anything within x."""
    environments: Environments | None = None
    dependencies: tuple[tuple[Kind, str], ...] = ()
    """Units that must be used too."""


class Message(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something to say."""

    type: MessageType
    message: str
    link: str = ""
    package: str | None = None
    version_range: str | None = None
    advisory: str | None = None
    """`advisory`, else `cve_id`."""


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the unit does."""

    stack_info: tuple[Message, ...] = ()
    log: tuple[str, str] | None = None
    """Type and message."""
    justification: tuple[Message, ...] = ()
    score: float | None = None
    not_acceptable: str = ""
    eager_stop_pipeline: str = ""
    multi_package_resolution: bool = False
    package: str = ""
    """What a pseudonym offers, or AddPackage adds."""
    locked_version: str = ""
    """Its version; empty: any."""
    package_index_url: str = ""
    package_develop: bool | None = None
    yield_matched_version: bool = False
    release_notes: tuple[str, str, str] | None = None
    """Organization, repository and prefix of tags on GitHub."""
    manifest_changes: str = ""
    """`advised_manifest_changes` as JSON."""


class Unit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One unit of one file."""

    kind: Kind
    type: str
    """`step`, `step.Group`, `sieve.SkipPackage`, ..."""
    name: str
    file: str
    """Relative to the folder it was read from."""
    line: int
    include: Include
    matches: tuple[UnitMatch, ...] = ()
    """One must hold. Empty: always."""
    run: Run = Run()
    needs: tuple[Include, ...] = ()
    """`should_include` of the prescriptions it depends on, all must hold; filled in when all files
    are known."""
    built_in_needs: tuple[tuple[Kind, str], ...] = ()
    """Units in Python it depends on."""

"""What a unit in Python is: one class per unit, of one of six families.

    class OldSieve(Sieve):
        "Removes releases older than a year."
        options = {"days": Option("integer", default=365)}

        def run(self, package):
            for release in package.releases:
                if release.uploaded_at and self.context.now - release.uploaded_at > self["days"] * 86400:
                    yield Removal(release.version, "it is old", self.name)

A unit is made once per configuration that `should_include` yields. It performs no I/O, keeps to the
values it is given, and answers the same for the same input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import (
        Context,
        FinalStack,
        Justification,
        MatchTerm,
        PackageCandidates,
        Removal,
        ScorePart,
        StackMessage,
    )
    from advisor_core.pipeline.prescriptions.model import Kind

__all__ = ["Boot", "Option", "Pseudonym", "Sieve", "Step", "Stop", "Stride", "Unit", "Wrap"]

OptionType = Literal[
    "text", "texts", "integer", "number", "boolean", "package", "specifier", "choice"
]


@dataclass(frozen=True, slots=True)
class Option:
    """One key of a unit's configuration."""

    type: OptionType
    default: object = None
    """None: the key need not be given and has no value."""
    required: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""
    """What it means, in a sentence."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A boot's wish that there be no advice."""

    reason: str
    """Lower case, no final full stop."""


class Unit:
    """One unit with one configuration."""

    kind: ClassVar[Kind]
    options: ClassVar[Mapping[str, Option]] = {}
    """Configuration schema. A key `package_name` limits the unit to that package."""
    manual: ClassVar[bool] = False
    """Used only when it is configured."""

    def __init__(self, context: Context, configuration: Mapping[str, object]) -> None:
        """Take a configuration that `options` was checked against, defaults filled in."""
        self.context = context
        self.configuration = configuration

    @property
    def name(self) -> str:
        """What reports and configurations call it: the name of its class."""
        return type(self).__name__

    @property
    def remote_file(self) -> str:
        """Where a unit that runs in another process is defined; empty for the others."""
        return ""

    @property
    def packages(self) -> tuple[str, ...] | None:
        """The only packages it is asked about; None: all."""
        name = self.configuration.get("package_name")
        return (name,) if isinstance(name, str) else None

    @classmethod
    def should_include(cls, context: Context) -> Iterable[Mapping[str, object]]:
        """Yield the configuration of each use of the unit, none to leave it out."""
        del context
        return () if cls.manual else ({},)

    def text(self, key: str) -> str:
        """Return a value of the configuration as text; empty when it is not given."""
        value = self.configuration.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of the configuration."""
        value = self.configuration.get(key)
        return tuple(map(str, value)) if isinstance(value, list | tuple) else ()

    def number(self, key: str) -> float:
        """Return a number of the configuration; 0 when it is not given."""
        value = self.configuration.get(key)
        return value if isinstance(value, int | float) else 0


class Boot(Unit):
    """Checks and says, once, before anything else."""

    kind = "boots"

    def run(self) -> Iterable[StackMessage | Stop]:
        """Return what to say of the run, and perhaps that it is to stop."""
        raise NotImplementedError


class Pseudonym(Unit):
    """Offers releases of another package in place of those of one."""

    kind = "pseudonyms"

    def run(self, package: PackageCandidates) -> Iterable[tuple[str, str, str]]:
        """Return version, other package, its version; an empty version of the other: any."""
        raise NotImplementedError


class Sieve(Unit):
    """Removes candidate releases of a package."""

    kind = "sieves"

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return the releases to remove, each with its reason."""
        raise NotImplementedError


class Step(Unit):
    """Gives points."""

    kind = "steps"

    def run(self, package: PackageCandidates) -> Iterable[tuple[str, ScorePart]]:
        """Return points of single releases, each with the version."""
        del package
        return ()

    def terms(self) -> Iterable[MatchTerm]:
        """Return points, refusals and requirements for releases that occur together. Called once."""
        return ()


class Stride(Unit):
    """Accepts or refuses a finished stack: a black box, so stacks are generated and tested."""

    kind = "strides"

    def run(self, stack: FinalStack) -> str | None:
        """Return why the stack is refused; None: accepted."""
        raise NotImplementedError


class Wrap(Unit):
    """Says something of a finished stack."""

    kind = "wraps"

    def run(self, stack: FinalStack) -> Iterable[Justification]:
        """Return what to say."""
        raise NotImplementedError

"""Units in child processes, as the engine sees units."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from advisor_core.errors import Fault
from advisor_core.pipeline.answers import check_packages
from advisor_core.pipeline.interface import (
    Justification,
    MatchTerm,
    Removal,
    ScorePart,
    StackMessage,
)
from advisor_core.pipeline.plugins.child import Child
from advisor_core.pipeline.plugins.discovery import ChildError
from advisor_core.pipeline.units.interface import (
    Boot,
    Pseudonym,
    Sieve,
    Step,
    Stop,
    Stride,
    Unit,
    Wrap,
)
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.pipeline.interface import Context, FinalStack, PackageCandidates
    from advisor_core.pipeline.plugins.discovery import Plugin
    from advisor_core.pipeline.prescriptions.model import Kind

__all__ = ["RemoteUnit", "start_units"]

_START_SECONDS = 30.0
"""For starting the interpreter with our own code; importing the other package is in the unit's budget."""


@dataclass(frozen=True, slots=True)
class _Described:
    """What the child says of one use of its unit."""

    number: int
    kind: Kind
    packages: tuple[str, ...] | None


class RemoteUnit(Unit):
    """A use of a unit in a child process."""

    def __init__(self, child: Child, described: _Described, context: Context) -> None:
        """Take what the child said of it."""
        super().__init__(context, {})
        self.child = child
        self.described = described

    @property
    def name(self) -> str:
        """Of the entry point."""
        return self.child.plugin.name

    @property
    def remote_file(self) -> str:
        """Where the unit is defined."""
        return self.child.file

    @property
    def packages(self) -> tuple[str, ...] | None:
        """The only packages it is asked about; None: all."""
        return self.described.packages

    def ask(self, operation: str, *arguments: object) -> object:
        """Return what the unit answers."""
        return self.child.call(operation, self.described.number, *arguments)

    def ask_all(
        self, operation: str, cls: type | tuple[type, ...], *arguments: object
    ) -> list[object]:
        """Return the values that the unit answers, all of the classes."""
        answer = self.ask(operation, *arguments)
        if not isinstance(answer, tuple) or not all(isinstance(each, cls) for each in answer):
            raise ChildError(f"its answer cannot be used: {answer!r:.80}")
        return list(answer)


class _RemoteBoot(RemoteUnit, Boot):
    def run(self) -> Iterable[StackMessage | Stop]:
        return cast("list[StackMessage | Stop]", self.ask_all("run", (StackMessage, Stop)))


class _RemotePseudonym(RemoteUnit, Pseudonym):
    def run(self, package: PackageCandidates) -> Iterable[tuple[str, str, str]]:
        offers = cast("list[tuple[str, str, str]]", self.ask_all("run", tuple, package))
        return [
            (str(version), str(other), str(other_version))
            for version, other, other_version in offers
        ]


class _RemoteSieve(RemoteUnit, Sieve):
    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        return cast("list[Removal]", self.ask_all("run", Removal, package))


class _RemoteStep(RemoteUnit, Step):
    def run(self, package: PackageCandidates) -> Iterable[tuple[str, ScorePart]]:
        found = []
        for pair in self.ask_all("run", tuple, package):
            match pair:
                case (str() as version, ScorePart() as part):
                    found.append((version, part))
                case _:
                    raise ChildError("a step answers with pairs of version and ScorePart")
        return found

    def terms(self) -> Iterable[MatchTerm]:
        return cast("list[MatchTerm]", self.ask_all("terms", MatchTerm))


class _RemoteStride(RemoteUnit, Stride):
    def run(self, stack: FinalStack) -> str | None:
        answer = self.ask("run_one", stack)
        return None if answer is None else str(answer)


class _RemoteWrap(RemoteUnit, Wrap):
    def run(self, stack: FinalStack) -> Iterable[Justification]:
        return cast("list[Justification]", self.ask_all("run", Justification, stack))


_REMOTE: Mapping[str, type[RemoteUnit]] = {
    "boots": _RemoteBoot,
    "pseudonyms": _RemotePseudonym,
    "sieves": _RemoteSieve,
    "steps": _RemoteStep,
    "strides": _RemoteStride,
    "wraps": _RemoteWrap,
}


def start_units(
    plugins: Sequence[Plugin],
    context: Context,
    configured: Mapping[str, Sequence[Mapping[str, object]] | None],
    *,
    budget_seconds: float,
    not_started: dict[str, str] | None = None,
) -> tuple[list[Unit], list[Fault], list[tuple[Plugin, str]]]:
    """Return the uses of the plug-ins' units, faults of their configurations, and who failed.

    `configured`: name to configurations, None: left out; without a name `should_include` decides.
    All processes start side by side. `not_started`: targets that failed to start before, with the
    reason: they are not tried again; those that fail now are added.
    """
    sent = replace(context, advisories=None)
    not_started = {} if not_started is None else not_started
    wanted = [plugin for plugin in plugins if configured.get(plugin.name, ()) is not None]
    children = [
        Child(plugin, budget_seconds=budget_seconds)
        for plugin in wanted
        if plugin.target not in not_started
    ]
    units: list[Unit] = []
    faults: list[Fault] = []
    failed = [
        (plugin, not_started[plugin.target]) for plugin in wanted if plugin.target in not_started
    ]
    for child in children:
        plugin = child.plugin
        try:
            child.call("ready", extra_seconds=_START_SECONDS)
            answer = child.call(
                "start", plugin.target, plugin.name, sent, configured.get(plugin.name)
            )
            described, file, wrong = cast(
                "tuple[tuple[object, ...], str, tuple[object, ...]]", answer
            )
            child.file = str(file)
            faults += [Fault(*map(str, cast("tuple[str, str, str]", fault))) for fault in wrong]
            for number, entry in enumerate(described):
                units.append(_take_use(child, number, entry, context))
        except (ChildError, TypeError, ValueError, KeyError) as exc:
            failed.append((plugin, str(exc)))
            not_started[plugin.target] = str(exc)
            child.stop()
    return units, faults, failed


def _take_use(child: Child, number: int, entry: object, context: Context) -> RemoteUnit:
    """Return one use of the child's unit; raises ValueError when it is of no family that there is."""
    kind, packages = cast("tuple[Kind, object]", entry)
    if kind not in _REMOTE:
        raise ValueError(f"it is of no family: {kind!r:.80}")
    return _REMOTE[kind](child, _Described(number, kind, check_packages(packages)), context)

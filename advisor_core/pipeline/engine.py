"""The pipeline: chooses units and prescriptions for a run, runs the boots, and answers the advisor.

prepared = prepare(context, prescriptions=load_prescriptions([Path("prescriptions")]))
prepared.stop, prepared.stack_info            what boots say
prepared.judge_package(candidates)            masks and points, package by package
prepared.terms(names)                         what holds of releases together
prepared.accept(stack), prepared.annotate(stack)   strides and wraps, on finished stacks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from advisor_core.errors import InputError
from advisor_core.pipeline.answers import (
    ask_boot,
    ask_pseudonym,
    ask_sieve,
    ask_step,
    ask_stride,
    ask_terms,
    ask_wrap,
)
from advisor_core.pipeline.configuration import (
    PLACE,
    check_configuration,
    place_faults,
    read_configurations,
)
from advisor_core.pipeline.guard import DEFAULT_BUDGET_SECONDS, Guard
from advisor_core.pipeline.interface import PackageJudgement, StackMessage
from advisor_core.pipeline.plugins.discovery import find_plugins
from advisor_core.pipeline.prescriptions.library import OWN_TITLE
from advisor_core.pipeline.registry import BUILT_IN
from advisor_core.pipeline.runtime import describe_runtimes
from advisor_core.pipeline.units.interface import Boot, Pseudonym, Sieve, Step, Stop, Stride, Wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.errors import Fault
    from advisor_core.pipeline.interface import (
        Context,
        FinalStack,
        Justification,
        MatchTerm,
        PackageCandidates,
        Removal,
        ScorePart,
        UnitFailure,
    )
    from advisor_core.pipeline.plugins.discovery import Plugin
    from advisor_core.pipeline.prescriptions.active import ActivePrescriptions
    from advisor_core.pipeline.prescriptions.library import Library
    from advisor_core.pipeline.units.interface import Unit

__all__ = ["Pipeline", "check_units", "prepare"]

_U = TypeVar("_U", bound="Unit")


def prepare(
    context: Context,
    *,
    units: Mapping[str, object] | None = None,
    prescriptions: Library | None = None,
    unit_budget_seconds: float = DEFAULT_BUDGET_SECONDS,
    known: Mapping[str, type[Unit]] = BUILT_IN,
    plugins: Sequence[Plugin] | None = None,
    not_started: dict[str, str] | None = None,
) -> Pipeline:
    """Return the pipeline of a run, after its boots.

    `units` (None: those of the context) configures units by name: `false` leaves one out, `true` uses
    it, a mapping configures it, a list of mappings uses it several times. `known` are the units there
    are, `plugins` those of other packages (None: what is installed). `not_started` remembers
    which of these failed to start, for a run that prepares several times. Raises InputError with every
    fault of the configuration.
    """
    guard = Guard(budget_seconds=unit_budget_seconds)
    if plugins is None:
        plugins = find_plugins()
    offered = []
    for plugin in plugins:
        if plugin.name in known:
            guard.note(plugin.name, plugin.target, "a unit of this name comes with the project")
        else:
            offered.append(plugin)
    configured, faults = read_configurations(
        context.units if units is None else units, [*known, *(plugin.name for plugin in offered)]
    )
    chosen, wrong = _choose_units(context, configured, known, guard)
    faults += wrong
    if offered:
        from advisor_core.pipeline.plugins.remote import start_units  # noqa: PLC0415

        remote, wrong, failed = start_units(
            offered,
            context,
            configured,
            budget_seconds=unit_budget_seconds,
            not_started=not_started,
        )
        chosen += remote
        faults += wrong
        for plugin, reason in failed:
            guard.note(plugin.name, plugin.target, reason)
    if faults:
        raise InputError(place_faults(faults, context.unit_places))
    pipeline = Pipeline(chosen, guard)
    pipeline.run_boots()
    if prescriptions is not None:
        from advisor_core.pipeline.prescriptions.active import ActivePrescriptions  # noqa: PLC0415

        pipeline.prescriptions = ActivePrescriptions(
            context,
            prescriptions,
            runtimes=describe_runtimes(context),
            built_in={(unit.kind, unit.name) for unit in chosen},
        )
        pipeline.name_sets(prescriptions.titles)
    return pipeline


def check_units(
    units: Mapping[str, object],
    *,
    known: Mapping[str, type[Unit]] = BUILT_IN,
    plugins: Sequence[Plugin] | None = None,
) -> list[Fault]:
    """Return what is wrong with configurations of units, without running any.

    Of units of other packages only the name is looked at: their options are known when they run.
    """
    others = find_plugins() if plugins is None else plugins
    configured, faults = read_configurations(units, [*known, *(each.name for each in others)])
    for name, configurations in configured.items():
        if name in known and configurations is not None:
            for position, configuration in enumerate(configurations):
                place = _place_of(name, position, configurations)
                faults += check_configuration(known[name].options, configuration, place=place)[1]
    return faults


def _place_of(name: str, position: int, configurations: Sequence[object]) -> str:
    return f"{PLACE}.{name}" + (f"[{position}]" if len(configurations) > 1 else "")


def _choose_units(
    context: Context,
    configured: Mapping[str, list[Mapping[str, object]] | None],
    known: Mapping[str, type[Unit]],
    guard: Guard,
) -> tuple[list[Unit], list[Fault]]:
    faults: list[Fault] = []
    chosen: list[Unit] = []
    for name, cls in known.items():
        if name in configured:
            configurations = configured[name] or []
        else:
            configurations = guard.collect(cls, cls.should_include, context)
        for position, configuration in enumerate(configurations):
            place = _place_of(name, position, configurations)
            checked, wrong = check_configuration(cls.options, configuration, place=place)
            faults += wrong
            if wrong:
                continue
            unit = guard.call(cls, cls, context, checked)
            if unit is not None:
                chosen.append(unit)
    return chosen, faults


class Pipeline:
    """The units of one run. It is `interface.Prepared`."""

    def __init__(self, units: Sequence[Unit], guard: Guard) -> None:
        """Take the units in the order in which they run."""
        self.prescriptions: ActivePrescriptions | None = None
        self._guard = guard
        self._boots = _of_family(units, Boot)
        self._strides = _of_family(units, Stride)
        self._wraps = _of_family(units, Wrap)
        self._steps = _of_family(units, Step)
        self._by_package = _Index(
            [*_of_family(units, Pseudonym), *_of_family(units, Sieve), *self._steps]
        )
        self._stack_info: list[StackMessage] = []
        self._stop: str | None = None
        self._step_terms: list[MatchTerm] | None = None
        self._pseudonyms: list[MatchTerm] = []

    @property
    def stack_info(self) -> Sequence[StackMessage]:
        """What boots, and everything else so far, say of the run; no repeats."""
        said = self.prescriptions.stack_info if self.prescriptions else []
        return tuple(dict.fromkeys((*self._stack_info, *said)))

    @property
    def stop(self) -> str | None:
        """Why there is to be no advice; None: go on."""
        return self._stop or (self.prescriptions.stop if self.prescriptions else None)

    @property
    def failures(self) -> Sequence[UnitFailure]:
        """Units that were skipped so far because they failed."""
        failed = self.prescriptions.failures if self.prescriptions else []
        return (*self._guard.failures, *failed)

    @property
    def has_strides(self) -> bool:
        """Whether `accept` may refuse a stack."""
        return bool(self._strides) or bool(self.prescriptions and self.prescriptions.has_strides)

    def name_sets(self, titles: Sequence[tuple[str, str]]) -> None:
        """Say which sets of prescriptions are used; the project's own goes without saying."""
        for name, release in titles:
            if name != OWN_TITLE:
                message = f"prescriptions of {name} {release}".rstrip()
                self._stack_info.append(StackMessage("INFO", message, source="prescriptions"))

    def run_boots(self) -> None:
        """Run the boots in Python; the first that wants to stop decides the reason."""
        for boot in self._boots:
            for said in self._guard.collect(boot, ask_boot, boot):
                if isinstance(said, Stop):
                    self._stop = self._stop or f"{boot.name}: {said.reason}"
                else:
                    self._stack_info.append(said)

    def judge_package(self, package: PackageCandidates) -> PackageJudgement:
        """Return masks and points of the releases of a package. Called once per package."""
        removals: list[Removal] = []
        parts: dict[str, list[ScorePart]] = {}
        for unit in self._by_package.units_for(package.name):
            if isinstance(unit, Sieve):
                removals += self._guard.collect(unit, ask_sieve, unit, package)
            elif isinstance(unit, Step):
                found = self._guard.collect(unit, ask_step, unit, package)
                for version, part in found:
                    parts.setdefault(version, []).append(part)
            elif isinstance(unit, Pseudonym):
                self._pseudonyms += self._guard.collect(unit, ask_pseudonym, unit, package)
        if self.prescriptions is not None:
            judged = self.prescriptions.judge_package(package)
            removals += judged.removals
            for version, scored in judged.parts.items():
                parts.setdefault(version, []).extend(scored)
        return PackageJudgement(
            tuple(removals), {version: tuple(found) for version, found in parts.items()}
        )

    def terms(self, names: Iterable[str]) -> Sequence[MatchTerm]:
        """Return the terms that concern packages among `names`."""
        known = frozenset(names)
        found = [term for term in (*self._all_steps(), *self._pseudonyms) if _concerns(term, known)]
        if self.prescriptions is not None:
            found += self.prescriptions.terms(known)
        return found

    def companions(self, names: Iterable[str]) -> frozenset[str]:
        """Return what else has to be present for rewarded terms that concern one of `names`."""
        known = frozenset(names)
        found = self.prescriptions.companions(known) if self.prescriptions is not None else set()
        for term in self._all_steps():
            needed = {match.name for match in term.when if not match.absent}
            if (term.score or 0) > 0 and not needed.isdisjoint(known):
                found |= needed
        return frozenset(found) - known

    def _all_steps(self) -> list[MatchTerm]:
        if self._step_terms is None:
            self._step_terms = []
            for step in self._steps:
                self._step_terms += self._guard.collect(step, ask_terms, step)
        return self._step_terms

    def accept(self, stack: FinalStack) -> str | None:
        """Return why a stride refuses the stack; None: accepted."""
        for stride in self._strides:
            reason = self._guard.call(stride, ask_stride, stride, stack)
            if reason is not None:
                return f"{stride.name}: {reason}"
        return self.prescriptions.accept(stack) if self.prescriptions else None

    def annotate(self, stack: FinalStack) -> Sequence[Justification]:
        """Return what wraps say of the stack."""
        found: list[Justification] = []
        for wrap in self._wraps:
            found += self._guard.collect(wrap, ask_wrap, wrap, stack)
        if self.prescriptions is not None:
            found += self.prescriptions.annotate(stack)
        return tuple(dict.fromkeys(found))


class _Index:
    """Units by the packages they are about, so that a package costs only its own units."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._general = [(order, unit) for order, unit in enumerate(units) if unit.packages is None]
        self._special: dict[str, list[tuple[int, Unit]]] = {}
        for order, unit in enumerate(units):
            for name in unit.packages or ():
                self._special.setdefault(name, []).append((order, unit))

    def units_for(self, name: str) -> list[Unit]:
        """Return the units about a package, in the order of the pipeline."""
        special = self._special.get(name)
        if special is None:
            return [unit for _order, unit in self._general]
        return [
            unit for _order, unit in sorted([*self._general, *special], key=lambda pair: pair[0])
        ]


def _of_family(units: Sequence[Unit], family: type[_U]) -> list[_U]:
    return [unit for unit in units if isinstance(unit, family)]


def _concerns(term: MatchTerm, names: frozenset[str]) -> bool:
    return all(match.absent or match.name in names for match in term.when)

"""The prescriptions of one run: those whose conditions hold, asked per package. No I/O of its own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import (
    Justification,
    PackageJudgement,
    Removal,
    ScorePart,
    UnitFailure,
)
from advisor_core.pipeline.prescriptions import compile as compiling
from advisor_core.pipeline.prescriptions.condition import is_included
from advisor_core.pipeline.prescriptions.library import (
    ANY_PACKAGE,
    ANY_RUN,
    image_key,
)
from advisor_core.pipeline.prescriptions.shelf import Shelf
from advisor_core.pipeline.prescriptions.sightings import Sightings
from advisor_core.pipeline.versions import VersionMatcher

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from advisor_core.pipeline.interface import (
        Context,
        FinalStack,
        MatchTerm,
        PackageCandidates,
        StackMessage,
    )
    from advisor_core.pipeline.prescriptions.library import Library
    from advisor_core.pipeline.prescriptions.model import Kind, Unit, UnitMatch
    from advisor_core.pipeline.runtime import RuntimeFacts

__all__ = ["ActivePrescriptions"]

_LEVELS = {"INFO": logging.INFO, "WARNING": logging.WARNING, "ERROR": logging.ERROR}

_MAXIMUM_OPEN_TERMS = 20_000
"""Of one unit that names no package: entries of `match` times packages. Past it the unit fails."""

_logger = logging.getLogger(__name__)


class ActivePrescriptions:
    """The prescriptions of one run."""

    def __init__(
        self,
        context: Context,
        library: Library,
        *,
        runtimes: Sequence[RuntimeFacts],
        built_in: Collection[tuple[Kind, str]],
    ) -> None:
        """Run the boots. `built_in` are the units in Python that are used in this run."""
        self.stack_info: list[StackMessage] = []
        self.stop: str | None = None
        self.failures: list[UnitFailure] = list(library.failures)
        self._context = context
        self._library = library
        self._runtimes = runtimes
        self._built_in = built_in
        self._shelves: dict[str, Shelf] = {}
        self._sightings = Sightings()
        self._spoken: set[tuple[str, str]] = set()
        self._failed: set[tuple[str, int]] = set()
        self._run_boots()
        self._shelf(ANY_RUN)
        self._shelf(ANY_PACKAGE)

    @property
    def has_strides(self) -> bool:
        """Whether `accept` may refuse a stack."""
        return any(shelf.strides for shelf in self._shelves.values())

    def judge_package(self, package: PackageCandidates) -> PackageJudgement:
        """Return masks and points of one package's releases."""
        versions = self._sightings.note(package)
        acting = [*self._shelf(package.name).on_releases, *self._shelf(ANY_PACKAGE).on_releases]
        if not acting:
            return PackageJudgement()
        matcher = VersionMatcher(versions)
        removals: list[Removal] = []
        parts: dict[str, list[ScorePart]] = {}
        for unit, match in acting:
            with _Guard(self, unit):
                release = match.releases[0]
                if not self._sightings.is_from(release, package.name):
                    continue
                found = matcher.matching(release.specifier)
                if found:
                    self._act(unit, match, found, removals, parts)
        return PackageJudgement(
            tuple(removals), {version: tuple(found) for version, found in parts.items()}
        )

    def terms(self, names: Iterable[str]) -> list[MatchTerm]:
        """Return the terms that concern packages among `names`."""
        known = frozenset(names)
        found: list[MatchTerm] = []
        for name in sorted(known):
            shelf = self._shelf(name)
            for needed, term, unit in shelf.terms:
                if needed <= known:
                    found.append(term)
                    if term.score is None and term.forbid is None:
                        self._speak(unit)
            for unit, match in shelf.open_terms:
                with _Guard(self, unit):
                    found += self._close(unit, match, known)
        for unit, match in self._shelf(ANY_PACKAGE).open_terms:
            with _Guard(self, unit):
                found += self._close(unit, match, known)
        return found

    def companions(self, names: frozenset[str]) -> set[str]:
        """Return what rewarded terms that are looked up under one of `names` need beside it."""
        found: set[str] = set()
        for name in names:
            for needed, term, _unit in self._shelf(name).terms:
                if (term.score or 0) > 0:
                    found |= needed
        return found

    def accept(self, stack: FinalStack) -> str | None:
        """Return why a stride refuses the stack."""
        for shelf in self._shelves_of(stack):
            for unit, match in shelf.strides:
                with _Guard(self, unit):
                    if self._sightings.holds(match, stack):
                        reason = compiling.explain_removal(unit, match)[0]
                        return f"{compiling.label_of(unit)}: {reason}"
        return None

    def annotate(self, stack: FinalStack) -> list[Justification]:
        """Return what wraps, and steps without points, say of the stack."""
        found: list[Justification] = []
        said: set[tuple[str, str, int]] = set()
        for shelf in self._shelves_of(stack):
            for unit, match in shelf.on_stacks:
                key = (unit.name, unit.file, unit.line)
                with _Guard(self, unit):
                    if key in said or not self._sightings.holds(match, stack):
                        continue
                    said.add(key)
                    self._speak(unit)
                    found += self._comment(unit, match, stack)
        return found

    def fail(self, unit: Unit, error: Exception) -> None:
        """Skip the unit from here on, and name it."""
        place = (unit.file, unit.line)
        if place in self._failed:
            return
        self._failed.add(place)
        reason = f"{type(error).__name__}: {error}"[:300]
        label = compiling.label_of(unit)
        self.failures.append(UnitFailure(label, f"{unit.file}:{unit.line}", reason))

    def _run_boots(self) -> None:
        keys = [ANY_RUN]
        keys += [image_key(runtime.base_image) for runtime in self._runtimes if runtime.base_image]
        for key in dict.fromkeys(keys):
            for unit in self._library.units(key):
                if unit.kind != "boots":
                    continue
                with _Guard(self, unit):
                    if not self._is_included(unit) or not self._boot_matches(unit):
                        continue
                    self._speak(unit)
                    reason = unit.run.not_acceptable or unit.run.eager_stop_pipeline
                    if reason and self.stop is None:
                        self.stop = f"{compiling.label_of(unit)}: {reason}"

    def _boot_matches(self, unit: Unit) -> bool:
        names = {match.releases[0].name for match in unit.matches if match.releases}
        if not names or any(not match.releases for match in unit.matches):
            return True
        manifest = self._context.manifest
        return manifest is not None and any(
            declared.requirement.name in names
            for category in manifest.categories
            for declared in category.requirements
        )

    def _is_included(self, unit: Unit) -> bool:
        return (
            is_included(unit.include, self._context, self._runtimes)
            and all(need in self._built_in for need in unit.built_in_needs)
            and all(is_included(need, self._context, self._runtimes) for need in unit.needs)
        )

    def _shelf(self, key: str) -> Shelf:
        shelf = self._shelves.get(key)
        if shelf is None:
            shelf = self._shelves[key] = Shelf()
            for unit in self._library.units(key):
                if unit.kind == "boots":
                    continue
                with _Guard(self, unit):
                    if self._is_included(unit):
                        shelf.put(key, unit)
        return shelf

    def _act(
        self,
        unit: Unit,
        match: UnitMatch,
        versions: Sequence[str],
        removals: list[Removal],
        parts: dict[str, list[ScorePart]],
    ) -> None:
        label = compiling.label_of(unit)
        effect = compiling.effect_of(unit, match)
        if effect == "stop":
            self._speak(unit)
            if self.stop is None:
                self.stop = f"{label}: {compiling.explain_removal(unit, match)[0]}"
        elif effect == "mask":
            self._speak(unit)
            reason, link = compiling.explain_removal(unit, match)
            removals += [Removal(version, reason, label, link) for version in versions]
        else:
            points = compiling.points_of(unit)
            justifications = tuple(compiling.say_justifications(unit, points))
            link = next((said.link for said in justifications if said.link), "")
            part = ScorePart(
                label, points, f"{unit.file}:{unit.line}", link, "main", justifications
            )
            for version in versions:
                parts.setdefault(version, []).append(part)

    def _close(self, unit: Unit, match: UnitMatch, known: frozenset[str]) -> list[MatchTerm]:
        """Return the terms of an entry that was left open, for the packages known by now."""
        named = {release.name for release in (*match.releases, *match.requirers) if release.name}
        if not named <= known or (unit.file, unit.line) in self._failed:
            return []
        if unit.run.yield_matched_version:
            release = match.releases[0]
            seen = self._sightings.versions(release)
            if seen is None:
                return []
            versions = VersionMatcher(seen).matching(release.specifier)
            return list(compiling.make_terms(unit, match, versions=versions))
        others = sorted(known - named)
        if len(others) * len(unit.matches) > _MAXIMUM_OPEN_TERMS:
            raise ValueError(f"it would make {len(others) * len(unit.matches)} terms")
        return [
            term for name in others for term in compiling.make_terms(unit, match, any_name=name)
        ]

    def _shelves_of(self, stack: FinalStack) -> Iterator[Shelf]:
        for key in (ANY_RUN, ANY_PACKAGE, *stack.versions):
            yield self._shelf(key)

    def _comment(self, unit: Unit, match: UnitMatch, stack: FinalStack) -> list[Justification]:
        run = unit.run
        label = compiling.label_of(unit)
        if compiling.effect_of(unit, match) != "said":
            return []
        found = compiling.say_justifications(unit)
        if run.release_notes is not None:
            organization, repository, prefix = run.release_notes
            name = match.releases[0].name
            version = stack.versions[name]
            link = f"https://github.com/{organization}/{repository}/releases/tag/{prefix}{version}"
            message = f"release notes of {name} {version}"
            found.append(Justification("INFO", message, link, package=name, source=label))
        if run.manifest_changes:
            message = f"a change of the deployment's manifest is advised: {run.manifest_changes}"
            found.append(Justification("INFO", message, source=label))
        return found

    def _speak(self, unit: Unit) -> None:
        """Say the unit's `log` and `stack_info`, once."""
        key = (unit.file, unit.name)
        if key in self._spoken:
            return
        self._spoken.add(key)
        if unit.run.log is not None:
            level, message = unit.run.log
            said = {"unit": unit.name, "file": unit.file, "said": message}
            _logger.log(_LEVELS[level], "a prescription says something", extra=said)
        self.stack_info += compiling.say_stack_info(unit)


class _Guard:
    """A unit that raises within is skipped and named; the run goes on."""

    __slots__ = ("_prescriptions", "_unit")

    def __init__(self, prescriptions: ActivePrescriptions, unit: Unit) -> None:
        self._prescriptions = prescriptions
        self._unit = unit

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Swallow what the unit raised, but not the wish to stop the program."""
        if not isinstance(error, Exception):
            return False
        self._prescriptions.fail(self._unit, error)
        return True

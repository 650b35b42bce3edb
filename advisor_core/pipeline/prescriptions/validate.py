"""Everything that is wrong with a set of prescriptions, all files at once. Reads files, changes none.

Beyond the schema: names given twice, ranges that hold no version (Thoth's own tables of TensorFlow and
CUDA had fourteen of them, `<1.5,>1.12` meant as `or`), and units that can never run or never do
anything.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from advisor_core.errors import Fault
from advisor_core.pipeline.prescriptions.condition_reader import RECOMMENDATION_TYPES
from advisor_core.pipeline.prescriptions.dependencies import explain_waiting, find_running
from advisor_core.pipeline.prescriptions.files import find_files
from advisor_core.pipeline.prescriptions.reader import PrescriptionFile, read_prescriptions
from advisor_core.standards import specifier_contains
from advisor_core.standards.satisfiable import is_unsatisfiable
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from advisor_core.pipeline.prescriptions.model import Include, Kind, Unit, UnitMatch

__all__ = ["Validation", "validate_files", "validate_prescriptions"]

_Key = tuple["Kind", str]
"""Kind and name of a unit."""

_PYTHONS = ("2.7", *(f"3.{minor}" for minor in range(60)))
"""What an environment's `python_version` may be, with room for decades."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found."""

    files: int
    units: tuple[tuple[str, str], ...]
    """Kind and name of each unit that could be read."""
    faults: tuple[Fault, ...]
    """By file and line."""
    notes: tuple[Fault, ...]
    """What is allowed, but not good."""


def validate_prescriptions(
    paths: Sequence[Path], *, built_in: Collection[tuple[Kind, str]] = ()
) -> Validation:
    """Check every file below the paths. Raises InputError when a path does not exist.

    `built_in` are the units in Python that prescriptions may depend on.
    """
    return validate_files(_read(paths), built_in=built_in)


def validate_files(
    files: Iterable[PrescriptionFile], *, built_in: Collection[tuple[Kind, str]] = ()
) -> Validation:
    """Check files that were read strictly."""
    faults: list[Fault] = []
    notes: list[Fault] = []
    units: list[Unit] = []
    names: list[tuple[Kind, str, str]] = []
    prefixes: list[str] = []
    count = 0
    for file in files:
        count += 1
        names += [(kind, name, f"{file.path}:{line}") for kind, name, line in file.names]
        faults += file.faults
        notes += file.notes
        units += file.units
        if file.title is not None:
            prefixes.append(file.title[0])
    faults += _find_repeated_names(names)
    for unit in units:
        place = f"{unit.file}:{unit.line}"
        faults += [Fault(place, f"{unit.name}: {said}") for said in _find_idle(unit)]
    known = {(kind, name) for kind, name, _place in names}
    faults += _find_missing_dependencies(units, known.union(built_in), prefixes)
    return Validation(
        count,
        tuple((unit.kind, unit.name) for unit in units),
        tuple(sorted(dict.fromkeys(faults), key=_place_key)),
        tuple(sorted(dict.fromkeys(notes), key=_place_key)),
    )


def _read(paths: Sequence[Path]) -> Iterator[PrescriptionFile]:
    seen: set[str] = set()
    for path in paths:
        for file in find_files(path):
            real = os.path.realpath(file.path)  # a folder and a file in it may both be named
            if real in seen:
                continue
            seen.add(real)
            content = file.read()
            if isinstance(content, Fault):
                yield PrescriptionFile(file.name, faults=(content,))
            else:
                yield read_prescriptions(content, file.name, strict=True)


def _place_key(fault: Fault) -> tuple[str, int]:
    file, _, line = fault.place.rpartition(":")
    return (file, int(line)) if file and line.isdecimal() else (fault.place, 0)


def _find_repeated_names(names: Sequence[tuple[Kind, str, str]]) -> Iterator[Fault]:
    first: dict[tuple[str, str], str] = {}
    for kind, name, place in names:
        known = first.get((kind, name))
        if known is None:
            first[kind, name] = place
            continue
        message = f"the name is taken among {kind}: {name!r:.80}, first in {known}"
        yield Fault(place, message, "names are unique among units of a kind")


def _find_idle(unit: Unit) -> Iterator[str]:
    """Yield why the unit never runs, or runs to no effect."""
    yield from _find_impossible(unit.include)
    for match in unit.matches:
        yield from _find_contradictions(match)
    run = unit.run
    acts = (
        run.stack_info or run.log or run.justification or run.score or run.not_acceptable
        or run.eager_stop_pipeline or run.package or run.release_notes or run.manifest_changes
    )  # fmt: skip
    if not acts and not unit.type.startswith("sieve") and unit.type != "step.SkipPackage":
        yield "it does nothing: `run` is empty"


def _find_impossible(include: Include) -> Iterator[str]:
    if include.times == 0:
        yield "it can never run: `times` is 0"
    if not include.adviser_pipeline and not include.dependency_monkey_pipeline:
        yield "it can never run: neither `adviser_pipeline` nor `dependency_monkey_pipeline` is true"
    types = include.recommendation_types
    if (
        types is not None
        and not include.dependency_monkey_pipeline
        and not any(types.hold(name) for name in RECOMMENDATION_TYPES)
    ):
        yield "it can never run: `recommendation_types` leaves none"
    environments = include.environments
    if environments is None:
        return
    for key, specifier in environments.versions:
        if key != "python_version":
            continue
        if specifier is None:
            yield "it can never run: there always is a `python_version`"
        elif not is_unsatisfiable(specifier) and not any(
            specifier_contains(specifier, python) for python in _PYTHONS
        ):
            yield (
                f"it can never run: `python_version` {specifier!r:.80} holds no minor release; "
                "it is compared with `3.12`, not `3.12.1`"
            )
    for hardware in environments.hardware:
        flags = hardware.cpu_flags
        if flags is not None and None in flags.values:
            yield "it can never run: `cpu_flags` cannot be null"


def _find_contradictions(match: UnitMatch) -> Iterator[str]:
    """Yield the packages that would have to be at two versions at once."""
    ranges: dict[str, list[str]] = {}
    for release in (*match.releases, *match.requirers):
        if release.name:
            ranges.setdefault(release.name, []).append(release.specifier)
    for name, specifiers in ranges.items():
        given = [specifier for specifier in specifiers if specifier]
        if len(given) > 1 and is_unsatisfiable(",".join(given)):
            yield f"it can never run: {name} cannot be {' and '.join(given)} at once"


def _find_missing_dependencies(
    units: Sequence[Unit], known: Collection[_Key], prefixes: Sequence[str]
) -> Iterator[Fault]:
    needs: dict[_Key, list[_Key]] = {}
    able: set[_Key] = set()
    for unit in units:
        key = (unit.kind, unit.name)
        needs.setdefault(key, [])
        if next(_find_impossible(unit.include), None) is None:
            able.add(key)
        for kind, name in unit.include.dependencies:
            prefix, dot, rest = name.partition(".")
            own = rest if dot and prefix in prefixes else name
            if (kind, own) in known:
                needs[key].append((kind, own))
                continue
            able.discard(key)
            message = f"{unit.name}: it can never run: it depends on an unknown unit: {name!r:.80}"
            yield Fault(f"{unit.file}:{unit.line}", message, f"no unit of {kind} has that name")
    running = find_running(needs, able)
    places = {(unit.kind, unit.name): f"{unit.file}:{unit.line}" for unit in units}
    idle = [key for key in places if key in able and key not in running]
    for key, said in explain_waiting(idle, needs, running):
        yield Fault(places[key], f"{key[1]}: it can never run: {said}")

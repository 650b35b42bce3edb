"""Prescriptions by what they are about, so that a run looks only at those of its packages. No I/O.

A unit is kept under a key for each entry of its `match`:

    "numpy"           it can act only when numpy is there
    "image:NAME"      a boot for that base image
    "*"               it is about any package
    ""                it is about the run
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from advisor_core.errors import Fault
from advisor_core.pipeline.interface import UnitFailure
from advisor_core.pipeline.prescriptions.dependencies import explain_waiting, find_running
from advisor_core.pipeline.prescriptions.model import Include

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.pipeline.prescriptions.model import Kind, Unit, UnitMatch
    from advisor_core.pipeline.prescriptions.reader import PrescriptionFile

__all__ = [
    "ANY_PACKAGE",
    "ANY_RUN",
    "OWN_TITLE",
    "Library",
    "MemoryLibrary",
    "image_key",
    "key_of_match",
    "keys_of",
]

OWN_TITLE = "thoth-own"
"""Name of the set that comes with the project."""

ANY_PACKAGE = "*"
ANY_RUN = ""

_NEVER = (Include(times=0),)

_MAXIMUM_FAILURES = 50
"""Faults of a set that are told in an advice; `thoth prescriptions validate` tells all."""


class Library(Protocol):
    """A set of prescriptions."""

    @property
    def titles(self) -> Sequence[tuple[str, str]]:
        """Name and release of the sets it was made of, where they say so."""

    @property
    def count(self) -> int:
        """How many units there are."""

    @property
    def failures(self) -> Sequence[UnitFailure]:
        """Units and files that could not be read."""

    def units(self, key: str) -> Sequence[Unit]:
        """Return the units kept under a key, in the order of files and lines."""


def image_key(image: str) -> str:
    """Return the key of a base image; its tag does not matter."""
    name, colon, tag = image.rpartition(":")
    return f"image:{name if colon and '/' not in tag else image}"


def keys_of(unit: Unit) -> list[str]:
    """Return the keys that the unit is kept under, no repeats."""
    if unit.kind == "boots":
        environments = unit.include.environments
        images = environments.base_images if environments is not None else None
        if images is None or images.negated or None in images.values:
            return [ANY_RUN]
        return list(dict.fromkeys(image_key(image) for image in images.values if image is not None))
    if not unit.matches:
        return [ANY_RUN]
    return list(dict.fromkeys(key_of_match(match) for match in unit.matches))


def key_of_match(match: UnitMatch) -> str:
    """Return the key under which this entry of `match` acts: the first package that it names."""
    for release in match.releases:
        if release.name:
            return release.name
    return ANY_PACKAGE if match.releases else ANY_RUN


class MemoryLibrary:
    """Prescriptions read from files."""

    def __init__(
        self, files: Iterable[PrescriptionFile], *, built_in: Iterable[tuple[Kind, str]] = ()
    ) -> None:
        """Index the units; `built_in` are the units in Python that prescriptions may depend on."""
        named: dict[tuple[Kind, str], Unit] = {}
        faults: list[Fault] = []
        titles: list[tuple[str, str]] = []
        for file in files:
            for unit in file.units:
                first = named.setdefault((unit.kind, unit.name), unit)
                if first is not unit and not _is_same(first, unit):
                    # Both would count, and what depends on the name could mean either.
                    message = f"{unit.name!r:.80} is already in {first.file}:{first.line}"
                    faults.append(Fault(f"{unit.file}:{unit.line}", message))
            faults += file.faults
            if file.title is not None:
                titles.append(file.title)
        waiting = _Dependencies(named.values(), frozenset(built_in), [title[0] for title in titles])
        units, circles = waiting.resolve()
        faults += circles
        self.titles = tuple(dict.fromkeys(titles))
        self.count = len(units)
        self.failures = tuple(
            UnitFailure("a prescription", fault.place, fault.message)
            for fault in faults[:_MAXIMUM_FAILURES]
        )
        if len(faults) > _MAXIMUM_FAILURES:
            more = f"{len(faults) - _MAXIMUM_FAILURES} more faults"
            place = faults[_MAXIMUM_FAILURES].place
            self.failures += (UnitFailure("prescriptions", place, more),)
        self._by_key: dict[str, list[Unit]] = {}
        for unit in units:
            for key in keys_of(unit):
                self._by_key.setdefault(key, []).append(unit)

    @property
    def keys(self) -> Sequence[str]:
        """Every key that something is kept under."""
        return tuple(self._by_key)

    def units(self, key: str) -> Sequence[Unit]:
        """Return the units kept under a key."""
        return self._by_key.get(key, ())


def _is_same(first: Unit, second: Unit) -> bool:
    """Return whether the units differ in nothing but their place: a folder may be named twice."""
    return msgspec.structs.replace(second, file=first.file, line=first.line) == first


class _Dependencies:
    """Gives each unit the conditions of the units that it depends on, and of those they depend on."""

    def __init__(
        self, units: Iterable[Unit], built_in: frozenset[tuple[Kind, str]], prefixes: list[str]
    ) -> None:
        self._units = {(unit.kind, unit.name): unit for unit in units}
        self._built_in = built_in
        self._prefixes = prefixes

    def resolve(self) -> tuple[list[Unit], list[Fault]]:
        """Return the units that can run, and what is wrong with those that wait for themselves."""
        needs = {
            key: self._needs_of(unit)
            for key, unit in self._units.items()
            if unit.include.dependencies
        }
        running = find_running(needs, needs.keys())
        idle = [key for key in needs if key not in running]
        faults = []
        for key, said in explain_waiting(idle, needs, running):
            unit = self._units[key]
            message = f"{unit.name!r:.80} can never run: {said}"
            faults.append(Fault(f"{unit.file}:{unit.line}", message))
        units = [
            self._complete(unit, needs) if key in needs else unit
            for key, unit in self._units.items()
            if key not in needs or key in running
        ]
        return units, faults

    def _needs_of(self, unit: Unit) -> list[tuple[Kind, str]]:
        found = []
        for kind, name in unit.include.dependencies:
            prefix, dot, rest = name.partition(".")
            found.append((kind, rest if dot and prefix in self._prefixes else name))
        return found

    def _complete(
        self, unit: Unit, needs: Mapping[tuple[Kind, str], list[tuple[Kind, str]]]
    ) -> Unit:
        includes: dict[tuple[Kind, str], Include] = {}
        python: set[tuple[Kind, str]] = set()
        waiting = list(needs[unit.kind, unit.name])
        missing = False
        while waiting:
            key = waiting.pop()
            if key in includes or key in python:
                continue
            found = self._units.get(key)
            if found is not None:
                includes[key] = found.include
                waiting += needs.get(key, ())
            elif key in self._built_in:
                python.add(key)
            else:
                missing = True
        return msgspec.structs.replace(
            unit,
            needs=_NEVER if missing else tuple(includes.values()),
            built_in_needs=tuple(sorted(python)),
        )

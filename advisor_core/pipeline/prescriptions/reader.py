"""A file of prescriptions to units and faults: the schema v1 of the Thoth project.

    units:
      steps:
      - name: ScipyWithOldNumpy
        type: step
        should_include: {adviser_pipeline: true}
        match:
          package_version: {name: scipy, version: ">=1.9"}
          state: {resolved_dependencies: [{name: numpy, version: "<1.18.5"}]}
        run:
          not_acceptable: scipy 1.9 needs numpy 1.18.5

A unit with a fault is left out, the others of the file are read. Beyond the schema: a single mapping
stands for a list of one, an entry of `group` may leave `package_version:` out, and `link` may be left
out. Performs no I/O.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import yaml

from advisor_core.pipeline.prescriptions.condition_reader import read_include
from advisor_core.pipeline.prescriptions.match_reader import read_matches
from advisor_core.pipeline.prescriptions.model import (
    KINDS,
    Kind,
    Run,
    Unit,
    UnitMatch,
)
from advisor_core.pipeline.prescriptions.run_reader import read_run
from advisor_core.pipeline.prescriptions.tree import Walk, WrongError, compose
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.errors import Fault

__all__ = ["TYPES", "PrescriptionFile", "read_prescriptions"]

TYPES: dict[str, Kind] = {
    "boot": "boots",
    "pseudonym": "pseudonyms",
    "sieve": "sieves",
    "sieve.SkipPackage": "sieves",
    "step": "steps",
    "step.AddPackage": "steps",
    "step.Group": "steps",
    "step.SkipPackage": "steps",
    "stride": "strides",
    "wrap": "wraps",
    "wrap.GHReleaseNotes": "wraps",
}

_UNIT_KEYS = ("name", "type", "should_include", "match", "run", "metadata")


@dataclass(frozen=True, slots=True)
class PrescriptionFile:
    """What one file says."""

    path: str
    units: tuple[Unit, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    """What is allowed, but not good; only when read strictly."""
    names: tuple[tuple[Kind, str, int], ...] = ()
    """Kind, name and line of every unit that has a name, also of faulty ones."""
    title: tuple[str, str] | None = None
    """Name and release, of the file that describes a whole set of prescriptions."""


def read_prescriptions(content: bytes, path: str, *, strict: bool = False) -> PrescriptionFile:
    """Return what the file says; `path` is what faults and units name it by.

    `strict`, to check and not to use them: ranges that hold no version are faults too.
    """
    walk = Walk(path, strict=strict)
    root = compose(content, path)
    if root is None:
        return PrescriptionFile(path)
    if not isinstance(root, yaml.Node):
        return PrescriptionFile(path, faults=(root,))
    units: list[Unit] = []
    names: list[tuple[Kind, str, int]] = []
    title = None
    try:
        entries = walk.mapping(
            root, "a file of prescriptions", ("units", "metadata", "prescription")
        )
        title = _title(walk, walk.read(entries, "prescription"))
        found = walk.read(entries, "units")
        if found is not None:
            units = _read_units(walk, found, names)
        elif title is None:
            walk.wrong(root, "a file of prescriptions has no `units`")
    except WrongError:
        pass
    return PrescriptionFile(
        path, tuple(units), tuple(walk.faults), tuple(walk.notes), tuple(names), title
    )


def _title(walk: Walk, node: yaml.Node | None) -> tuple[str, str] | None:
    if node is None:
        return None
    entries = walk.mapping(node, "prescription", None)
    name, release = walk.read(entries, "name"), walk.read(entries, "release")
    return (
        walk.text(name, "name") if name is not None else "",
        walk.text(release, "release") if release is not None else "",
    )


def _read_units(walk: Walk, node: yaml.Node, names: list[tuple[Kind, str, int]]) -> list[Unit]:
    units: list[Unit] = []
    entries = walk.mapping(node, "units", KINDS)
    for kind in KINDS:
        read = partial(_read_faultless_unit, walk, kind, names)
        found = walk.each(walk.optional(entries, kind, walk.items, []), read)
        units += [unit for unit in found if unit is not None]
    return units


def _read_faultless_unit(
    walk: Walk, kind: Kind, names: list[tuple[Kind, str, int]], node: yaml.Node
) -> Unit | None:
    faults = len(walk.faults)
    unit = _read_unit(walk, node, kind, names)
    return unit if len(walk.faults) == faults else None


def _read_unit(walk: Walk, node: yaml.Node, kind: Kind, names: list[tuple[Kind, str, int]]) -> Unit:
    entries = walk.mapping(node, "a unit", _UNIT_KEYS)
    for key in ("name", "type", "should_include"):
        if key not in entries:
            walk.wrong(node, f"a unit must have `{key}`")
    known = [known for known, its_kind in TYPES.items() if its_kind == kind]
    name = walk.optional(entries, "name", walk.text, "")
    if name:
        names.append((kind, name, node.start_mark.line + 1))
    # Each part is read although another one is wrong: all faults of a file are told at once.
    include = walk.optional(
        entries, "should_include", lambda found, _: read_include(walk, found), None
    )
    unit_type = walk.optional(entries, "type", partial(walk.choice, choices=known), None)
    if unit_type is None or include is None:
        raise WrongError
    matches: tuple[UnitMatch, ...] | None = ()
    if "match" in entries:
        matches = walk.optional(entries, "match", partial(read_matches, walk, unit_type), None)
    elif unit_type not in {"boot", "wrap"}:
        raise walk.wrong(node, f"a {unit_type} must have `match`")
    run: Run | None = Run()
    if "run" in entries:
        run = walk.optional(entries, "run", partial(read_run, walk, unit_type), None)
    elif not unit_type.startswith("sieve") and unit_type != "step.SkipPackage":
        raise walk.wrong(node, f"a {unit_type} must have `run`")
    if matches is None or run is None:
        raise WrongError
    line = node.start_mark.line + 1
    return Unit(kind, unit_type, name, walk.path, line, include, matches, run)

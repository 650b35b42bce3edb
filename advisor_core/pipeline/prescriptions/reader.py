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

import json
from functools import partial
from typing import TYPE_CHECKING, cast

import yaml

from advisor_core.pipeline.prescriptions.condition_reader import read_include
from advisor_core.pipeline.prescriptions.model import (
    KINDS,
    Kind,
    Message,
    MessageType,
    Release,
    Run,
    Unit,
    UnitMatch,
)
from advisor_core.pipeline.prescriptions.tree import Entries, Walk, WrongError, compose
from advisor_core.standards import normalize_version
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

_COMMON = ("stack_info", "log")
_DECIDING = (*_COMMON, "not_acceptable", "eager_stop_pipeline")

_RUN_KEYS: dict[str, tuple[str, ...]] = {
    "boot": _DECIDING,
    "pseudonym": (*_COMMON, "yield"),
    "sieve": _DECIDING,
    "sieve.SkipPackage": _COMMON,
    "step": (*_DECIDING, "score", "justification", "multi_package_resolution"),
    "step.AddPackage": (*_COMMON, "multi_package_resolution", "package_version"),
    "step.Group": (*_DECIDING, "score", "justification", "multi_package_resolution"),
    "step.SkipPackage": (*_COMMON, "multi_package_resolution"),
    "stride": _DECIDING,
    "wrap": (*_COMMON, "justification", "advised_manifest_changes"),
    "wrap.GHReleaseNotes": (*_COMMON, "release_notes"),
}

_MESSAGE_TYPES = ("INFO", "WARNING", "ERROR")
_MESSAGE_KEYS = ("type", "message", "link")
_JUSTIFICATION_KEYS = (
    *_MESSAGE_KEYS, "package_name", "advisory", "cve_id", "cve_name", "version_range",
)  # fmt: skip
_UNIT_KEYS = ("name", "type", "should_include", "match", "run", "metadata")
_RELEASE_KEYS = ("name", "version", "index_url", "develop")

_MAXIMUM_DEPTH = 12
"""Levels of `advised_manifest_changes`."""


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
        matches = walk.optional(entries, "match", partial(_read_matches, walk, unit_type), None)
    elif unit_type not in {"boot", "wrap"}:
        raise walk.wrong(node, f"a {unit_type} must have `match`")
    run: Run | None = Run()
    if "run" in entries:
        run = walk.optional(entries, "run", partial(_read_run, walk, unit_type), None)
    elif not unit_type.startswith("sieve") and unit_type != "step.SkipPackage":
        raise walk.wrong(node, f"a {unit_type} must have `run`")
    if matches is None or run is None:
        raise WrongError
    line = node.start_mark.line + 1
    return Unit(kind, unit_type, name, walk.path, line, include, matches, run)


def _read_matches(walk: Walk, unit_type: str, node: yaml.Node, what: str) -> tuple[UnitMatch, ...]:
    items = walk.items(node, what, least=1)
    return walk.each(items, lambda item: _read_match(walk, item, unit_type))


def _read_match(walk: Walk, node: yaml.Node, unit_type: str) -> UnitMatch:
    if unit_type in {"boot", "sieve.SkipPackage"}:
        entries = walk.mapping(node, "match", ("package_name",))
        name = walk.read(entries, "package_name")
        if name is None:
            if unit_type == "boot":
                return UnitMatch()
            raise walk.wrong(node, "match must have `package_name`")
        return UnitMatch((Release(walk.package(name, "package_name")),))
    if unit_type == "step.Group":
        entries = walk.mapping(node, "match", ("group",))
        group = walk.read(entries, "group")
        if group is None:
            raise walk.wrong(node, "match must have `group`")
        members = walk.items(group, "group", least=2)
        return UnitMatch(
            walk.each(members, lambda item: _read_release(walk, _unwrap(walk, item), named=True))
        )
    if unit_type in {"pseudonym", "sieve"}:
        entries = walk.mapping(node, "match", ("package_version",))
        return UnitMatch((_package_version(walk, node, entries, named=unit_type == "pseudonym"),))
    if unit_type.startswith("step"):
        return _read_step_match(walk, node)
    entries = walk.mapping(node, "match", ("state",))
    state = walk.read(entries, "state")
    if state is None:
        if unit_type == "wrap":
            return UnitMatch()
        raise walk.wrong(node, "match must have `state`")
    inner = walk.mapping(_single(walk, state), "state", ("resolved_dependencies",))
    listed = walk.read(inner, "resolved_dependencies")
    if listed is None:
        raise walk.wrong(state, "state must have `resolved_dependencies`")
    notes = unit_type == "wrap.GHReleaseNotes"
    items = walk.items(listed, "resolved_dependencies", least=int(notes))
    if notes and len(items) > 1:
        raise walk.wrong(listed, "release notes are of exactly one package")
    return UnitMatch(walk.each(items, lambda item: _read_release(walk, item, named=notes)))


def _read_step_match(walk: Walk, node: yaml.Node) -> UnitMatch:
    entries = walk.mapping(node, "match", ("package_version", "state"))
    releases = [_package_version(walk, node, entries, named=False)]
    requirers: list[Release] = []
    others = True
    state = walk.read(entries, "state")
    if state is not None:
        keys = ("resolved_dependencies", "package_version_from", "package_version_from_allow_other")
        inner = walk.mapping(_single(walk, state), "state", keys)
        releases += _named_releases(walk, inner, "resolved_dependencies")
        requirers += _named_releases(walk, inner, "package_version_from")
        allow = walk.read(inner, "package_version_from_allow_other")
        if allow is not None:
            others = walk.boolean(allow, "package_version_from_allow_other")
    return UnitMatch(tuple(releases), tuple(requirers), others)


def _named_releases(walk: Walk, entries: Entries, key: str) -> tuple[Release, ...]:
    listed = walk.read(entries, key)
    if listed is None:
        return ()
    items = walk.items(listed, key, least=1)
    return walk.each(items, lambda item: _read_release(walk, item, named=True))


def _single(walk: Walk, node: yaml.Node) -> yaml.Node:
    """Return the node, or the only item of the list it is."""
    if isinstance(node, yaml.SequenceNode) and len(node.value) == 1:
        walk.visit(node)
        only: yaml.Node = node.value[0]
        return only
    return node


def _unwrap(walk: Walk, node: yaml.Node) -> yaml.Node:
    """Return what stands under `package_version`, or the node itself."""
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
        key, value = node.value[0]
        if key.value == "package_version":
            walk.visit(node)
            return cast("yaml.Node", value)
    return node


def _package_version(walk: Walk, node: yaml.Node, entries: Entries, *, named: bool) -> Release:
    found = walk.read(entries, "package_version")
    if found is None:
        raise walk.wrong(node, "match must have `package_version`")
    return _read_release(walk, found, named=named)


def _read_release(walk: Walk, node: yaml.Node, *, named: bool) -> Release:
    entries = walk.mapping(node, "package_version", _RELEASE_KEYS)
    name = walk.read(entries, "name")
    if name is None and named:
        raise walk.wrong(node, "package_version must have a name here")
    version, develop = walk.read(entries, "version"), walk.read(entries, "develop")
    index, other = walk.read(entries, "index_url"), False
    if isinstance(index, yaml.MappingNode):
        index, other = walk.read(walk.mapping(index, "index_url", ("not",)), "not"), True
    return Release(
        "" if name is None or walk.is_null(name) else walk.package(name, "name"),
        "" if version is None or walk.is_null(version) else walk.specifier(version, "version"),
        "" if index is None or walk.is_null(index) else walk.text(index, "index_url").rstrip("/"),
        other,
        None if develop is None or walk.is_null(develop) else walk.boolean(develop, "develop"),
    )


def _read_run(walk: Walk, unit_type: str, node: yaml.Node, what: str) -> Run:
    entries = walk.mapping(node, f"{what} of a {unit_type}", _RUN_KEYS[unit_type])
    not_acceptable = walk.optional(entries, "not_acceptable", walk.text, "")
    stop = walk.optional(entries, "eager_stop_pipeline", walk.text, "")
    if not_acceptable and stop:
        walk.wrong(node, "run has both `not_acceptable` and `eager_stop_pipeline`", "keep one")
    stack_info = walk.optional(entries, "stack_info", walk.items, [])
    justification = walk.optional(entries, "justification", walk.items, [])
    package, locked, index, develop, matched = _read_added(walk, node, entries, unit_type)
    return Run(
        stack_info=walk.each(
            stack_info, lambda item: _read_message(walk, item, "stack_info", _MESSAGE_KEYS)
        ),
        log=walk.optional(entries, "log", partial(_read_log, walk), None),
        justification=walk.each(
            justification,
            lambda item: _read_message(walk, item, "justification", _JUSTIFICATION_KEYS),
        ),
        score=walk.optional(entries, "score", partial(_read_score, walk), None),
        not_acceptable=not_acceptable,
        eager_stop_pipeline=stop,
        multi_package_resolution=walk.optional(
            entries, "multi_package_resolution", walk.boolean, default=False
        ),
        package=package,
        locked_version=locked,
        package_index_url=index,
        package_develop=develop,
        yield_matched_version=matched,
        release_notes=_read_release_notes(walk, node, entries, unit_type),
        manifest_changes=walk.optional(
            entries, "advised_manifest_changes", partial(_as_json, walk), ""
        ),
    )


def _read_score(walk: Walk, node: yaml.Node, what: str) -> float | None:
    return None if walk.is_null(node) else walk.number(node, what, least=-1, most=1)


def _read_log(walk: Walk, node: yaml.Node, what: str) -> tuple[str, str]:
    entries = walk.mapping(node, what, ("message", "type"))
    message, message_type = walk.read(entries, "message"), walk.read(entries, "type")
    if message is None or message_type is None:
        raise walk.wrong(node, "log must have `message` and `type`")
    return walk.choice(message_type, "type", _MESSAGE_TYPES), walk.text(message, "message")


def _read_message(walk: Walk, node: yaml.Node, what: str, keys: tuple[str, ...]) -> Message:
    entries = walk.mapping(node, what, keys)
    message, message_type = walk.read(entries, "message"), walk.read(entries, "type")
    if message is None or message_type is None:
        raise walk.wrong(node, f"{what} must have `type` and `message`")
    if "link" not in entries:
        walk.note(node, f"{what} has no `link`", "add the address of a public source")
    advisory = walk.optional(entries, "advisory", walk.text, None)
    identifier = walk.optional(entries, "cve_id", walk.text, None)
    walk.optional(entries, "cve_name", walk.text, None)
    return Message(
        cast("MessageType", walk.choice(message_type, "type", _MESSAGE_TYPES)),
        walk.text(message, "message"),
        walk.optional(entries, "link", walk.link, ""),
        walk.optional(entries, "package_name", walk.package, None),
        walk.optional(entries, "version_range", walk.specifier, None),
        advisory or identifier,
    )


def _read_added(
    walk: Walk, node: yaml.Node, entries: Entries, unit_type: str
) -> tuple[str, str, str, bool | None, bool]:
    """Return name, version, index, `develop` and `yield_matched_version` of a package to add."""
    if unit_type not in {"pseudonym", "step.AddPackage"}:
        return "", "", "", None, False
    matched = False
    if unit_type == "pseudonym":
        offered = walk.read(entries, "yield")
        if offered is None:
            raise walk.wrong(node, "run of a pseudonym must have `yield`")
        entries = walk.mapping(offered, "yield", ("yield_matched_version", "package_version"))
        flag = walk.read(entries, "yield_matched_version")
        matched = flag is not None and walk.boolean(flag, "yield_matched_version")
    found = walk.read(entries, "package_version")
    if found is None:
        raise walk.wrong(node, f"run of a {unit_type} must have `package_version`")
    inner = walk.mapping(
        found, "package_version", ("name", "locked_version", "index_url", "develop")
    )
    name, version = walk.read(inner, "name"), walk.read(inner, "locked_version")
    index, develop = walk.read(inner, "index_url"), walk.read(inner, "develop")
    if name is None:
        raise walk.wrong(found, "package_version must have a name here")
    has_version = version is not None and not walk.is_null(version)
    if unit_type == "step.AddPackage" and not has_version:
        raise walk.wrong(found, "package_version must have a locked_version here")
    if matched and has_version:
        walk.wrong(found, "both a locked_version and yield_matched_version", "keep one")
    return (
        walk.package(name, "name"),
        _locked_version(walk, version) if version is not None and has_version else "",
        "" if index is None or walk.is_null(index) else walk.text(index, "index_url").rstrip("/"),
        None if develop is None else walk.boolean(develop, "develop"),
        matched,
    )


def _locked_version(walk: Walk, node: yaml.Node) -> str:
    text = walk.text(node, "locked_version")
    try:
        return normalize_version(text.lstrip("=").strip() if text.startswith("==") else "")
    except ValueError as exc:
        raise walk.wrong(node, f"locked_version must be like '==1.0.0': {text!r:.80}") from exc


def _read_release_notes(
    walk: Walk, node: yaml.Node, entries: Entries, unit_type: str
) -> tuple[str, str, str] | None:
    if unit_type != "wrap.GHReleaseNotes":
        return None
    found = walk.read(entries, "release_notes")
    if found is None:
        raise walk.wrong(node, "run must have `release_notes`")
    inner = walk.mapping(
        found, "release_notes", ("organization", "repository", "tag_version_prefix")
    )
    organization, repository = walk.read(inner, "organization"), walk.read(inner, "repository")
    if organization is None or repository is None:
        raise walk.wrong(found, "release_notes must have `organization` and `repository`")
    prefix = walk.read(inner, "tag_version_prefix")
    return (
        _path_part(walk, organization, "organization"),
        _path_part(walk, repository, "repository"),
        "" if prefix is None else _path_part(walk, prefix, "tag_version_prefix"),
    )


def _path_part(walk: Walk, node: yaml.Node, what: str) -> str:
    text = walk.text(node, what)
    if not all(
        character.isascii() and (character.isalnum() or character in "._-/") for character in text
    ):
        raise walk.wrong(node, f"{what} has a character that GitHub does not take: {text!r:.80}")
    return text


def _as_json(walk: Walk, node: yaml.Node, _what: str) -> str:
    return json.dumps(_plain(walk, node, 0), ensure_ascii=False, separators=(",", ":"))


def _plain(walk: Walk, node: yaml.Node, depth: int) -> object:
    walk.visit(node)
    if depth > _MAXIMUM_DEPTH:
        raise walk.wrong(node, f"nested deeper than {_MAXIMUM_DEPTH} levels")
    if isinstance(node, yaml.MappingNode):
        entries = walk.mapping(node, "a mapping", None)
        return {key: _plain(walk, value, depth + 1) for key, (_key, value) in entries.items()}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(walk, item, depth + 1) for item in node.value]
    if walk.is_null(node):
        return None
    if node.tag.endswith(":bool"):
        return walk.boolean(node, "a value")
    if node.tag.endswith(":int") and len(node.value) < 10 and node.value.isdigit():
        return int(node.value)
    return node.value if len(node.value) < 4_000 else node.value[:4_000]

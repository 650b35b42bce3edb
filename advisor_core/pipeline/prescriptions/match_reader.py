"""`match` of a unit: nodes to values. What each type takes: docs/prescriptions.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import yaml

from advisor_core.pipeline.prescriptions.model import Release, UnitMatch

if TYPE_CHECKING:
    from advisor_core.pipeline.prescriptions.tree import Entries, Walk

__all__ = ["read_matches"]

_RELEASE_KEYS = ("name", "version", "index_url", "develop")

_MAXIMUM_ENTRIES = 1_000
"""Of one unit; each costs time for every release or package that it may be about."""


def read_matches(walk: Walk, unit_type: str, node: yaml.Node, what: str) -> tuple[UnitMatch, ...]:
    """Return the entries, of which one must hold; those that are wrong are left out."""
    items = walk.items(node, what, least=1)
    if len(items) > _MAXIMUM_ENTRIES:
        raise walk.wrong(node, f"{what} has more than {_MAXIMUM_ENTRIES} entries", "split the unit")
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
        "" if index is None or walk.is_null(index) else walk.address(index, "index_url"),
        other,
        None if develop is None or walk.is_null(develop) else walk.boolean(develop, "develop"),
    )

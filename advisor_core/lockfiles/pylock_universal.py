"""Writer of a `pylock.toml` for several environments, each with a stack of its own.

Environments are told apart by the marker variables in which they differ:

    environments = ['python_version == "3.11"', 'python_version == "3.12"']

    [[packages]]                               [[packages]]
    name = "numpy"                             name = "numpy"
    version = "2.2.6"                          version = "2.3.1"
    marker = 'python_version == "3.11"'        marker = 'python_version == "3.12"'

A release that all environments install alike is there once, without a marker.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from advisor_core.errors import InputError
from advisor_core.lockfiles.markers import all_of, any_of
from advisor_core.lockfiles.pylock import (
    extra_name,
    index_urls,
    local_packages,
    package_table,
    write_document,
)
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.model import Environment, Manifest, Pin, Stack

__all__ = ["environment_markers", "render_universal_pylock"]

_TELLING = (
    "python_version",
    "sys_platform",
    "platform_machine",
    "implementation_name",
    "python_full_version",
)
"""Marker variables by which environments are told apart, the first that do so are used."""


@dataclass(frozen=True, slots=True)
class _Release:
    """One release, and for which environments and categories it is."""

    pin: Pin
    places: tuple[tuple[str, str], ...]
    """Names of environment and category."""


def environment_markers(environments: Sequence[Environment], path: str) -> dict[str, str]:
    """Return a marker for each environment that holds in no other one, by name.

    `path` is the manifest's, for the InputError when no marker can tell two of them apart.
    """
    keys: list[str] = []
    for key in _TELLING:
        groups = {tuple(each.markers.get(known) for known in keys) for each in environments}
        if len(groups) == len(environments):
            break
        finer = {tuple(each.markers.get(known) for known in (*keys, key)) for each in environments}
        if len(finer) > len(groups):
            keys.append(key)
    found = {
        each.name: all_of(*(f"{key} == '{each.markers.get(key, '')}'" for key in keys))
        for each in environments
    }
    if len(set(found.values())) < len(environments) and len(environments) > 1:
        names = ", ".join(each.name for each in environments)
        raise InputError.single(
            path,
            f"no marker tells these environments apart, so one lock cannot serve them: {names}",
            hint="give each an overlay with a lock of its own, or declare one of them",
        )
    return found


def render_universal_pylock(
    manifest: Manifest,
    stacks: Mapping[str, Mapping[str, Stack]],
    environments: Sequence[Environment],
    previous: bytes | None = None,
) -> bytes:
    """Return a `pylock.toml` for environments, each with its stacks: environment to category to stack.

    Raises InputError when two categories of an environment pin one package differently, or no marker
    tells two environments apart, and IndexFailure when a pin has no file with a hash.
    """
    markers = environment_markers(environments, manifest.path)
    extras = {each.name: extra_name(each.name) for each in manifest.categories if each.is_extra}
    named = [
        each.name
        for each in manifest.categories
        if each.name != "default" and any(each.name in found for found in stacks.values())
    ]
    document: dict[str, Any] = {"lock-version": "1.0"}
    document["environments"] = [markers[each.name] for each in environments]
    if manifest.requires_python:
        document["requires-python"] = manifest.requires_python
    if any(name in extras for name in named):
        document["extras"] = [extras[name] for name in named if name in extras]
    if any(name not in extras for name in named):
        document["dependency-groups"] = [name for name in named if name not in extras]
        document["default-groups"] = []
    document["created-by"] = "thoth"
    urls = index_urls(manifest)
    folder = posixpath.dirname(manifest.path)
    packages = [
        package_table(
            release.pin, _marker(release, markers, extras), urls.get(release.pin.index), folder
        )
        for release in _releases(manifest, stacks, environments)
    ]
    packages += local_packages(manifest, extras)
    document["packages"] = sorted(packages, key=lambda each: str(each["name"]))
    return write_document(document, previous)


def _releases(
    manifest: Manifest,
    stacks: Mapping[str, Mapping[str, Stack]],
    environments: Sequence[Environment],
) -> list[_Release]:
    """Return every release once, by name, and of one name in the order of the environments."""
    found: dict[str, dict[str, _Release]] = {}
    for environment in environments:
        own: dict[str, str] = {}
        for category, stack in stacks[environment.name].items():
            for name, pin in stack.pins.items():
                if own.setdefault(name, pin.version) != pin.version:
                    raise InputError.single(
                        manifest.path,
                        f"two categories pin {name} differently: {own[name]}, {pin.version}",
                        hint="lock one category by itself, or require the same version in both",
                    )
                known = found.setdefault(name, {})
                release = known.get(pin.version, _Release(pin, ()))
                place = (environment.name, category)
                known[pin.version] = replace(release, places=(*release.places, place))
    return [release for name in sorted(found) for release in found[name].values()]


def _marker(release: _Release, markers: Mapping[str, str], extras: Mapping[str, str]) -> str | None:
    """Return where a release is installed; None: in every environment, with whatever categories."""
    by_categories: dict[tuple[str, ...], list[str]] = {}
    for name in markers:
        categories = tuple(sorted(category for where, category in release.places if where == name))
        if categories:
            key = () if "default" in categories else categories
            by_categories.setdefault(key, []).append(name)
    ways = []
    for categories, names in by_categories.items():
        where = None if len(names) == len(markers) else any_of(*(markers[each] for each in names))
        group = " or ".join(
            f"'{extras[each]}' in extras" if each in extras else f"'{each}' in dependency_groups"
            for each in categories
        )
        parts = [part for part in (group, where) if part]
        if not parts:
            return None
        ways.append(parts[0] if len(parts) == 1 else all_of(*parts))
    return any_of(*ways)

"""Writer and reader of `pylock.toml` (https://packaging.python.org/specifications/pylock-toml/).

A lock for one environment. Categories besides `default` are dependency groups and extras: their packages
carry the marker `'NAME' in dependency_groups` or `'NAME' in extras`.
"""

from __future__ import annotations

import posixpath
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from advisor_core.errors import IndexFailure
from advisor_core.lockfiles.hashes import best_hash
from advisor_core.lockfiles.markers import all_of
from advisor_core.lockfiles.merging import MergedPin, merge_categories
from advisor_core.lockfiles.toml_text import write_toml
from advisor_core.manifests.faults import FaultCollector, shown
from advisor_core.manifests.toml_lines import line_of, parse_toml
from advisor_core.model import EXTRA_PREFIX
from advisor_core.standards import normalize_name, normalize_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.lockfiles.interface import LockedVersions
    from advisor_core.model import Artifact, Environment, Manifest, Pin, Stack

__all__ = [
    "extra_name",
    "index_urls",
    "local_packages",
    "marker_groups",
    "package_table",
    "read_pylock",
    "render_pylock",
    "validate_document",
    "write_document",
]

_LOCK_VERSION = "1.0"
_GROUP = re.compile(r"""(['"])([^'"]+)\1\s+in\s+(dependency_groups|extras)\b""")
_ENVIRONMENT_KEYS = ("implementation_name", "platform_machine", "python_version", "sys_platform")
"""The marker variables that make a lock for one environment unusable in another."""

_REMAKE = "remove the file and lock again; what it pinned is in the history of the repository"


def render_pylock(
    manifest: Manifest,
    stacks: Mapping[str, Stack],
    previous: bytes | None = None,
    *,
    environment: Environment | None = None,
) -> bytes:
    """Return a `pylock.toml` of these stacks, checked by `packaging.pylock`.

    With `environment` the lock says that it is for that one only. Raises InputError when two
    categories pin one package differently, IndexFailure when a pin has no file with a hash.
    """
    document: dict[str, Any] = {"lock-version": _LOCK_VERSION}
    if environment is not None:
        known = ((key, environment.markers.get(key)) for key in _ENVIRONMENT_KEYS)
        marker = " and ".join(f"{key} == '{value}'" for key, value in known if value)
        document |= {"environments": [marker]} if marker else {}
    if manifest.requires_python:
        document["requires-python"] = manifest.requires_python
    extras = {each.name: extra_name(each.name) for each in manifest.categories if each.is_extra}
    named = [name for name, stack in stacks.items() if name != "default" and stack.pins]
    if any(name in extras for name in named):
        document["extras"] = [extras[name] for name in named if name in extras]
    if any(name not in extras for name in named):
        groups = [name for name in named if name not in extras]
        document |= {"dependency-groups": groups, "default-groups": []}
    document["created-by"] = "thoth"
    urls = index_urls(manifest)
    folder = posixpath.dirname(manifest.path)
    packages = [
        package_table(merged.pin, _marker(merged, extras), urls.get(merged.pin.index), folder)
        for merged in merge_categories(manifest, stacks)
    ]
    packages += local_packages(manifest, extras)
    document["packages"] = sorted(packages, key=lambda each: str(each["name"]))
    return write_document(document, previous)


def write_document(document: Mapping[str, Any], previous: bytes | None) -> bytes:
    """Return a document's text, checked, with the line ends of the file that it replaces."""
    validate_document(document)
    newline = "\r\n" if (previous or b"").split(b"\n", 1)[0].endswith(b"\r") else "\n"
    return write_toml(document).replace("\n", newline).encode()


def read_pylock(data: bytes, path: str = "pylock.toml") -> LockedVersions:
    """Return the versions that a `pylock.toml` pins, by dependency group or extra.

    Of a package that is pinned more than once in a category the first counts. Raises InputError
    with every fault.
    """
    document, lines = parse_toml(path, data)
    faults = FaultCollector()
    lock_version = document.get("lock-version")
    if not isinstance(lock_version, str) or not lock_version.startswith("1."):
        faults.add(
            f"{path}: lock-version",
            f"not a version of the format that is known: {shown(lock_version)}",
            hint=f"known is {_LOCK_VERSION}",
        )
    packages = document.get("packages")
    if not isinstance(packages, list):
        faults.add(f"{path}: packages", f"not an array of tables: {shown(packages)}", hint=_REMAKE)
        packages = []
    versions: LockedVersions = {"default": {}}
    for index, package in enumerate(packages):
        place = f"{path}:{line_of(lines, 'packages', index) or 1}"
        name = package.get("name") if isinstance(package, dict) else None
        if not isinstance(package, dict) or not isinstance(name, str):
            faults.add(place, f"packages[{index}] has no name", hint=_REMAKE)
            continue
        version, marker = package.get("version"), package.get("marker", "")
        if version is None:
            continue
        try:
            normal = normalize_version(version) if isinstance(version, str) else None
        except ValueError:
            normal = None
        if normal is None:
            faults.add(place, f"not a PEP 440 version: {shown(version)}", hint=_REMAKE)
            continue
        for group in marker_groups(marker, document) or ["default"]:
            versions.setdefault(group, {}).setdefault(normalize_name(name), normal)
    faults.raise_if_any()
    return versions


def marker_groups(marker: object, document: Mapping[str, object]) -> list[str]:
    """Return the dependency groups and extras that a package's marker names, as categories.

    An extra that has the name of a group of the document is `extra:NAME`.
    """
    if not isinstance(marker, str):
        return []
    groups = document.get("dependency-groups")
    both = set(map(str, groups)) if isinstance(groups, list) else set()
    return [
        f"{EXTRA_PREFIX}{name}" if kind == "extras" and name in both else name
        for _, name, kind in _GROUP.findall(marker)
    ]


def _group_marker(categories: Iterable[str], extras: Mapping[str, str]) -> str | None:
    """Return the marker of what only these categories install; None: everybody does."""
    names = list(categories)
    if "default" in names:
        return None
    return " or ".join(
        f"'{extras[name]}' in extras" if name in extras else f"'{name}' in dependency_groups"
        for name in names
    )


def local_packages(manifest: Manifest, extras: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the tables of the projects in folders that a manifest requires by path."""
    found: dict[str, tuple[str, list[str], str | None]] = {}
    for category in manifest.categories:
        for declared in category.requirements:
            path = (declared.kept or {}).get("path")
            if isinstance(path, str):
                name, marker = declared.requirement.name, declared.requirement.marker
                _, categories, _ = found.setdefault(name, (path, [], marker))
                categories.append(category.name)
    tables: list[dict[str, object]] = []
    for name, (path, categories, marker) in found.items():
        group = _group_marker(sorted(categories), extras)
        both = [part for part in (group, marker) if part]
        table: dict[str, object] = {"name": name}
        if both:
            table["marker"] = both[0] if len(both) == 1 else all_of(*both)
        # Relative to the lockfile, which is beside the manifest.
        table["directory"] = {"path": path, "editable": True}
        tables.append(table)
    return tables


def extra_name(category: str) -> str:
    """Return the name of the extra that a category is."""
    return category.removeprefix(EXTRA_PREFIX)


def _marker(merged: MergedPin, extras: Mapping[str, str]) -> str | None:
    """Return the marker of a package by the categories that hold it and where it is installed."""
    group = _group_marker(merged.categories, extras)
    if group is None:
        return merged.condition
    return all_of(group, merged.condition) if merged.condition else group


def index_urls(manifest: Manifest) -> dict[str, str]:
    """Return the URLs that a lock gives of indexes, by name: a page of links is no index."""
    return {source.name: source.url for source in manifest.sources if not source.flat}


def package_table(
    pin: Pin, marker: str | None, index: str | None, folder: str = ""
) -> dict[str, object]:
    """Return one package's table. `folder`: of the lockfile, in the project."""
    package: dict[str, object] = {"name": pin.name, "version": pin.version}
    if marker:
        package["marker"] = marker
    if pin.requires_python:
        package["requires-python"] = pin.requires_python
    if index:
        package["index"] = index
    files = [artifact for artifact in pin.artifacts if best_hash(artifact)]
    if not files:
        raise IndexFailure(
            f"{pin.name} {pin.version}: `{pin.index}` gives no sha256 of its files",
            hint="ask whoever runs it to give hashes; a lock without them protects nobody",
        )
    # The format has room for one sdist; a release rarely has two, as `.tar.gz` and `.zip`.
    sdists = sorted((file for file in files if not file.is_wheel), key=lambda file: file.filename)
    if sdists:
        package["sdist"] = _file(sdists[0], folder)
    wheels = sorted((file for file in files if file.is_wheel), key=lambda file: file.filename)
    if wheels:
        package["wheels"] = [_file(wheel, folder) for wheel in wheels]
    return package


def _file(artifact: Artifact, folder: str) -> dict[str, object]:
    """Return one file's table."""
    table: dict[str, object] = {"name": artifact.filename}
    if artifact.upload_time is not None:
        table["upload-time"] = datetime.fromtimestamp(artifact.upload_time, UTC)
    if "://" in artifact.url:
        table["url"] = artifact.url
    else:
        table["path"] = posixpath.relpath(artifact.url, folder or ".")
    if artifact.size is not None:
        table["size"] = artifact.size
    algorithm, _, digest = (best_hash(artifact) or "").partition(":")
    table["hashes"] = {algorithm: digest}
    return table


def validate_document(document: Mapping[str, Any]) -> None:
    """Raise RuntimeError when the document is no valid lock: our own mistake, not the reader's."""
    # Imported here: the other formats are written without `packaging`.
    from packaging.pylock import Pylock, PylockValidationError  # noqa: PLC0415

    try:
        Pylock.from_dict(document).validate()
    except PylockValidationError as exc:
        raise RuntimeError(f"the pylock.toml that was made is not valid: {exc}") from exc

"""Writer of `Pipfile.lock`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from advisor_core.errors import InputError
from advisor_core.lockfiles.hashes import best_hash
from advisor_core.lockfiles.pipfile_entries import (
    Entry,
    RootEntry,
    inherited_marker,
    kept_entry,
    lock_key,
    loses_markers,
    pinned_entry,
    requires_python_marker,
    skipped_entry,
)
from advisor_core.lockfiles.pipfile_lock_reader import load_pipfile_lock
from advisor_core.lockfiles.requirers import environments_of, first_requirers, install_conditions
from advisor_core.manifests.pipfile import category_sections, lock_category
from advisor_core.manifests.pipfile_hash import DEFAULT_SOURCE, pipfile_hash
from advisor_core.manifests.pipfile_packages import KEPT_KEYS
from advisor_core.manifests.toml_lines import parse_toml
from advisor_core.model import Stack
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Category, Manifest, Pin

__all__ = ["render_pipfile_lock"]

_SPECIFICATION = 6
"""Version of the Pipfile specification that pipenv names in `_meta`."""

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def render_pipfile_lock(
    manifest: Manifest,
    stacks: Mapping[str, Stack],
    previous: bytes | None = None,
    *,
    revisions: Mapping[str, str] | None = None,
) -> bytes:
    """Return the `Pipfile.lock` that pipenv would write for the same versions.

    `revisions` are commits of packages from version control, by name, where the caller knows them.
    Raises IndexFailure when a pin has no hash, InputError when the manifest is no Pipfile.
    """
    if manifest.kind != "pipfile":
        raise InputError.single(
            manifest.path,
            "a `Pipfile.lock` is made of a Pipfile only",
            hint="choose `--format requirements` or `--format pylock`",
        )
    document, _ = parse_toml(manifest.path, manifest.files[manifest.path])
    old = _load_previous(previous)
    digest = pipfile_hash(document)
    lock: dict[str, Any] = dict(old)
    default: dict[str, Entry] = {}
    for section in category_sections(document):
        category = lock_category(section)
        old_entries = old.get(category)
        entries = _CategoryWriter(
            document=document,
            section=section,
            category=next((item for item in manifest.categories if item.name == category), None),
            stack=stacks.get(category, Stack({})),
            previous=old_entries if isinstance(old_entries, dict) else {},
            is_fresh=_old_hash(old) == digest,
            revisions=revisions or {},
        ).entries()
        if category == "default":
            default = entries
        elif not manifest.independent_categories:
            entries.update((key, default[key]) for key in entries.keys() & default.keys())
        lock[category] = entries
    lock["_meta"] = {
        "hash": {"sha256": digest},
        "pipfile-spec": _SPECIFICATION,
        "requires": document.get("requires", {}),
        "sources": document.get("source", [DEFAULT_SOURCE]),
    }
    text = json.dumps(lock, indent=4, separators=(",", ": "), sort_keys=True) + "\n"
    newline = _newline_of(previous) if old else "\n"
    return text.replace("\n", newline).encode()


class _CategoryWriter:
    """Makes the entries of one category."""

    def __init__(
        self,
        *,
        document: Mapping[str, object],
        section: str,
        category: Category | None,
        stack: Stack,
        previous: dict[str, Any],
        is_fresh: bool,
        revisions: Mapping[str, str],
    ) -> None:
        self.stack = stack
        self.previous = previous
        self.is_fresh = is_fresh
        self.revisions = revisions
        self.roots = _root_entries(document.get(section, {}))
        self.indexes = _named_indexes(document, section)
        self.sources = _source_names(document)
        self.default_index = self.sources[0]
        self.several = len(environments_of(stack)) > 1
        self.conditions = install_conditions(stack) if self.several else {}
        declared = category.requirements if category is not None else ()
        self.known = {root.requirement.name for root in declared if root.knows_requirements}
        self.met = first_requirers(declared, stack)

    def entries(self) -> dict[str, Entry]:
        """Return the entries by lock key."""
        entries: dict[str, Entry] = {}
        everywhere = environments_of(self.stack)
        for name, pin in sorted(self.stack.pins.items()):
            root = self.roots.get(name)
            if root is not None and (_is_kept(root) or (everywhere and not pin.environments)):
                continue
            key = lock_key(root.key if root is not None else self._spelling(name))
            entries[key] = pinned_entry(
                pin,
                root=root,
                index=self._index(key, root, pin),
                marker=self._marker(name, pin, root),
            )
        for name, root in self.roots.items():
            if _is_kept(root):
                entries[lock_key(root.key)] = kept_entry(root, revision=self._revision(name, root))
            elif name not in self.stack.pins or (
                everywhere and not self.stack.pins[name].environments
            ):
                entry = skipped_entry(root, self._previous_entry(root.key), self._hashes(name))
                if entry is not None:
                    entries[root.key] = entry
        for key, kept in self._unreached().items():
            entries.setdefault(key, kept)
        return entries

    def _spelling(self, name: str) -> str:
        """Return how the first requirer spells a package, else as before, else normalized."""
        edge = self.met.get(name)
        if edge is not None and normalize_name(edge.spelling) == name:
            return edge.spelling
        return next((key for key in self.previous if normalize_name(key) == name), name)

    def _index(self, key: str, root: RootEntry | None, pin: Pin) -> str | None:
        """Return the index to name in an entry.

        A package from any source but the first names it: pipenv looks nowhere else.
        """
        if pin.index != self.default_index and pin.index in self.sources:
            return pin.index
        return self._pipenv_index(key, root)

    def _pipenv_index(self, key: str, root: RootEntry | None) -> str | None:
        """Return the index that pipenv names in the entry of a package from the first source.

        Packages declared by a bare version have the first source, tables only what they say. A name
        with dots or repeated separators is not found by pipenv's own look-up.
        """
        if root is not None and root.is_table:
            index = root.table.get("index")
            return str(index) if index is not None else None
        if key != normalize_name(key):
            return None
        if root is not None:
            return self.default_index if "[" not in root.key else None
        return self.indexes.get(key)

    def _marker(self, name: str, pin: Pin, root: RootEntry | None) -> str | None:
        """Return the marker of a package before its own entry's keys are considered."""
        python = requires_python_marker(pin)
        if root is not None:
            return python
        if self.several:
            condition = self.conditions.get(name)
            if condition is None:
                return python
            return f"({python}) and ({condition})" if python else condition
        edge = self.met.get(name)
        handed_down = self._handed_down(name)
        if handed_down or python:
            return handed_down or python
        return edge.requirement.marker if edge is not None else None

    def _handed_down(self, name: str) -> str:
        """Return the marker of the Pipfile's entry through which a package was met first."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            root = self.roots.get(name)
            if root is not None:
                return inherited_marker(root)
            edge = self.met.get(name)
            if edge is None or edge.parent is None:
                return ""
            if loses_markers(bool(edge.requirement.extras), bool(edge.requirement.specifier)):
                return ""
            name = edge.parent
        return ""

    def _revision(self, name: str, root: RootEntry) -> str | None:
        """Return the commit to pin a package from version control at.

        A reference of the Pipfile may have changed since the lock was made, unless the lock fits
        the Pipfile as it is: then its commit holds.
        """
        reference = root.table.get("ref")
        if isinstance(reference, str) and _COMMIT.fullmatch(reference):
            return reference
        if name in self.revisions:
            return self.revisions[name]
        previous = self._previous_entry(lock_key(root.key)) or {}
        same_place = all(previous.get(key) == root.table.get(key) for key in KEPT_KEYS)
        locked = previous.get("ref")
        if same_place and isinstance(locked, str) and (self.is_fresh or not reference):
            return locked
        return None

    def _previous_entry(self, key: str) -> Entry | None:
        """Return the entry of the lock before, by exactly this key."""
        entry = self.previous.get(key)
        return entry if isinstance(entry, dict) else None

    def _hashes(self, name: str) -> list[str]:
        """Return the hashes of a package that no environment installs, where the stack has it."""
        pin = self.stack.pins.get(name)
        return (
            sorted({value for file in pin.artifacts if (value := best_hash(file))}) if pin else []
        )

    def _unreached(self) -> dict[str, Entry]:
        """Return entries of the lock before that a kept package may need.

        What such a package requires is known only to those who run its build, unless its project is
        a folder that says it, or the stack does. Else nothing of the lock before is dropped.
        """
        kept = {name for name, root in self.roots.items() if _is_kept(root)}
        parents = {edge.parent for pin in self.stack.pins.values() for edge in pin.required_by}
        if not kept - self.known or kept & parents:
            return {}
        return {
            key: entry
            for key, entry in self.previous.items()
            if isinstance(entry, dict)
            and normalize_name(key) not in {*self.stack.pins, *self.roots}
        }


def _root_entries(packages: object) -> dict[str, RootEntry]:
    """Return the entries of a section by normalized name."""
    entries: dict[str, RootEntry] = {}
    for key, value in packages.items() if isinstance(packages, dict) else ():
        is_table = isinstance(value, dict)
        name = normalize_name(key.split("[", 1)[0])
        entries[name] = RootEntry(key, value if is_table else {}, is_table)
    return entries


def _is_kept(root: RootEntry) -> bool:
    """Whether a package is not resolved from an index."""
    return any(key in root.table for key in KEPT_KEYS) or root.table.get("skip_resolver") is True


def _named_indexes(document: Mapping[str, object], section: str) -> dict[str, str]:
    """Return the indexes that tables of other sections name, for packages that this one reaches."""
    indexes: dict[str, str] = {}
    for other in category_sections(document) if section != "packages" else ():
        if other == section:
            continue
        for name, root in _root_entries(document.get(other, {})).items():
            if isinstance(root.table.get("index"), str):
                indexes.setdefault(name, root.table["index"])
    return indexes


def _source_names(document: Mapping[str, object]) -> list[str]:
    """Return the names of the sources, never none."""
    sources = document.get("source")
    tables = sources if isinstance(sources, list) and sources else [DEFAULT_SOURCE]
    return [str(table.get("name")) for table in tables]


def _load_previous(previous: bytes | None) -> dict[str, Any]:
    """Return the lock before, empty when there is none or it is broken."""
    if previous is None:
        return {}
    try:
        return load_pipfile_lock(previous, "Pipfile.lock")
    except InputError:
        return {}


def _old_hash(old: Mapping[str, Any]) -> object:
    """Return the Pipfile hash that a lock holds."""
    meta = old.get("_meta")
    digests = meta.get("hash") if isinstance(meta, dict) else None
    return digests.get("sha256") if isinstance(digests, dict) else None


def _newline_of(previous: bytes | None) -> str:
    """Return the line ending of the lock before."""
    line = (previous or b"").split(b"\n", 1)[0]
    return "\r\n" if line.endswith(b"\r") else "\n"

"""One package's entry in `Pipfile.lock`, as pipenv writes it.

The rules are those of the pipenv that the tests pin, read from its source and compared byte by byte
with locks it made (`tests/data/pipenv`). Where they are odd, `docs/lockfiles.md` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor_core.lockfiles.hashes import pin_hashes
from advisor_core.lockfiles.markers import has_top_level_or, normal_marker
from advisor_core.lockfiles.python_markers import python_marker
from advisor_core.manifests.pipfile_packages import KEPT_KEYS, MARKER_KEYS
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Pin

__all__ = [
    "Entry",
    "RootEntry",
    "inherited_marker",
    "kept_entry",
    "lock_key",
    "loses_markers",
    "pinned_entry",
    "requires_python_marker",
    "skipped_entry",
]

Entry = dict[str, object]

_VCS_KEYS = KEPT_KEYS[:4]


@dataclass(frozen=True, slots=True)
class RootEntry:
    """A package as a section of the Pipfile declares it."""

    key: str
    """As written: `Zope.Interface`."""

    table: Mapping[str, Any]
    """Its table; empty for `key = "version"`."""

    is_table: bool


def lock_key(spelling: str) -> str:
    """Return the key that pipenv gives a package: lower case, `_` as `-`, dots kept."""
    return spelling.split("[", 1)[0].lower().replace("_", "-")


def inherited_marker(root: RootEntry) -> str:
    """Return what a root's requirements get as marker from its entry; empty: nothing.

    pipenv hands down these three keys only, and none through a requirement that `loses_markers`.
    """
    table = root.table
    has_place = any(key in table for key in KEPT_KEYS) or table.get("version", "*") not in ("*", "")
    if loses_markers(bool(table.get("extras")), has_place):
        return ""
    parts = (
        f"sys_platform {table['sys_platform']}" if table.get("sys_platform") else "",
        table.get("markers", ""),
        f"platform_machine {table['platform_machine']}" if table.get("platform_machine") else "",
    )
    return " and ".join(f"({part})" for part in parts if part)


def loses_markers(has_extras: bool, has_specifier: bool) -> bool:  # noqa: FBT001
    """Return whether nothing is handed down through a requirement.

    pip splits `name[extra]>=1` in two, the first of which comes from itself: pipenv looks no
    further.
    """
    return has_extras and has_specifier


def pinned_entry(
    pin: Pin, *, root: RootEntry | None, index: str | None, marker: str | None
) -> Entry:
    """Return the entry of a resolved package.

    `marker` is the one of the requirement that brought it in, or what its root hands down; `index`
    the name to write, if any. Raises IndexFailure when the pin has no hash.
    """
    table: Mapping[str, Any] = root.table if root is not None else {}
    text = _first_markers(root, marker)
    if "markers" in table:
        text = table["markers"]
    entry: Entry = {"hashes": table.get("hashes") or pin_hashes(pin), "version": f"=={pin.version}"}
    translated = _translated(text, table) if text and text.strip() else None
    if translated:
        entry["markers"] = translated
    if index is not None:
        entry["index"] = index
    extras = table.get("extras") or pin.extras
    if extras:
        entry["extras"] = sorted(extras)
    _copy_options(table, entry)
    return entry


def requires_python_marker(pin: Pin) -> str | None:
    """Return the marker for the Python versions that a release's files declare.

    pip reads it from the file that it chose; files of one release that differ are not known. A
    release without files says it in its metadata.
    """
    declared = {artifact.requires_python for artifact in pin.artifacts} - {None, ""}
    if pin.artifacts:
        wheels = [artifact for artifact in pin.artifacts if artifact.is_wheel] or list(
            pin.artifacts
        )
        chosen = wheels[0].requires_python if len(declared) > 1 else next(iter(declared), None)
    else:
        chosen = pin.requires_python
    return python_marker(chosen) if chosen else None


def kept_entry(root: RootEntry, *, revision: str | None) -> Entry:
    """Return the entry of a package from version control, a path or a file: what the Pipfile says.

    `revision` is the commit to pin, if one is known.
    """
    table = root.table
    entry: Entry = {}
    for key in ("index", "subdirectory", *KEPT_KEYS):
        if key in table:
            entry[key] = table[key]
    vcs = next((key for key in _VCS_KEYS if key in table), None)
    if vcs is not None:
        entry["ref"] = revision or table.get("ref")
        if "[" in table[vcs] and "]" in table[vcs]:
            entry["extras"] = sorted(
                part.strip() for part in table[vcs].rpartition("[")[2].replace("]", "").split(",")
            )
    if table.get("extras"):
        entry["extras"] = sorted(table["extras"])
    text = _first_markers(root, None)
    translated = (
        _translated(table.get("markers", text), table) if text or "markers" in table else None
    )
    if translated:
        entry["markers"] = translated
    _copy_options(table, entry)
    return entry


def skipped_entry(root: RootEntry, previous: Entry | None, hashes: list[str]) -> Entry | None:
    """Return the entry of a package whose marker holds in no environment, None when it has none.

    What an earlier lock pinned, perhaps made where the marker holds, is kept.
    """
    table = root.table
    if "version" not in table:
        return None
    version = str(table["version"]).strip()
    exact = version[:1].isdigit() or (
        version.startswith("==") and "*" not in version and "," not in version
    )
    entry: Entry = {}
    if exact:
        entry["version"] = version if version.startswith("==") else f"=={version}"
    if exact and hashes:
        entry["hashes"] = hashes
    translated = _translated(table.get("markers"), table)
    if translated:
        entry["markers"] = translated
    if "index" in table:
        entry["index"] = table["index"]
    if table.get("extras"):
        entry["extras"] = sorted(table["extras"])
    _copy_options(table, entry)
    if previous is not None:
        return {**previous, **entry}
    # pipenv writes `==>=1.0` for a range, which nothing can read.
    return {"version": "*", **entry}


def _copy_options(table: Mapping[str, Any], entry: Entry) -> None:
    """Copy the keys that tell the installer how to install."""
    if "editable" in table:
        entry["editable"] = table["editable"]
    if table.get("no_binary"):
        entry["no_binary"] = True
    if table.get("pip_args"):
        entry["pip_args"] = list(table["pip_args"])


def _first_markers(root: RootEntry | None, marker: str | None) -> str | None:
    """Return the marker of pipenv's resolver, before the Pipfile's keys are added once more."""
    if root is None:
        return _translated(marker, {}) if marker else None
    table = root.table
    own = _translated(table.get("markers"), table)
    text = inherited_marker(root) or marker or ""
    merged = [normal_marker(own)] if own and root.key == lock_key(root.key) else []
    merged += [table["markers"]] if "markers" in table else []
    merged += [f"os_name {table['os_name']}"] if "os_name" in table else []
    for addition in merged:
        if not text:
            text = addition
        elif addition not in text:
            text = f"({text}) and ({addition})"
    return _translated(text, {}) if text else None


def _translated(text: str | None, table: Mapping[str, Any]) -> str | None:
    """Return a marker joined with the marker keys of an entry, in single quotes, None when empty.

    `os_name` is not among the keys joined here. A marker on extras is dropped.
    """
    found: set[str] = set()
    if text and text.strip():
        marker = normal_marker(text)
        if "extra" not in marker:
            found.add(marker)
    found |= {
        normal_marker(f"{key} {table[key]}")
        for key in MARKER_KEYS
        if key in table and key != "os_name"
    }
    if not found:
        return None
    # pipenv joins without parentheses, which changes what an alternative means.
    parts = [
        f"({part})" if len(found) > 1 and has_top_level_or(part) else part for part in sorted(found)
    ]
    return normal_marker(" and ".join(parts)).replace('"', "'")

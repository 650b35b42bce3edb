"""Reader of `Pipfile.lock`: what it pins, and its JSON for the writer of the next one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from advisor_core.errors import InputError
from advisor_core.manifests.faults import FaultCollector, decode_text, shown
from advisor_core.manifests.interface import MAX_DEPTH
from advisor_core.manifests.pipfile_packages import KEPT_KEYS
from advisor_core.standards import normalize_name, normalize_version

if TYPE_CHECKING:
    from advisor_core.lockfiles.interface import LockedVersions

__all__ = ["load_pipfile_lock", "read_pipfile_lock"]

_REMAKE = "remove the file and lock again; what it pinned is in the history of the repository"


def read_pipfile_lock(data: bytes, path: str = "Pipfile.lock") -> LockedVersions:
    """Return the versions that a `Pipfile.lock` pins. Raises InputError with every fault of it."""
    document = load_pipfile_lock(data, path)
    faults = FaultCollector()
    versions: LockedVersions = {}
    for category, entries in document.items():
        if category == "_meta":
            continue
        if not isinstance(entries, dict):
            # Other keys that are no categories may be a person's: pipenv leaves them alone.
            if category in ("default", "develop"):
                faults.add(f"{path}: {category}", f"not an object: {shown(entries)}", hint=_REMAKE)
            continue
        pinned: dict[str, str] = {}
        for key, entry in entries.items():
            if not isinstance(entry, dict):
                if category in ("default", "develop"):  # else a person's note, as above
                    place = f"{path}: {category}.{key}"
                    faults.add(place, f"not an object: {shown(entry)}", hint=_REMAKE)
                continue
            version = _locked_version(f"{path}: {category}.{key}", entry, faults)
            if version is not None:
                pinned[normalize_name(key)] = version
        versions[category] = pinned
    for category in ("default", "develop"):
        versions.setdefault(category, {})
    faults.raise_if_any()
    return versions


def _locked_version(place: str, entry: dict[str, Any], faults: FaultCollector) -> str | None:
    """Return the version that an entry pins, None when it pins none."""
    version = entry.get("version")
    if version is None or version == "*" or any(key in entry for key in KEPT_KEYS):
        return None
    if not isinstance(version, str):
        faults.add(f"{place}.version", f"not a string: {shown(version)}", hint=_REMAKE)
        return None
    try:
        return normalize_version(version.removeprefix("==").strip())
    except ValueError:
        faults.add(f"{place}.version", f"not a PEP 440 version: {shown(version)}", hint=_REMAKE)
        return None


def load_pipfile_lock(data: bytes, path: str) -> dict[str, Any]:
    """Return a lock as JSON. Raises InputError when it is none."""
    text = decode_text(path, data)
    depth = 0
    # The last quote may be missing: looking for it from each quote again would take quadratic time.
    for found in re.finditer(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', text, re.DOTALL):
        depth += (found.group() in "[{") - (found.group() in "]}")
        if depth > MAX_DEPTH:
            raise InputError.single(path, f"nested more than {MAX_DEPTH} deep", hint=_REMAKE)
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as exc:
        raise InputError.single(
            f"{path}:{exc.lineno}", f"not JSON: {exc.msg.lower()}", hint=_REMAKE
        ) from exc
    except ValueError as exc:
        raise InputError.single(path, f"not JSON: {str(exc)[:200]}", hint=_REMAKE) from exc
    if not isinstance(document, dict):
        raise InputError.single(path, f"not an object: {shown(document)}", hint=_REMAKE)
    return cast("dict[str, Any]", document)


def _refuse_constant(name: str) -> None:
    """Refuse `NaN` and `Infinity`, which JSON does not have."""
    raise ValueError(f"not a JSON value: {name}")

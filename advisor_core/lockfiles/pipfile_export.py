"""A requirements file from what is there already: from a `Pipfile.lock`, or from a Pipfile alone. Pure.

    flask = {version = "==3.0", extras = ["async"], markers = "sys_platform != 'win32'"}
    flask[async]==3.0 ; sys_platform != 'win32' --hash=sha256:...

Nothing is resolved: what comes out says what the file says. It is the default category, as `pip install -r`
wants it; `dev-packages` stay with pipenv.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from advisor_core.errors import Fault, InputError
from advisor_core.lockfiles.pipfile_lock_reader import load_pipfile_lock, read_pipfile_lock
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.model import IndexSource, Manifest

__all__ = ["EXPORT_HEADER", "export_lockfile", "export_manifest"]

EXPORT_HEADER = "# Kept by Thoth as {} says: change that file, not this one."

_DEFAULT_INDEXES = ("https://pypi.org/simple", "https://pypi.org/simple/")
_SAFE = re.compile(r"[^\x00-\x1f\x7f]*")
_REFERENCE = re.compile(r"[^\s#;]+")


def export_lockfile(lock: bytes, manifest: Manifest, path: str) -> bytes:
    """Return the requirements file of a lock's default category, with its hashes.

    Raises InputError with every entry that a requirements file cannot say.
    """
    versions = read_pipfile_lock(lock, path)["default"]
    entries = load_pipfile_lock(lock, path).get("default")
    faults: list[Fault] = []
    lines = [EXPORT_HEADER.format(path), *_indexes(manifest.sources)]
    for key, entry in sorted(entries.items() if isinstance(entries, dict) else ()):
        if isinstance(entry, dict):
            lines += _entry(normalize_name(key), entry, versions, f"{path}: default.{key}", faults)
    if faults:
        raise InputError(tuple(faults))
    return ("\n".join(lines) + "\n").encode()


def export_manifest(manifest: Manifest) -> bytes:
    """Return the requirements file of a manifest's default category: what it asks for, not pinned.

    Raises InputError with every line that a requirements file cannot say.
    """
    faults: list[Fault] = []
    lines = [EXPORT_HEADER.format(manifest.path), *_indexes(manifest.sources)]
    for category in manifest.categories:
        if category.name != "default":
            continue
        for declared in category.requirements:
            if declared.kept is not None:
                text = "comes from version control or a path, which only the Pipfile says"
                faults.append(Fault(str(declared.origin), text))
                continue
            wanted = declared.requirement
            extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
            marker = f" ; {wanted.marker}" if wanted.marker else ""
            lines.append(f"{wanted.name}{extras}{wanted.specifier}{marker}")
    if faults:
        raise InputError(tuple(faults))
    return ("\n".join(lines) + "\n").encode()


def _indexes(sources: Sequence[IndexSource]) -> list[str]:
    """Return the lines that name indexes; a URL keeps its variables, and holds no other secret."""
    if not sources or (len(sources) == 1 and sources[0].url in _DEFAULT_INDEXES):
        return []
    options = ["--index-url", *["--extra-index-url"] * (len(sources) - 1)]
    return [f"{option} {each.url}" for option, each in zip(options, sources, strict=True)]


def _entry(
    name: str,
    entry: Mapping[str, Any],
    versions: Mapping[str, str],
    place: str,
    faults: list[Fault],
) -> list[str]:
    extras = entry.get("extras")
    names = [each for each in extras if isinstance(each, str)] if isinstance(extras, list) else []
    shown = f"[{','.join(sorted(names))}]" if names else ""
    markers = entry.get("markers")
    condition = f" ; {markers}" if isinstance(markers, str) and markers else ""
    if not _SAFE.fullmatch(shown + condition):
        faults.append(Fault(place, "holds a control character"))
        return []
    git = entry.get("git")
    if isinstance(git, str):
        return _version_control(name + shown, git, entry, condition, place, faults)
    if name not in versions:
        faults.append(Fault(place, "not pinned to a release of an index, nor to a commit"))
        return []
    hashes = entry.get("hashes")
    found = [each for each in hashes if isinstance(each, str)] if isinstance(hashes, list) else []
    found = sorted(each for each in found if re.fullmatch(r"[a-z0-9]+:[0-9a-f]+", each))
    pinned = f"{name}{shown}=={versions[name]}{condition}"
    return [
        pinned + (" \\" if found else ""),
        *(f"    --hash={each} \\" for each in found[:-1]),
        *(f"    --hash={each}" for each in found[-1:]),
    ]


def _version_control(
    name: str,
    url: str,
    entry: Mapping[str, Any],
    condition: str,
    place: str,
    faults: list[Fault],
) -> list[str]:
    reference = entry.get("ref")
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(f"{url}@{reference}"):
        faults.append(Fault(place, "a git repository without a commit that can be written"))
        return []
    folder = entry.get("subdirectory")
    fragment = f"#subdirectory={folder}" if isinstance(folder, str) and folder else ""
    scheme = url if url.startswith("git+") else f"git+{url}"
    return [f"{name} @ {scheme}@{reference}{fragment}{condition}"]

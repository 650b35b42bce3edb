"""Core metadata documents: the few fields a resolver reads. Performs no I/O.

https://packaging.python.org/specifications/core-metadata/
"""

from __future__ import annotations

from advisor_core.index.page import clean_text
from advisor_core.model import Skipped
from advisor_core.releases import CoreMetadata
from advisor_core.standards import (
    VersionList,
    compare_versions,
    normalize_name,
    parse_requirement,
)

__all__ = ["read_core_metadata", "read_fields"]

_MAXIMUM_REQUIREMENTS = 20_000
"""Requires-Dist lines of one release. The largest known have about 3000; past it the release is
skipped, because a shortened list would be a wrong answer."""

_STATIC_SINCE = (2, 2)
"""Metadata-Version from which an sdist says which fields are dynamic (PEP 643)."""

_NEEDED = frozenset({"requires-dist", "requires-python", "provides-extra"})


def read_core_metadata(
    document: bytes, *, name: str, version: str, is_wheel: bool
) -> CoreMetadata | Skipped:
    """Return what the document says of the release that was asked for.

    Skipped with the reason when the requirements cannot be known from it: it is the metadata of
    another release, an sdist leaves them to its build (PEP 643), or a line is not PEP 508.
    A Requires-Python that is not PEP 440 counts as absent, as with pip.
    """
    fields = _fields(document.decode("utf-8", errors="replace"))
    kind = "wheel" if is_wheel else "sdist"
    said_name = fields.get("name", [""])[0]
    said_version = fields.get("version", [""])[0]
    if normalize_name(said_name) != name or not _is_same_version(said_version, version):
        said = f"{said_name[:100]} {said_version[:100]}".strip() or "nothing"
        return Skipped(f"metadata in the {kind} is that of another release: {said!r}")
    if not is_wheel:
        dynamic = {text.lower() for text in fields.get("dynamic", [])} & _NEEDED
        if _metadata_version(fields) < _STATIC_SINCE:
            return Skipped("metadata of the sdist is dynamic: older than PEP 643")
        if dynamic:
            return Skipped(f"metadata of the sdist is dynamic: {', '.join(sorted(dynamic))}")
    requires = fields.get("requires-dist", [])
    if len(requires) > _MAXIMUM_REQUIREMENTS:
        return Skipped(f"metadata in the {kind} has more than {_MAXIMUM_REQUIREMENTS} requirements")
    for line in requires:
        try:
            parse_requirement(line)
        except ValueError as error:
            return Skipped(f"metadata in the {kind} has an invalid requirement: {str(error)[:300]}")
    return CoreMetadata(
        name,
        version,
        tuple(requires),
        _specifier(fields.get("requires-python", [""])[0]),
        tuple(dict.fromkeys(map(normalize_name, fields.get("provides-extra", [])))),
    )


def read_fields(document: bytes) -> dict[str, list[str]]:
    """Return every header field of a document by lower-case name, in its order. Foreign texts."""
    return _fields(document.decode("utf-8", errors="replace"))


def _fields(text: str) -> dict[str, list[str]]:
    """Return the header fields by lower-case name, in their order; the body is left out."""
    fields: dict[str, list[str]] = {}
    values: list[str] = []
    for line in text.split("\n"):
        stripped = line.rstrip("\r")
        if not stripped:
            break
        if stripped[0] in " \t":
            if values:
                values[-1] = f"{values[-1]} {stripped.strip()}"
            continue
        field, colon, value = stripped.partition(":")
        if not colon:
            break
        values = fields.setdefault(field.strip().lower(), [])
        values.append(clean_text(value).strip())
    return fields


def _is_same_version(written: str, version: str) -> bool:
    try:
        return compare_versions(written, version) == 0
    except ValueError:
        return False


def _metadata_version(fields: dict[str, list[str]]) -> tuple[int, ...]:
    written = fields.get("metadata-version", [""])[0]
    parts = written[:10].split(".")
    return tuple(map(int, parts)) if all(map(str.isdecimal, parts)) else ()


def _specifier(text: str) -> str | None:
    try:
        VersionList(()).match(text)
    except ValueError:
        return None
    return text or None

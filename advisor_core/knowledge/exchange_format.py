"""The file in which knowledge travels from one installation to another: shapes and limits. Pure.

    a zip: manifest.json, packages.jsonl, advisories.jsonl, observations.jsonl

`manifest.json` names the format, the schema of the writer, and a sha256 and the lines of each other file.
What belongs to one installation alone (repositories, advice, private observations) is not in it, unless the
private observations were asked for: then without link, and whoever imports them takes them for public.
"""

from __future__ import annotations

import msgspec

__all__ = [
    "FORMAT",
    "MAXIMUM_BYTES",
    "MAXIMUM_LINE_BYTES",
    "FileLine",
    "Manifest",
    "MemberSum",
    "ObservationLine",
    "PackageLine",
    "ReleaseLine",
]

FORMAT = "thoth-knowledge/1"

MAXIMUM_LINE_BYTES = 64 << 20
"""The largest project of PyPI, with every file, is about 20 MB."""

MAXIMUM_BYTES = 64 << 30
"""Of all files decompressed: a small archive cannot grow without end."""


class MemberSum(msgspec.Struct, forbid_unknown_fields=True):
    """What a file of the archive must be."""

    sha256: str
    lines: int


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """The head of the archive."""

    format: str
    schema: str
    """Revision of the knowledge base that wrote it."""
    created_at: int
    """Epoch seconds."""
    advisories_as_of: int | None
    members: dict[str, MemberSum]


class FileLine(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A file of a release, by the columns of `artifact`."""

    filename: str
    url: str
    hashes: str
    size: int | None
    requires_python: str | None
    yanked: str | None
    uploaded_at: int | None
    metadata: str | None


class ReleaseLine(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A release that its index lists."""

    version: str
    files: list[FileLine]
    metadata_at: int | None = None
    problem: str | None = None
    requires_python: str | None = None
    extras: str = ""
    requires: list[str] = []
    first_seen_at: int | None = None
    """Epoch seconds; None: the writer did not tell."""


class PackageLine(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A package on one index: a line of `packages.jsonl`."""

    index: str
    name: str
    seen_at: int
    releases: list[ReleaseLine]
    cursor: str | None = None


class ObservationLine(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An observation, public unless more was asked for: a line of `observations.jsonl`."""

    key: str
    kind: str
    outcome: str
    environment: dict[str, str]
    package: str
    version: str
    count: int
    observed_at: int
    other_package: str | None = None
    other_version: str | None = None
    value: float | None = None
    unit: str | None = None
    link: str = ""
    voter: str | None = None
    lock_digest: str | None = None
    weight: int | None = None

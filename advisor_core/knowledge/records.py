"""What goes into the knowledge base and comes out, and how foreign text is made storable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.model import Artifact
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Skipped
    from advisor_core.releases import CoreMetadata, ProjectReleases

__all__ = [
    "ArtifactFields",
    "MetadataRecord",
    "ProjectRecord",
    "Recorded",
    "ReleaseRecord",
    "Requirer",
    "StoreInfo",
    "clean_text",
    "fields_of",
    "normalize_index_url",
    "to_artifact",
]

_LARGEST_INTEGER = 2**63 - 1
"""Of a BIGINT. An index that claims a larger size or time says nothing useful."""

_KEPT_TEXT = 100_000
"""Characters of one text that are kept; the longest real requirement line known is below 2,000."""


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """One project page, as an index gave it."""

    index_url: str
    """Of the simple API; credentials in it are not stored."""
    releases: ProjectReleases
    seen_at: int
    """When the index was asked, epoch seconds."""
    cursor: str | None = None
    """ETag or `_last-serial` of the page."""


@dataclass(frozen=True, slots=True)
class MetadataRecord:
    """The core metadata of one release, or why it could not be read."""

    index_url: str
    name: str
    """PEP 503 normalized."""
    version: str
    """PEP 440 normalized."""
    metadata: CoreMetadata | Skipped
    seen_at: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording changed; all 0 when everything was known already."""

    releases_added: int = 0
    releases_vanished: int = 0
    artifacts_added: int = 0
    artifacts_changed: int = 0
    artifacts_vanished: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        """Return the sums."""
        return Recorded(
            self.releases_added + other.releases_added,
            self.releases_vanished + other.releases_vanished,
            self.artifacts_added + other.artifacts_added,
            self.artifacts_changed + other.artifacts_changed,
            self.artifacts_vanished + other.artifacts_vanished,
        )


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """A release as the knowledge base has it."""

    name: str
    version: str
    index_url: str
    first_seen_at: int
    vanished_at: int | None
    """When the index was seen not to list it any more."""
    metadata_at: int | None
    """When its metadata was asked for; None: never."""
    metadata_problem: str | None
    """Why its requirements are unknown although they were asked for."""


@dataclass(frozen=True, slots=True)
class Requirer:
    """A release that requires a package."""

    name: str
    version: str
    requirement: str
    """The line of its metadata: `numpy<2,>=1.23; python_version < "3.12"`."""


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """The knowledge base in numbers."""

    url: str
    """Without password."""
    revision: str
    counts: Mapping[str, int]
    """Rows by table."""
    size_bytes: int
    last_seen_at: int | None
    """When any index was last asked; None for an empty knowledge base."""
    advisories_as_of: int | None
    """Of when the newest advisories are; None: none were imported."""


ArtifactFields = tuple[str, str, int | None, str | None, str | None, int | None, str | None]
"""url, hashes, size, requires_python, yanked, uploaded_at, metadata_hash: columns of a file's
row."""


def fields_of(artifact: Artifact) -> ArtifactFields:
    """Return the columns of an artifact, made storable."""
    hashes = " ".join(sorted(f"{name}:{digest}" for name, digest in artifact.hashes.items()))
    metadata = artifact.metadata
    if isinstance(metadata, bool):
        metadata = "yes" if metadata else "no"
    return (
        clean_text(_without_credentials(artifact.url)),
        clean_text(hashes),
        _clean_integer(artifact.size),
        None if artifact.requires_python is None else clean_text(artifact.requires_python),
        None if artifact.yanked is None else clean_text(artifact.yanked),
        _clean_integer(artifact.upload_time),
        None if metadata is None else clean_text(metadata),
    )


def to_artifact(filename: str, fields: ArtifactFields) -> Artifact:
    """Return the artifact of a row: the inverse of `fields_of`."""
    url, hashes, size, requires_python, yanked, uploaded_at, metadata = fields
    return Artifact(
        filename=filename,
        url=url,
        hashes=dict(word.split(":", 1) for word in hashes.split() if ":" in word),
        size=size,
        requires_python=requires_python,
        yanked=yanked,
        upload_time=uploaded_at,
        metadata={"yes": True, "no": False}.get(metadata or "", metadata),
    )


def normalize_index_url(url: str) -> str:
    """Return the URL by which the index is known: without credentials and closing slash."""
    return clean_text(_without_credentials(url)).rstrip("/")


def clean_text(text: str) -> str:
    """Return the text as both databases can store it.

    PostgreSQL takes no NUL, and neither database takes half of a surrogate pair; an index can send
    both. They are replaced by U+FFFD, and what is absurdly long is cut.
    """
    if len(text) > _KEPT_TEXT:
        text = text[:_KEPT_TEXT]
    if text.isascii():
        return text.replace("\x00", "\ufffd") if "\x00" in text else text
    return (
        text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def _without_credentials(url: str) -> str:
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@", r"\1", url)


def _clean_integer(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= _LARGEST_INTEGER else None

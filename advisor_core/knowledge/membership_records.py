"""Who locks what: what goes into the knowledge base of watched repositories, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Affected", "AffectedCount", "ManifestRecord", "Position", "RepositoryRecord"]


@dataclass(frozen=True, slots=True)
class RepositoryRecord:
    """A watched repository."""

    forge_id: int
    """GitHub's number of it."""
    installation_id: int
    full_name: str
    is_private: bool


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """A lockfile in one runtime environment, as the default branch has it."""

    repository: RepositoryRecord
    lockfile: str
    """Its path in the repository."""
    environment: str
    """Its name in `.thoth.yaml`; empty where none is declared."""
    commit_sha: str
    seen_at: int
    """Epoch seconds."""
    pins: Mapping[str, str]
    """Normalized name to normalized version."""
    indexes: Mapping[str, str] = field(default_factory=dict)
    """Of the packages that come from another index than the one asked by default: name to its URL,
    without credentials."""


Position = tuple[int, int]
"""Where a walk over affected lockfiles has got to: repository, manifest."""


@dataclass(frozen=True, slots=True)
class Affected:
    """One lockfile that has one of the releases asked for."""

    repository: RepositoryRecord
    lockfile: str
    environment: str
    version: str
    position: Position
    """Go on after it: `after=affected.position`."""


@dataclass(frozen=True, slots=True)
class AffectedCount:
    """How many have one of the releases asked for."""

    repositories: int
    lockfiles: int
    """A lockfile counts once per runtime environment."""

"""What a resolution asks for before it can go on. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Artifact, Skipped
    from advisor_core.releases import CoreMetadata, ProjectReleases

__all__ = ["Fetched", "MetadataNeed", "Needs"]


@dataclass(frozen=True, slots=True)
class MetadataNeed:
    """The metadata of one release is needed to go on."""

    releases: ProjectReleases
    position: int
    artifact: Artifact
    """The file to ask."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What to fetch."""

    projects: tuple[str, ...] = ()
    metadata: tuple[MetadataNeed, ...] = ()
    likely_projects: tuple[str, ...] = ()
    """Not needed now, but likely soon; never needs to be supplied before it is needed."""
    likely_metadata: tuple[MetadataNeed, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched of what was needed: all of it."""

    projects: Mapping[str, ProjectReleases | Skipped] = field(default_factory=dict)
    metadata: Mapping[tuple[str, int], CoreMetadata | Skipped] = field(default_factory=dict)
    """By package name and position among its project's versions."""

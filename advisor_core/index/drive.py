"""Drives a resolution with an index client: fetches what a session asks for, and what it will ask next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver.needs import Fetched, Needs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.index.offline import OfflineIndex
    from advisor_core.model import Skipped, Stack
    from advisor_core.releases import CoreMetadata
    from advisor_core.resolver.needs import MetadataNeed
    from advisor_core.resolver.session import Impasse, Session

__all__ = ["OfflineAccess"]


class OfflineAccess:
    """Resolves from the cache alone."""

    def __init__(self, index: OfflineIndex) -> None:
        self._index = index

    def resolve(self, session: Session) -> Stack | Impasse:
        """Drive a session to its answer. Raises OfflineError naming what the cache lacks."""
        while isinstance(step := session.run(), Needs):
            for name in step.projects:
                session.supply_project(name, self._index.project(name))
            for need in step.metadata:
                found = self._index.metadata(need.releases, need.position, need.artifact)
                session.supply_metadata(need.releases.name, need.position, found)
        return step

    def fetch(self, needs: Needs) -> Fetched:
        """Return what is needed. Raises OfflineError naming what the cache lacks."""
        return Fetched(
            {name: self._index.project(name) for name in needs.projects},
            {
                (need.releases.name, need.position): self._index.metadata(
                    need.releases, need.position, need.artifact
                )
                for need in needs.metadata
            },
        )

    def recall(
        self, needs: Sequence[MetadataNeed]
    ) -> Mapping[tuple[str, int], CoreMetadata | Skipped]:
        """Return what the cache has of what would be needed."""
        return {
            (need.releases.name, need.position): known
            for need in needs
            if (known := self._index.recall(need.releases, need.artifact)) is not None
        }

    def refresh(self) -> bool:
        """Return False: the cache is all there is."""
        return False

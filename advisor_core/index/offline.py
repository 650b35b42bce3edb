"""Answers from the cache alone. Imports neither an HTTP client nor an event loop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from advisor_core.errors import OfflineError
from advisor_core.index.identity import cache_identity
from advisor_core.index.project import StoredProject
from advisor_core.index.sources import Sources, absence, public_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.index.cache import Cache
    from advisor_core.index.local_folder import LocalFolders
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Artifact, IndexSource, Skipped
    from advisor_core.releases import CoreMetadata, ProjectReleases

__all__ = ["OfflineIndex"]

_HINT = "run once without --offline"


class OfflineIndex:
    """The indexes as the cache knows them, however old that knowledge is."""

    def __init__(
        self,
        sources: Iterable[IndexSource],
        cache: Cache,
        pins: Mapping[str, str],
        *,
        environment: Mapping[str, str] | None = None,
        files: Files | None = None,
    ) -> None:
        """`pins`: package to name of the only source it may come from.

        `environment`: what variables in URLs stand for, the process's own by default. `files`: of the
        project, for sources that are folders of it.
        """
        self._files = files
        self._opened: LocalFolders | None = None
        environment = os.environ if environment is None else environment
        self._sources = Sources(sources, pins)
        self._cache = cache
        self._identities = {
            source.name: cache_identity(source, environment) for source in self._sources.all
        }

    def project(self, name: str) -> StoredProject | Skipped:
        """Return the project from the first of its indexes that has it; Skipped when none has.

        Raises OfflineError when an index that comes first was never asked.
        """
        sources = self._sources.of(name)
        for source in sources:
            if source.is_folder:
                project = self._folders().project(source, name)
                if project is not None:
                    return project
                continue
            cached = self._cache.read_page(self._identities[source.name], name)
            if cached is None:
                place = f"{name} on {public_url(source.url)}"
                raise OfflineError(f"{place} is not in the cache", hint=_HINT)
            if cached.head.present:
                return StoredProject(
                    cached.head, source.name, cached.locate, seen_at=cached.seen_at
                )
        return absence(sources, name)

    def metadata(
        self, releases: ProjectReleases, position: int, artifact: Artifact
    ) -> CoreMetadata | Skipped:
        """Return the metadata of one artifact; Skipped when its requirements are unknown.

        Raises OfflineError when it was never read.
        """
        if any(each.is_folder and each.name == releases.index for each in self._sources.all):
            version = releases.versions[position]
            return self._folders().metadata(releases.name, version, artifact)
        known = self._cache.read_metadata(self._identities[releases.index], releases.name, artifact)
        if known is None:
            raise OfflineError(
                f"metadata of {releases.name} {releases.versions[position]} is not in the cache",
                hint=_HINT,
            )
        return known

    def _folders(self) -> LocalFolders:
        # Imported here: few projects have folders of files.
        from advisor_core.index.local_folder import LocalFolders  # noqa: PLC0415

        if self._opened is None:
            self._opened = LocalFolders(self._files)
        return self._opened

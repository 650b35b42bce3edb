"""Answers from package indexes and from the cache, each thing asked for once.

The resolver asks for projects and for metadata of single artifacts. Both may be asked for early, by
somebody who only guesses what will be needed: calls for the same thing are one request, and its
answer or failure is everybody's. No foreign code runs: metadata is read, never built.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar

from advisor_core.index.credentials import Credentials, origin_of
from advisor_core.index.identity import cache_identity
from advisor_core.index.local_folder import LocalFolders
from advisor_core.index.metadata_reader import MetadataReader
from advisor_core.index.page_reader import PageReader
from advisor_core.index.progress import ProgressState
from advisor_core.index.sources import Sources, absence
from advisor_core.index.transport import Limits, Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
    from types import TracebackType

    from advisor_core.index.addresses import AddressGuard
    from advisor_core.index.cache import Cache
    from advisor_core.index.progress import Progress
    from advisor_core.index.project import StoredProject
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Artifact, IndexSource, Skipped
    from advisor_core.releases import CoreMetadata, ProjectReleases

__all__ = ["IndexClient"]

_Value = TypeVar("_Value")


class IndexClient:
    """The indexes, over the network. An async context manager; leaving it finishes the cache."""

    def __init__(
        self,
        sources: Iterable[IndexSource],
        cache: Cache,
        pins: Mapping[str, str],
        *,
        fresh_seconds: float = 600,
        refresh: bool = False,
        limits: Limits | None = None,
        allow_address: AddressGuard | None = None,
        progress: Progress | None = None,
        environment: Mapping[str, str] | None = None,
        files: Files | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Make a client that has asked nothing yet.

        `pins`: package to name of the only source it may come from. `fresh_seconds`: how long a
        page counts as fresh when its index does not say. `refresh`: ask again for every page, fresh
        or not. `allow_address` refuses addresses at the moment of connecting. `environment`: where
        variables in URLs and credentials come from, the process's own by default. `files`: of the
        project, for sources that are folders of it. Raises InputError when a source or a pin is wrong.
        """
        self._sources = Sources(sources, pins)
        self._folders = LocalFolders(files)
        self._folder_names = {each.name for each in self._sources.all if each.is_folder}
        self._cache = cache
        self._progress = progress
        self._state = ProgressState()
        self._projects: dict[str, asyncio.Task[StoredProject | Skipped]] = {}
        self._metadata: dict[tuple[str, str, str], asyncio.Task[CoreMetadata | Skipped]] = {}
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="index-cache")
        self._stack = AsyncExitStack()
        limits = limits or Limits()
        environment = os.environ if environment is None else environment
        self._identities = {
            source.name: cache_identity(source, environment) for source in self._sources.all
        }
        credentials = Credentials(self._sources.all, environment)
        self._transport = Transport(
            credentials,
            limits,
            allow_address=allow_address,
            unverified={
                origin_of(credentials.request_url(source))
                for source in self._sources.all
                if not source.verify_ssl and not source.is_folder
            },
            environment=environment,
            count=self._count,
            sleep=sleep,
        )
        self._pages = PageReader(
            self._transport,
            credentials,
            cache,
            self._identities,
            fresh_seconds=fresh_seconds,
            refresh=refresh,
            most_bytes=limits.page_bytes,
            keep=self._keep,
        )
        self._reader = MetadataReader(self._transport, credentials, limits)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        tasks = [*self._projects.values(), *self._metadata.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._transport.__aexit__(kind, error, traceback)
        await asyncio.to_thread(self._writer.shutdown)

    @property
    def state(self) -> ProgressState:
        """What was asked and received so far."""
        return self._state

    @property
    def has_trusted_cache(self) -> bool:
        """Whether a page was taken from the cache, still fresh, without asking its index."""
        return self._pages.has_trusted_cache

    async def refresh(self) -> None:
        """Forget the projects read so far, and ask again for every page, fresh or not."""
        tasks = list(self._projects.values())
        self._projects.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._pages.refresh()

    async def project(self, name: str) -> StoredProject | Skipped:
        """Return the project from the first of its indexes that has it; Skipped when none has.

        Raises IndexFailure when an index that comes first fails: a later one is then not asked.
        """
        return await asyncio.shield(self.expect_project(name))

    async def metadata(
        self, releases: ProjectReleases, position: int, artifact: Artifact
    ) -> CoreMetadata | Skipped:
        """Return the metadata of one artifact; Skipped when its requirements are unknown.

        Raises IndexFailure when the index fails or lies.
        """
        return await asyncio.shield(self.expect_metadata(releases, position, artifact))

    def expect_project(self, name: str) -> asyncio.Task[StoredProject | Skipped]:
        """Start asking for a project that may be needed; return the task that everybody shares."""
        task = self._projects.get(name)
        if task is None:
            self._state.projects_asked += 1
            task = self._projects[name] = self._start(self._find_project(name))
        return task

    def expect_metadata(
        self, releases: ProjectReleases, position: int, artifact: Artifact
    ) -> asyncio.Task[CoreMetadata | Skipped]:
        """Start asking for metadata that may be needed; return the task that everybody shares."""
        key = (releases.index, releases.name, artifact.filename)
        task = self._metadata.get(key)
        if task is None:
            self._state.metadata_asked += 1
            finding = self._find_metadata(releases, position, artifact)
            task = self._metadata[key] = self._start(finding)
        return task

    def _start(self, coroutine: Coroutine[Any, Any, _Value]) -> asyncio.Task[_Value]:
        task = asyncio.create_task(coroutine)
        task.add_done_callback(_note_failure)
        return task

    async def _find_project(self, name: str) -> StoredProject | Skipped:
        sources = self._sources.of(name)
        try:
            for source in sources:
                if source.is_folder:
                    project = await asyncio.to_thread(self._folders.project, source, name)
                else:
                    project = await self._pages.read(source, name)
                if project is not None:
                    return project
            return absence(sources, name)
        finally:
            self._state.projects_done += 1
            self._tell()

    async def _find_metadata(
        self, releases: ProjectReleases, position: int, artifact: Artifact
    ) -> CoreMetadata | Skipped:
        index, name = self._identities[releases.index], releases.name
        try:
            if releases.index in self._folder_names:
                version = releases.versions[position]
                return await asyncio.to_thread(self._folders.metadata, name, version, artifact)
            known = self._cache.read_metadata(index, name, artifact)
            if known is None:
                known = await self._reader.read(name, releases.versions[position], artifact)
                self._keep(self._cache.write_metadata, index, name, artifact, known)
            return known
        finally:
            self._state.metadata_done += 1
            self._tell()

    def _keep(self, write: Callable[..., None], *arguments: object) -> None:
        """Let the cache write while the next answers come in."""
        self._writer.submit(write, *arguments)

    def _count(self, requests: int, received: int) -> None:
        self._state.requests += requests
        self._state.bytes_received += received
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress.update(self._state)


def _note_failure(task: asyncio.Task[Any]) -> None:
    """Take the exception, so that a failure nobody waited for is no warning."""
    if not task.cancelled():
        task.exception()

"""Drives a resolution over the network, fetching ahead of the search.

The search waits only for what it needs now; guesses (see `resolver.speculate`) are fetched beside it, so
that a cold resolution takes about as many round trips as the dependency graph is deep.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, TypeVar

from advisor_core.errors import BudgetExceededError
from advisor_core.resolver.needs import Fetched, Needs
from advisor_core.resolver.speculate import Guess, Speculator

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from advisor_core.index.client import IndexClient
    from advisor_core.model import Skipped, Stack
    from advisor_core.releases import CoreMetadata, ProjectReleases
    from advisor_core.resolver.needs import MetadataNeed
    from advisor_core.resolver.session import Impasse, Session

__all__ = ["OnlineAccess"]

_Answer = TypeVar("_Answer")


class OnlineAccess:
    """Resolves over the network. A context manager: connections live as long as it does."""

    def __init__(self, open_client: Callable[[], IndexClient]) -> None:
        self._open_client = open_client
        self._runner = asyncio.Runner()
        self._client: IndexClient | None = None
        self._deadline: float | None = None
        """By the clock of the event loop."""

    def __enter__(self) -> Self:
        """Start the event loop; the client is opened at the first request."""
        self._runner.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the client and the loop."""
        try:
            if self._client is not None:
                self._runner.run(self._client.__aexit__(None, None, None))
        finally:
            self._runner.close()

    def resolve(self, session: Session) -> Stack | Impasse:
        """Drive a session to its answer.

        Raises IndexFailure when the index or the network fails, BudgetExceededError when the time to
        wait for it is over.
        """
        return self._run(self._in_time(self._resolve(session)))

    def fetch(self, needs: Needs) -> Fetched:
        """Return what is needed, all of it asked for at once. Raises as `resolve` does."""
        return self._run(self._in_time(self._fetch(needs)))

    def _run(self, asking: Coroutine[Any, Any, _Answer]) -> _Answer:
        """Return what a coroutine does.

        Not as the result of the loop's task: when `Runner.run` takes its signal handler back, the `signal`
        module writes that out in an error that nobody sees, a whole stack of thousands of files.
        """
        answers: list[_Answer] = []

        async def keep() -> None:
            answers.append(await asking)

        self._runner.run(keep())
        return answers[0]

    def give_up_after(self, seconds: float | None) -> None:
        """Wait for indexes only so long from now; None: as long as the client does."""
        self._deadline = None if seconds is None else self._runner.get_loop().time() + seconds

    async def _in_time(self, asking: Coroutine[Any, Any, _Answer]) -> _Answer:
        limit = asyncio.timeout_at(self._deadline)
        try:
            async with limit:
                return await asking
        except TimeoutError as exc:
            if not limit.expired():
                raise
            raise BudgetExceededError(
                "the index did not answer within the time allowed",
                hint="give it a larger `--budget`",
            ) from exc

    def refresh(self) -> bool:
        """Ask for every page anew from now on. Return whether one was taken as still fresh before."""
        if self._client is None or not self._client.has_trusted_cache:
            return False
        self._runner.run(self._client.refresh())
        return True

    async def _open(self) -> IndexClient:
        if self._client is None:
            self._client = await self._open_client().__aenter__()
        return self._client

    async def _fetch(self, needs: Needs) -> Fetched:
        client = await self._open()
        try:
            async with asyncio.TaskGroup() as group:
                projects = {
                    name: group.create_task(client.project(name)) for name in needs.projects
                }
                metadata = {
                    (need.releases.name, need.position): group.create_task(
                        client.metadata(need.releases, need.position, need.artifact)
                    )
                    for need in needs.metadata
                }
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return Fetched(
            {name: task.result() for name, task in projects.items()},
            {key: task.result() for key, task in metadata.items()},
        )

    async def _resolve(self, session: Session) -> Stack | Impasse:
        fetcher = _Fetcher(await self._open(), Speculator(session.request))
        try:
            while isinstance(step := session.run(look_ahead=True), Needs):
                for name in (*step.projects, *step.likely_projects):
                    fetcher.ask_project(name)
                for need in (*step.metadata, *step.likely_metadata):
                    fetcher.ask_metadata(need)
                for name in step.projects:
                    session.supply_project(name, await fetcher.project(name))
                for need in step.metadata:
                    known = await fetcher.metadata(need)
                    session.supply_metadata(need.releases.name, need.position, known)
            return step
        finally:
            await fetcher.close()


class _Fetcher:
    """Shares requests for the same thing, and follows each answer with a guess at the next."""

    def __init__(self, client: IndexClient, speculator: Speculator) -> None:
        self._client = client
        self._speculator = speculator
        self._projects: dict[str, asyncio.Task[ProjectReleases | Skipped]] = {}
        self._metadata: dict[tuple[str, int], asyncio.Task[CoreMetadata | Skipped]] = {}
        self._follow(speculator.start())

    def ask_project(self, name: str) -> None:
        """Start to fetch a project, unless that was started."""
        if name not in self._projects:
            self._projects[name] = asyncio.create_task(self._fetch_project(name))

    def ask_metadata(self, need: MetadataNeed) -> None:
        """Start to fetch a release's metadata, unless that was started."""
        key = (need.releases.name, need.position)
        if key not in self._metadata:
            self._metadata[key] = asyncio.create_task(self._fetch_metadata(need))

    async def project(self, name: str) -> ProjectReleases | Skipped:
        """Return a project that was asked for."""
        return await self._projects[name]

    async def metadata(self, need: MetadataNeed) -> CoreMetadata | Skipped:
        """Return metadata that was asked for."""
        return await self._metadata[need.releases.name, need.position]

    async def close(self) -> None:
        """Stop what was only guessed; an error in a guess is nobody's concern."""
        tasks = [*self._projects.values(), *self._metadata.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch_project(self, name: str) -> ProjectReleases | Skipped:
        found = await self._client.project(name)
        self._follow(self._speculator.saw_project(name, found))
        return found

    async def _fetch_metadata(self, need: MetadataNeed) -> CoreMetadata | Skipped:
        found = await self._client.metadata(need.releases, need.position, need.artifact)
        guess = self._speculator.saw_metadata(need.releases.name, need.position, found)
        self._follow(guess)
        return found

    def _follow(self, guess: Guess) -> None:
        for name in guess.projects:
            self.ask_project(name)
        for need in guess.metadata:
            self.ask_metadata(need)

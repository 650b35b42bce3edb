"""GitHub as jobs see it: forges of repositories, lists of repositories, the log of deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import aiohttp
import msgspec

from bot.github.app import PERMISSIONS, AppClient
from bot.github.forge import open_forge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.github.forge import GitHubForge
    from bot.github.pace import Pace
    from bot.ledger import Ledger
    from bot.metrics import Metrics
    from bot.settings import AppSettings

__all__ = ["Attempt", "GitHubSite", "RepositoryName", "Site"]

_MOST_PAGES = 100
"""Of repositories of an installation, a hundred each."""

_MOST_DELIVERY_PAGES = 30
"""Of GitHub's log, a hundred deliveries each; more would spend the App's requests on nothing else."""


class RepositoryName(msgspec.Struct, frozen=True):
    """A repository of an installation."""

    id: int
    full_name: str
    archived: bool = False
    fork: bool = False


class Attempt(msgspec.Struct, frozen=True):
    """One attempt of GitHub to deliver."""

    id: int
    guid: str
    delivered_at: str
    status_code: int

    @property
    def moment(self) -> float:
        """When, in seconds since the epoch."""
        return datetime.fromisoformat(self.delivered_at).timestamp()

    @property
    def has_failed(self) -> bool:
        """Whether nobody took it; one without an answer yet is still on its way."""
        return self.status_code >= 300


class Site(Protocol):
    """What jobs need of GitHub."""

    async def forge(
        self,
        *,
        installation_id: int,
        repository_id: int,
        full_name: str,
        fence: Callable[[], Awaitable[None]],
        permissions: Mapping[str, str] = PERMISSIONS,
        ledger: Ledger | None = None,
    ) -> GitHubForge:
        """Return the forge of one repository."""

    async def repositories(self, installation_id: int) -> list[RepositoryName]:
        """Return the repositories that an installation reaches."""

    async def attempts(self, since: float) -> list[Attempt]:
        """Return GitHub's attempts to deliver since a moment, the newest first."""

    async def redeliver(self, attempt: Attempt) -> None:
        """Have GitHub deliver again."""

    async def close(self) -> None:
        """Close the connections."""


class GitHubSite:
    """GitHub, over the network. Made and used in one event loop."""

    def __init__(
        self,
        app: AppSettings,
        api_url: str,
        *,
        make_pace: Callable[[int], Pace],
        metrics: Metrics | None = None,
    ) -> None:
        """`make_pace` makes the pace of an installation."""
        self._session = aiohttp.ClientSession()
        self._app = AppClient(
            str(app.app_id),
            app.private_key,
            api_url,
            session=self._session,
            make_pace=make_pace,
            metrics=metrics,
        )

    async def forge(
        self,
        *,
        installation_id: int,
        repository_id: int,
        full_name: str,
        fence: Callable[[], Awaitable[None]],
        permissions: Mapping[str, str] = PERMISSIONS,
        ledger: Ledger | None = None,
    ) -> GitHubForge:
        """Return the forge of one repository."""
        return await open_forge(
            self._app,
            installation_id=installation_id,
            repository_id=repository_id,
            full_name=full_name,
            fence=fence,
            permissions=permissions,
            ledger=ledger,
        )

    async def repositories(self, installation_id: int) -> list[RepositoryName]:
        """Return the repositories that an installation reaches."""
        # Asked for when it was installed or its permissions changed: nothing old is to be used.
        self._app.forget_installation(installation_id)
        client = self._app.installation(installation_id, permissions={"metadata": "read"})
        return await client.pages(
            "/installation/repositories",
            RepositoryName,
            key="repositories",
            most_pages=_MOST_PAGES,
        )

    async def attempts(self, since: float) -> list[Attempt]:
        """Return GitHub's attempts to deliver since a moment, the newest first."""
        found = await self._app.client.pages(
            "/app/hook/deliveries", Attempt, most_pages=_MOST_DELIVERY_PAGES
        )
        return [attempt for attempt in found if attempt.moment >= since]

    async def redeliver(self, attempt: Attempt) -> None:
        """Have GitHub deliver again."""
        path = f"/app/hook/deliveries/{attempt.id}/attempts"
        await self._app.client.write("POST", path, None, object, repeatable=True)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

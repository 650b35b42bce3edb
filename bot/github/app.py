"""The App on GitHub: its own calls, and a client for each of its installations.

app = AppClient(app_id, private_key, api_url, session=session)
client = app.installation(4711, repository_ids=(42,))
await client.get("/repos/octo/hello", RepositoryAnswer)
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bot.errors import (
    GoneError,
    NotFoundError,
    PermissionMissingError,
    SuspendedError,
    UnprocessableError,
)
from bot.github.answers import AppAnswer, InstallationAnswer, TokenAnswer
from bot.github.cache import AnswerCache
from bot.github.client import Client, allow_always
from bot.github.credentials import AppKey, InstallationTokens, Secret, Token
from bot.github.pace import NoPace
from bot.github.projects import Shelf
from bot.github.throttle import Throttle
from bot.github.wire import Wire
from bot.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import aiohttp

    from bot.github.pace import Pace

__all__ = ["DEFAULT_API_URL", "PERMISSIONS", "AppClient"]

DEFAULT_API_URL: Final = "https://api.github.com"

PERMISSIONS: Final = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "read",
}
"""What the work on a repository needs: the same as `app.yml` asks for."""

_MOST_SCOPES: Final = 1_000
"""Of how many scopes of one installation the tokens are kept; past it all are made anew."""

_LEVELS: Final = ("none", "read", "write", "admin")


@dataclass(slots=True)
class _Installation:
    """What all clients of one installation share."""

    wire: Wire
    throttle: Throttle
    tokens: dict[tuple[tuple[int, ...], tuple[tuple[str, str], ...]], InstallationTokens]
    """By repository ids and permissions."""


class AppClient:
    """The App. For one event loop, which closes `session`."""

    def __init__(
        self,
        app_id: str,
        private_key: str,
        api_url: str = DEFAULT_API_URL,
        *,
        session: aiohttp.ClientSession,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        timeout_seconds: float = 30.0,
        patience_seconds: float = 120.0,
        make_pace: Callable[[int], Pace] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """`api_url` of GitHub Enterprise: `https://HOST/api/v3`. `private_key`: PEM.

        `patience_seconds`: how long a request waits for a limit before it is a RateLimitedError.
        `make_pace` makes the pace of an installation; None: this process is the only one that writes.
        """
        self._api_url = api_url
        self._session = session
        self._clock = clock
        self._sleep = sleep
        self._timeout_seconds = timeout_seconds
        self._patience_seconds = patience_seconds
        self._make_pace = make_pace
        self._metrics = metrics or Metrics()
        self._cache = AnswerCache()
        self.shelf = Shelf(clock)
        """What is known of public projects, for all installations."""
        self._installations: dict[int, _Installation] = {}
        self._identity: AppAnswer | None = None
        throttle = self._make_throttle(NoPace())
        key = AppKey(app_id, private_key, clock=clock)
        self.client = Client(
            self._make_wire("app", throttle),
            key,
            throttle,
            clock=clock,
            count=self._metrics.github_request,
        )
        """Requests as the App itself: installations, deliveries. Signed with its JWT."""

    async def identity(self) -> AppAnswer:
        """Return the App's id and slug; asked once. Raises UnauthorizedError for a wrong key."""
        if self._identity is None:
            self._identity = await self.client.get("/app", AppAnswer)
        return self._identity

    def installation(
        self,
        installation_id: int,
        *,
        repository_ids: tuple[int, ...] = (),
        permissions: Mapping[str, str] = PERMISSIONS,
        fence: Callable[[], Awaitable[None]] = allow_always,
    ) -> Client:
        """Return a client whose tokens reach those repositories (none named: all) and no more.

        Clients of one installation share its limits. Sends nothing yet.
        """
        shared = self._installations.get(installation_id)
        if shared is None:
            pace = self._make_pace(installation_id) if self._make_pace is not None else None
            throttle = self._make_throttle(pace)
            wire = self._make_wire(f"installation {installation_id}", throttle, installation_id)
            shared = self._installations[installation_id] = _Installation(wire, throttle, {})
        scope = (tuple(sorted(repository_ids)), tuple(sorted(permissions.items())))
        tokens = shared.tokens.get(scope)
        if tokens is None:
            if len(shared.tokens) >= _MOST_SCOPES:
                shared.tokens.clear()

            async def make() -> Token:
                return await self._make_token(installation_id, scope[0], dict(permissions))

            tokens = shared.tokens[scope] = InstallationTokens(make, clock=self._clock)
        return Client(
            shared.wire,
            tokens,
            shared.throttle,
            clock=self._clock,
            fence=fence,
            count=self._metrics.github_request,
        )

    def forget_installation(self, installation_id: int) -> None:
        """Drop the tokens of an installation: it was removed, or what it grants changed.

        What is known of its limits stays: GitHub goes on counting.
        """
        if installation_id in self._installations:
            self._installations[installation_id].tokens.clear()

    async def _make_token(
        self, installation_id: int, repository_ids: tuple[int, ...], permissions: dict[str, str]
    ) -> Token:
        path = f"/app/installations/{installation_id}/access_tokens"
        body: dict[str, object] = {"permissions": permissions}
        if repository_ids:
            body["repository_ids"] = list(repository_ids)
        try:
            # A token made twice does no harm: the one that was lost ends by itself.
            answer = await self.client.write("POST", path, body, TokenAnswer, repeatable=True)
        except PermissionMissingError as error:
            raise SuspendedError(error.action, error.detail) from error
        except NotFoundError as error:
            raise GoneError(
                error.action,
                "the App is not installed there any more",
                hint="install it again to have it work on the repository",
            ) from error
        except UnprocessableError as error:
            await self._explain_refused_token(installation_id, permissions, error)
            raise
        expires_at = datetime.fromisoformat(answer.expires_at).timestamp()
        return Token(Secret(answer.token), expires_at)

    async def _explain_refused_token(
        self, installation_id: int, permissions: dict[str, str], error: UnprocessableError
    ) -> None:
        """Raise the error that says what the installation lacks."""
        path = f"/app/installations/{installation_id}"
        installation = await self.client.get(path, InstallationAnswer)
        granted = {"metadata": "read", **installation.permissions}
        missing = tuple(
            f"{name}={level}"
            for name, level in sorted(permissions.items())
            if _LEVELS.index(granted.get(name, "none")) < _LEVELS.index(level)
        )
        if missing:
            raise PermissionMissingError(
                error.action, error.detail, permissions=missing[:1]
            ) from error
        raise GoneError(
            error.action,
            "the repository does not exist any more, or was taken from the App",
            hint="give the App access to it in the settings of the account, under GitHub Apps",
        ) from error

    def _make_throttle(self, pace: Pace | None) -> Throttle:
        return Throttle(
            clock=self._clock,
            sleep=self._sleep,
            patience_seconds=self._patience_seconds,
            pace=pace,
        )

    def _make_wire(
        self, partition: str, throttle: Throttle, installation_id: int | None = None
    ) -> Wire:
        def observe(headers: Mapping[str, str]) -> None:
            throttle.note(headers)
            left, resets_at = (
                headers.get(f"x-ratelimit-{name}", "") for name in ("remaining", "reset")
            )
            known = all(each.isascii() and each.isdigit() for each in (left, resets_at))
            if installation_id is not None and known and len(left + resets_at) < 30:
                self._metrics.limit(installation_id, int(left), float(resets_at))

        return Wire(
            self._session,
            api_url=self._api_url,
            cache=self._cache,
            partition=partition,
            observe=observe,
            sleep=self._sleep,
            timeout_seconds=self._timeout_seconds,
        )

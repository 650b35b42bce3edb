"""What requests are signed with: the App's JWT, and an installation's tokens.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["AppKey", "Credentials", "InstallationTokens", "Secret", "Token"]

EARLY_SECONDS: Final = 300.0
"""A credential is made anew that long before its end, so that none ends under way."""

_JWT_LIFE_SECONDS: Final = 540
_JWT_BACKDATED_SECONDS: Final = 60
"""GitHub takes no JWT that ends later than ten minutes from now or begins in the future."""


class Secret(str):
    """Text that is never shown: not in logs, errors, tracebacks or debuggers."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True, slots=True)
class Token:
    """A credential."""

    text: Secret = field(repr=False)
    expires_at: float
    """Seconds since the epoch."""
    is_jwt: bool = False


class Credentials(Protocol):
    """Gives the credential for requests."""

    async def get(self) -> Token:
        """Return one that is valid for some minutes yet. Raises GitHubError."""

    def refuse(self, token: Token) -> None:
        """Do not give that one again: GitHub does not take it."""


class AppKey:
    """Makes the App's JWT; keeps it while it is valid."""

    def __init__(self, app_id: str, private_key: str, *, clock: Callable[[], float]) -> None:
        """`private_key`: PEM. `clock`: seconds since the epoch."""
        self._app_id = app_id
        self._private_key = Secret(private_key)
        self._clock = clock
        self._token: Token | None = None

    async def get(self) -> Token:
        """Return a JWT. Raises ValueError when the key is no RSA private key."""
        now = self._clock()
        if self._token is None or self._token.expires_at - EARLY_SECONDS <= now:
            issued = int(now) - _JWT_BACKDATED_SECONDS
            claims = {"iat": issued, "exp": issued + _JWT_LIFE_SECONDS, "iss": self._app_id}
            text = jwt.encode(claims, _read_key(str(self._private_key)), algorithm="RS256")
            self._token = Token(Secret(text), float(issued + _JWT_LIFE_SECONDS), is_jwt=True)
        return self._token

    def refuse(self, token: Token) -> None:
        """Make a new one the next time."""
        if self._token is token:
            self._token = None


@lru_cache(maxsize=1)
def _read_key(pem: str) -> RSAPrivateKey:
    """Return the key. Costs a tenth of a second, since its numbers are checked; so it is kept."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the App's private key is no RSA key")  # noqa: TRY004 - a wrong value
    return key


class InstallationTokens:
    """Keeps the token of one scope until shortly before its end; all who wait share one refresh."""

    def __init__(self, make: Callable[[], Awaitable[Token]], *, clock: Callable[[], float]) -> None:
        """`make` asks GitHub for a token."""
        self._make = make
        self._clock = clock
        self._token: Token | None = None
        self._refresh: asyncio.Task[Token] | None = None

    async def get(self) -> Token:
        """Return a token that is valid for five minutes at least. Raises what `make` raises."""
        token = self._token
        if token is not None and token.expires_at - EARLY_SECONDS > self._clock():
            return token
        if self._refresh is None:
            self._refresh = asyncio.ensure_future(self._make_one())
            self._refresh.add_done_callback(self._forget_refresh)
        # Shielded: one of those who wait may be cancelled, which must not fail the others.
        return await asyncio.shield(self._refresh)

    def refuse(self, token: Token) -> None:
        """Ask for a new one the next time."""
        if self._token is token:
            self._token = None

    async def _make_one(self) -> Token:
        self._token = await self._make()
        return self._token

    def _forget_refresh(self, refresh: asyncio.Task[Token]) -> None:
        self._refresh = None
        if not refresh.cancelled():
            refresh.exception()  # Read, so that asyncio does not log it when nobody waited.

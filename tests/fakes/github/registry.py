"""What an operation gets and gives, and the table from operation to function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from fakes.github.description import Operation
    from fakes.github.state import Account, Installation, Repository, Token
    from fakes.github.world import World

__all__ = ["HANDLERS", "Handler", "Request", "Response", "operation"]

JSON_TYPE = "application/json"

Credential = Literal["app", "installation", "none"]


@dataclass(slots=True)
class Request:
    """A request that was routed, authenticated and permitted."""

    world: World
    operation: Operation
    parameters: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    body: Any
    path: str
    """As sent, without prefix and query."""
    token: Token | None = None
    found: Repository | None = None

    @property
    def repository(self) -> Repository:
        """The repository that the path names."""
        assert self.found is not None
        return self.found

    @property
    def installation(self) -> Installation:
        """The installation whose token was sent."""
        assert self.token is not None
        return self.token.installation

    @property
    def actor(self) -> Account:
        """Who acts: with either credential it is the App's bot."""
        return self.world.app.bot

    def accepts(self, media_type: str) -> bool:
        """Whether the client asked for that media type, with or without `+json` and version."""
        accept = self.headers.get("accept", "")
        return media_type in accept or media_type.replace("github.", "github.v3.") in accept


@dataclass(slots=True)
class Response:
    """An answer before it is written to the wire."""

    status: int = 200
    body: Any = None
    """JSON for a JSON media type, else text or bytes; ignored if there is no media type."""
    media_type: str | None = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)


Handle = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that carries out one operation."""

    handle: Handle
    credential: Credential
    permission: tuple[str, str] | None
    """Name and level that the token needs, as the operation's page says."""
    alternatives: tuple[tuple[str, str], ...] = ()


HANDLERS: dict[str, Handler] = {}


def operation(
    identifier: str, *needs: str, credential: Credential = "installation"
) -> Callable[[Handle], Handle]:
    """Register a function for an operation; `needs` like `contents:write`: any of them will do.

    The levels are those of
    https://docs.github.com/rest/authentication/permissions-required-for-github-apps
    """

    def register(handle: Handle) -> Handle:
        if identifier in HANDLERS:
            raise ValueError(f"two functions for an operation: {identifier!r}")
        pairs = [(name, level) for name, _, level in (need.partition(":") for need in needs)]
        HANDLERS[identifier] = Handler(
            handle, credential, pairs[0] if pairs else None, tuple(pairs[1:])
        )
        return handle

    return register

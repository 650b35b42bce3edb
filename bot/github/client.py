"""A client of GitHub's API for one scope: keeps the limits, repeats what may be repeated.

A request is repeated when GitHub did not take it (a limit, an old token), or when its answer was
lost and doing it twice is the same as once. A write that is not so is `UncertainError` then; `once`
looks whether it was done and only else does it again.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import aiohttp
import gidgethub
import msgspec

from bot.conversation.quoting import plain
from bot.errors import BrokenError, UncertainError
from bot.github.failures import Broken, Failure, Limited, Refused, Unauthorized, read_failure
from bot.github.wire import OversizedAnswerError, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from bot.errors import GitHubError
    from bot.github.credentials import Credentials
    from bot.github.throttle import Throttle
    from bot.github.wire import Answer, Wire

__all__ = ["Client", "allow_always"]

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 5
"""How often a request, or a write with a look in between, is sent before GitHub counts as broken."""

LONGEST_BACKOFF_SECONDS: Final = 30.0

PER_PAGE: Final = 100
"""As many items as GitHub sends at most on one page."""

Item = TypeVar("Item")
Found = TypeVar("Found")


async def allow_always() -> None:
    """Be the fence of who cannot lose the right to write."""


def count_nothing(_outcome: str) -> None:
    """Be the count of who needs none."""


class Client:
    """Requests with one scope of credentials. For one event loop."""

    def __init__(
        self,
        wire: Wire,
        credentials: Credentials,
        throttle: Throttle,
        *,
        clock: Callable[[], float],
        fence: Callable[[], Awaitable[None]] = allow_always,
        count: Callable[[str], None] = count_nothing,
    ) -> None:
        """`fence` is awaited right before each write; what it raises stops the write.

        `count` is told, in a word, what came of each request that was sent. Several clients may share wire,
        credentials and throttle.
        """
        self._wire = wire
        self._credentials = credentials
        self._throttle = throttle
        self._clock = clock
        self._fence = fence
        self._count = count
        self._is_urgent = False

    @contextmanager
    def urgently(self) -> Iterator[None]:
        """Let what is written meanwhile use what is kept for security."""
        before, self._is_urgent = self._is_urgent, True
        try:
            yield
        finally:
            self._is_urgent = before

    async def get(
        self, path: str, kind: type[Item], *, query: Mapping[str, str | int] | None = None
    ) -> Item:
        """Return what is there. Raises GitHubError."""
        request = Request("GET", path, query)
        return _read(request, (await self._send(request, repeatable=True)).data, kind)

    async def pages(
        self,
        path: str,
        kind: type[Item],
        *,
        query: Mapping[str, str | int] | None = None,
        key: str | None = None,
        most_pages: int = 10,
    ) -> list[Item]:
        """Return the items of a list, at most those of its first pages.

        `key`: where the items are when the list is inside an object. Raises GitHubError.
        """
        items: list[Item] = []
        request = Request("GET", path, {**(query or {}), "per_page": PER_PAGE})
        for _ in range(most_pages):
            answer = await self._send(request, repeatable=True)
            data = answer.data
            if key is not None:
                data = data.get(key) if isinstance(data, dict) else None
            items += _read(request, data, list[kind])  # type: ignore[valid-type] # a value
            if answer.next_address is None:
                break
            request = Request("GET", answer.next_address)
        return items

    async def write(
        self, method: str, path: str, body: object, kind: type[Item], *, repeatable: bool
    ) -> Item:
        """Change something and return what GitHub says of it. Raises GitHubError.

        `repeatable`: done twice it is as done once. Else a lost answer is an UncertainError.
        """
        request = Request(method, path, body=body)
        return _read(request, (await self._send(request, repeatable=repeatable)).data, kind)

    async def once(
        self, act: Callable[[], Awaitable[Found]], look: Callable[[], Awaitable[Found | None]]
    ) -> Found:
        """Do `act` so that it has its effect once, whatever answers are lost.

        `look` returns what `act` would have, None when it was not done. Raises what both raise.
        """
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                return await act()
            except UncertainError as error:
                if attempt == MOST_ATTEMPTS:
                    raise
                await self._throttle.pause(error.action, _backoff(attempt), error.detail)
                found = await look()
                if found is not None:
                    return found
        raise AssertionError("the last attempt returns or raises")

    async def _send(self, request: Request, *, repeatable: bool) -> Answer:
        refusals = 0
        refreshed = False
        for attempt in range(1, MOST_ATTEMPTS + 1):
            token = await self._credentials.get()
            outcome: Answer | Failure
            async with self._throttle.turn(
                request.action, writes=request.writes, urgent=self._is_urgent
            ) as may_go:
                if request.writes:
                    await self._fence()
                if await may_go():
                    outcome = await self._try(
                        request, token.text, jwt=token.is_jwt, refusals=refusals
                    )
                else:
                    outcome = Broken(_NotSentError(request.action, "the turn to write was lost"))
            self._count(_word(outcome))
            match outcome:
                case Unauthorized(error):
                    self._credentials.refuse(token)
                    if refreshed:
                        raise error
                    refreshed = True
                case Limited(until, error):
                    # The next turn waits for it, or raises when that is too long.
                    refusals += 1
                    self._throttle.close(until)
                    if attempt == MOST_ATTEMPTS:
                        raise error
                case Refused(refusal):
                    raise refusal
                case Broken(broken):
                    if not repeatable and not isinstance(broken, _NotSentError):
                        raise UncertainError(broken.action, broken.detail, hint=broken.hint)
                    if attempt == MOST_ATTEMPTS:
                        raise broken
                    await self._throttle.pause(request.action, _backoff(attempt), broken.detail)
                case _:
                    return outcome
            _log(request, outcome, attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _try(
        self, request: Request, secret: str, *, jwt: bool, refusals: int
    ) -> Answer | Failure:
        """Send the request once; return its answer or what went wrong."""
        action = request.action
        try:
            return await self._wire.send(
                request, token=None if jwt else secret, jwt=secret if jwt else None
            )
        except gidgethub.HTTPException as failed:
            return read_failure(action, failed, now=self._clock(), refusals=refusals)
        except aiohttp.ClientConnectorError as failed:
            reason = plain(failed.os_error.strerror or "no connection")
            return Broken(_NotSentError(action, f"GitHub cannot be reached: {reason}", hint=_HINT))
        except OversizedAnswerError:
            return Broken(BrokenError(action, "the answer is too large", hint=_HINT))
        except TimeoutError:
            return Broken(BrokenError(action, "GitHub did not answer in time", hint=_HINT))
        except aiohttp.ClientError as failed:
            # Only the kind is told: some hold the request with its credentials.
            detail = f"the connection to GitHub failed: {type(failed).__name__}"
            return Broken(BrokenError(action, detail, hint=_HINT))
        except (ValueError, LookupError, TypeError, AttributeError) as failed:
            # What gidgethub raises for answers that are not as documented.
            detail = f"the answer cannot be read: {type(failed).__name__}"
            return Broken(BrokenError(action, detail, hint=_HINT))


_HINT: Final = "look at https://www.githubstatus.com; it is tried again"


class _NotSentError(BrokenError):
    """There was no connection, so nothing can have been done."""


def _word(outcome: Answer | Failure) -> str:
    """Return what came of a request: a fixed few words."""
    match outcome:
        case Unauthorized():
            return "unauthorized"
        case Limited():
            return "limited"
        case Refused():
            return "refused"
        case Broken():
            return "failed"
        case _:
            return "ok"


def _backoff(attempt: int) -> float:
    """Return the seconds to wait after a failed attempt: 1, 2, 4, ..."""
    return min(2.0 ** (attempt - 1), LONGEST_BACKOFF_SECONDS)


def _read(request: Request, data: object, kind: type[Item]) -> Item:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise BrokenError(request.action, f"the answer is not as documented: {error}") from error


def _log(request: Request, failure: Failure, attempt: int) -> None:
    error: GitHubError = failure.error
    logger.warning(
        "a request to GitHub is sent again",
        extra={"action": request.action, "reason": error.detail, "attempt": attempt},
    )

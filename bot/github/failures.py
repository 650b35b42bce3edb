"""Names what went wrong with a request: a value that says what to do next. Pure.

https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.conversation.quoting import plain
from bot.errors import (
    BrokenError,
    ConflictError,
    GitHubError,
    GoneError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    SuspendedError,
    UnauthorizedError,
    UnprocessableError,
)
from bot.github.throttle import MARGIN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import gidgethub

__all__ = ["Broken", "Failure", "Limited", "Refused", "Unauthorized", "read_failure"]

SECONDARY_WAIT_SECONDS: Final = 60.0
"""What GitHub asks to wait at least when it refuses for a secondary limit without saying how long;
twice as long after each further refusal."""

LONGEST_SECONDARY_WAIT_SECONDS: Final = 900.0


@dataclass(frozen=True, slots=True)
class Refused:
    """GitHub will say the same again."""

    error: GitHubError


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """The credential is not valid (any more)."""

    error: UnauthorizedError


@dataclass(frozen=True, slots=True)
class Limited:
    """A limit is used up."""

    until: float
    """Seconds since the epoch."""
    error: RateLimitedError


@dataclass(frozen=True, slots=True)
class Broken:
    """GitHub failed: it may go well the next time, and a write may have been done."""

    error: BrokenError


Failure = Refused | Unauthorized | Limited | Broken


def read_failure(
    action: str, failed: gidgethub.HTTPException, *, now: float, refusals: int
) -> Failure:
    """Return what an answer means that was no success.

    `refusals` counts those for a secondary limit before this one.
    """
    status = int(failed.status_code)
    said = plain(str(failed) or failed.status_code.phrase, limit=300)
    headers = failed.headers or {}
    if status >= 500:
        return Broken(
            BrokenError(action, f"GitHub failed with status {status}: {said}", hint=_LATER)
        )
    if status == 401:
        return Unauthorized(UnauthorizedError(action, f"GitHub refused the credentials: {said}"))
    if status in {403, 429}:
        until = _limit(status, said, headers, now=now, refusals=refusals)
        if until is not None:
            return Limited(until, RateLimitedError(action, said, until=until))
    return Refused(_refusal(action, status, said, headers))


_LATER: Final = "nothing to do: it is tried again"


def _limit(
    status: int, said: str, headers: Mapping[str, str], *, now: float, refusals: int
) -> float | None:
    """Return until when a limit holds, None when it is no limit that refused."""
    retry_after = headers.get("retry-after", "")
    if retry_after.isascii() and retry_after.isdigit():
        return now + float(retry_after) + MARGIN_SECONDS
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
        return max(now, float(reset)) + MARGIN_SECONDS
    # Secondary limits are known by their text only when GitHub does not say how long they hold.
    if status == 429 or "rate limit" in said.lower():
        wait = SECONDARY_WAIT_SECONDS * 2.0 ** min(refusals, 10)
        return now + min(wait, LONGEST_SECONDARY_WAIT_SECONDS)
    return None


def _refusal(action: str, status: int, said: str, headers: Mapping[str, str]) -> GitHubError:
    if status == 403:
        lower = said.lower()
        if "suspended" in lower:
            return SuspendedError(action, said)
        if "archived" in lower:
            return ConflictError(
                action, "the repository is archived", hint="unarchive it in its settings"
            )
        # https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
        # (Resource not accessible): alternatives are separated by semicolons.
        accepted = headers.get("x-accepted-github-permissions", "")
        permissions = tuple(plain(part.strip()) for part in accepted.split(";") if part.strip())
        return PermissionMissingError(action, said, permissions=permissions)
    if status == 404:
        return NotFoundError(action, said)
    if status in {410, 451}:
        return GoneError(action, said, hint="it is not there any more, so there is nothing to do")
    if status in {405, 409}:
        return ConflictError(action, said, hint=_LATER)
    return UnprocessableError(
        action, f"status {status}: {said}", hint="look whether a rule of the repository forbids it"
    )

"""Primary and secondary rate limits.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes.github.errors import ApiError

if TYPE_CHECKING:
    from fakes.github.state import Installation
    from fakes.github.world import World

__all__ = ["Limits", "RateLimiter"]

DOCS = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much GitHub takes from one installation."""

    per_hour: int | None = None
    """None: 5000, and 50 more for each repository above 20, up to 12500."""
    concurrent: int = 100
    points_per_minute: int = 900
    """A read is 1 point, a write 5."""
    content_per_minute: int = 80
    content_per_hour: int = 500
    secondary_status: int = 403
    """403 or 429: GitHub documents both."""
    retry_after_seconds: int | None = 60
    """What a refusal for a secondary limit asks for; None: it does not say."""

    @classmethod
    def none(cls) -> Limits:
        """Return limits that no test reaches."""
        return cls(
            per_hour=10**9,
            concurrent=10**9,
            points_per_minute=10**9,
            content_per_minute=10**9,
            content_per_hour=10**9,
        )


class _Bucket:
    def __init__(self) -> None:
        self.used = 0
        self.resets_at = 0.0
        self.points: deque[tuple[float, int]] = deque()
        self.content: deque[float] = deque()
        self.concurrent = 0


class RateLimiter:
    """Counts the requests of each installation, and of the App itself."""

    def __init__(self, world: World, limits: Limits) -> None:
        self.limits = limits
        self._world = world
        self._buckets: dict[int, _Bucket] = {}

    def per_hour(self, installation: Installation | None) -> int:
        """Return the primary limit."""
        if self.limits.per_hour is not None:
            return self.limits.per_hour
        count = 0 if installation is None else len(self._world.reach(installation))
        return min(12_500, 5_000 + 50 * max(0, count - 20))

    def exhaust(self, installation: Installation | None) -> None:
        """Use up the primary limit of the running hour."""
        self._bucket(installation).used = self.per_hour(installation)

    def enter(self, installation: Installation | None) -> None:
        """Count a request that begins; `leave` must follow."""
        self._bucket(installation).concurrent += 1

    def leave(self, installation: Installation | None) -> None:
        """Count a request that ended."""
        self._bucket(installation).concurrent -= 1

    def check(self, installation: Installation | None, method: str, *, content: bool) -> None:
        """Count a request against all limits; raises the refusal of the first that is exceeded."""
        bucket = self._bucket(installation)
        now = self._world.clock.timestamp()
        if bucket.used >= self.per_hour(installation):
            who = 0 if installation is None else installation.id
            raise ApiError(
                403,
                f"API rate limit exceeded for installation ID {who}.",
                documentation_url=DOCS,
            )
        bucket.used += 1
        points = 5 if method in WRITES else 1
        _forget(bucket.content, now - 3600)
        while bucket.points and bucket.points[0][0] <= now - 60:
            bucket.points.popleft()
        recent = sum(moment > now - 60 for moment in bucket.content)
        over = (
            bucket.concurrent > self.limits.concurrent
            or sum(cost for _, cost in bucket.points) + points > self.limits.points_per_minute
            or (content and recent >= self.limits.content_per_minute)
            or (content and len(bucket.content) >= self.limits.content_per_hour)
        )
        if over:
            raise self.secondary_error()
        bucket.points.append((now, points))
        if content:
            bucket.content.append(now)

    def refund(self, installation: Installation | None) -> None:
        """Take back one request: a 304 does not count against the primary limit.

        https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
        """
        self._bucket(installation).used -= 1

    def secondary_error(self) -> ApiError:
        """Return the refusal for a secondary limit."""
        wait = self.limits.retry_after_seconds
        return ApiError(
            self.limits.secondary_status,
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try "
            "again.",
            headers={} if wait is None else {"retry-after": str(wait)},
            documentation_url=f"{DOCS}#about-secondary-rate-limits",
        )

    def status(self, installation: Installation | None) -> dict[str, Any]:
        """Return limit, remaining, used and reset."""
        bucket = self._bucket(installation)
        limit = self.per_hour(installation)
        return {
            "limit": limit,
            "remaining": max(0, limit - bucket.used),
            "used": bucket.used,
            "reset": math.ceil(bucket.resets_at),
        }

    def headers(self, installation: Installation | None) -> dict[str, str]:
        """Return the `x-ratelimit-*` headers."""
        status = self.status(installation)
        return {
            **{f"x-ratelimit-{key}": str(value) for key, value in status.items()},
            "x-ratelimit-resource": "core",
        }

    def _bucket(self, installation: Installation | None) -> _Bucket:
        key = 0 if installation is None else installation.id
        bucket = self._buckets.setdefault(key, _Bucket())
        now = self._world.clock.timestamp()
        if now >= bucket.resets_at:
            bucket.used = 0
            bucket.resets_at = now + 3600
        return bucket


def _forget(moments: deque[float], before: float) -> None:
    while moments and moments[0] <= before:
        moments.popleft()

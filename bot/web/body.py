"""Reads the bodies of requests, bounded in size, in time and in all.

Anybody may send one: whether it is GitHub's is known only when all of it is there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.web import Request

__all__ = ["LARGEST_PAYLOAD", "Bodies", "BodyRefusedError"]

LARGEST_PAYLOAD = 25 * 1024 * 1024 + 64 * 1024
"""GitHub caps payloads at 25 MB and sends none that is larger
(https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap); a little margin."""

MOST_READING_BYTES = 256 << 20
"""Of large bodies that are on their way in. Past it the server answers 503, and GitHub's log of
deliveries shows what has to come again."""

_SMALL_BYTES = 1 << 20
"""A smaller body is not counted: nearly all deliveries are."""

READ_SECONDS = 10.0
"""How long a body may take: GitHub itself gives up then."""


class BodyRefusedError(Exception):
    """The body is not taken."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Bodies:
    """Bodies that are on their way in."""

    def __init__(
        self,
        *,
        most_reading_bytes: int = MOST_READING_BYTES,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._most_reading_bytes = most_reading_bytes
        self._read_seconds = read_seconds
        self._reading = 0

    async def read(self, request: Request) -> bytes:
        """Return the body. Raises BodyRefusedError for one too large, too slow or too much."""
        if request.headers.get("Content-Encoding", "identity") != "identity":
            # GitHub compresses nothing, and what it unpacks to would have to be bounded too.
            raise BodyRefusedError(415, "a delivery is not compressed")
        length = LARGEST_PAYLOAD if request.content_length is None else request.content_length
        if length > LARGEST_PAYLOAD:
            raise BodyRefusedError(413, "larger than any delivery of GitHub's")
        counted = length if length > _SMALL_BYTES else 0
        if counted and self._reading + counted > self._most_reading_bytes:
            raise BodyRefusedError(503, "too much is on its way in")
        self._reading += counted
        try:
            async with asyncio.timeout(self._read_seconds):
                return await request.read()
        except web.HTTPRequestEntityTooLarge as error:
            raise BodyRefusedError(413, "larger than any delivery of GitHub's") from error
        except TimeoutError as error:
            raise BodyRefusedError(408, "the delivery did not come in time") from error
        finally:
            self._reading -= counted

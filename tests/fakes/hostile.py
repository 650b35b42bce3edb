"""What a hostile or broken index does to a request; each is given to `PackageIndex.behave`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.package_index import Behaviour, Request

__all__ = [
    "answer",
    "connection_cut",
    "content_type",
    "edited_json",
    "endless",
    "failing",
    "redirect",
    "replaced",
    "silent",
    "slow_loris",
    "truncated",
]


def replaced(body: bytes) -> Behaviour:
    """Another body under the right headers."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        return web.Response(
            body=body,
            headers={
                "Content-Type": response.headers.get("Content-Type", "application/octet-stream")
            },
        )

    return behave


def edited_json(edit: Callable[[dict[str, object]], object]) -> Behaviour:
    """The page after `edit` changed it in place (wrong name, wrong hash, wrong types)."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        assert isinstance(response.body, bytes)
        page = json.loads(response.body)
        edit(page)
        return web.Response(
            body=json.dumps(page).encode(),
            headers={
                "Content-Type": response.headers.get("Content-Type", "application/octet-stream")
            },
        )

    return behave


def truncated(count: int) -> Behaviour:
    """Only the first `count` bytes, as a complete answer."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        assert isinstance(response.body, bytes)
        return web.Response(
            body=response.body[:count],
            headers={
                "Content-Type": response.headers.get("Content-Type", "application/octet-stream")
            },
        )

    return behave


def endless(chunk: bytes = b" " * 65536, *, most: int = 1 << 32) -> Behaviour:
    """The right beginning, then `chunk` for as long as the client reads (at most `most` bytes)."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        assert isinstance(response.body, bytes)
        stream = web.StreamResponse(
            headers={
                "Content-Type": response.headers.get("Content-Type", "application/octet-stream")
            }
        )
        await stream.prepare(request.raw)
        sent = 0
        try:
            await stream.write(response.body[:-1])
            while sent < most:
                await stream.write(chunk)
                sent += len(chunk)
        except ConnectionError:
            pass
        return stream

    return behave


def slow_loris(*, pause_seconds: float = 0.02) -> Behaviour:
    """One blank at a time, for as long as the client reads."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        stream = web.StreamResponse(
            headers={
                "Content-Type": response.headers.get("Content-Type", "application/octet-stream")
            }
        )
        await stream.prepare(request.raw)
        try:
            while True:
                await stream.write(b" ")
                await asyncio.sleep(pause_seconds)
        except ConnectionError:
            return stream

    return behave


def silent() -> Behaviour:
    """No answer at all until the client goes away (then the server cancels this)."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        await asyncio.Event().wait()
        return response

    return behave


def failing(times: int, status: int = 503, *, headers: dict[str, str] | None = None) -> Behaviour:
    """The status for the first `times` requests, then the usual answer."""
    left = times

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        nonlocal left
        if left > 0:
            left -= 1
            return web.Response(status=status, headers=headers)
        return response

    return behave


def connection_cut(*, after_bytes: int = 0, times: int = 1 << 30) -> Behaviour:
    """The connection closed after so many bytes of the body, for the first `times` requests."""
    left = times

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        nonlocal left
        if left <= 0:
            return response
        left -= 1
        assert isinstance(response.body, bytes)
        if after_bytes:
            headers = {
                "Content-Type": response.headers.get("Content-Type", "application/octet-stream"),
                "Content-Length": str(len(response.body)),
            }
            stream = web.StreamResponse(status=response.status, headers=headers)
            await stream.prepare(request.raw)
            await stream.write(response.body[:after_bytes])
        assert request.raw.transport is not None
        request.raw.transport.abort()
        return web.Response()

    return behave


def redirect(location: str, status: int = 302) -> Behaviour:
    """A redirect; to the path itself it is a loop."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": location})

    return behave


def content_type(value: str) -> Behaviour:
    """The usual body under another content type."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        return web.Response(body=response.body, headers={"Content-Type": value})

    return behave


def answer(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Behaviour:
    """This answer, always."""

    async def behave(request: Request, response: web.Response) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return behave

"""Fetches OSV data by https into a file: bounded, with attempts and redirects of the index client."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, BinaryIO

from advisor_core.errors import IndexFailure, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.index.addresses import AddressGuard

__all__ = ["DEFAULT_OSV_URL", "MAXIMUM_DOWNLOAD_BYTES", "download", "is_url"]

DEFAULT_OSV_URL = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
"""OSV's export of everything on PyPI: https://google.github.io/osv.dev/data/#data-dumps"""

MAXIMUM_DOWNLOAD_BYTES = 1 << 30
"""The export takes some 30 MB."""


_LONGEST_SCHEME = 20

_LONGEST_SECONDS = 1_800
"""For the whole export: a server that sends a byte each second would never be done."""


def is_url(text: str) -> bool:
    """Return whether the text names something to be fetched rather than a path."""
    return "://" in text[:_LONGEST_SCHEME]


def download(
    url: str,
    into: BinaryIO,
    *,
    progress: Callable[[int], None] = lambda received: None,  # noqa: ARG005 - named for the caller
    allow_address: AddressGuard | None = None,
) -> None:
    """Write what the URL answers to `into`, which is emptied first. Raises IndexFailure or InputError.

    `progress` is told of the bytes received so far. Plain http is taken only from this machine.
    """
    _check_url(url)
    try:
        asyncio.run(_fetch_in_time(url, into, progress, allow_address))
    except IndexFailure as exc:
        hint = "check the URL and the network, or fetch the file yourself and name its path"
        raise IndexFailure(f"advisories: {exc}", hint=hint) from exc
    into.seek(0)


def _check_url(url: str) -> None:
    from yarl import URL  # noqa: PLC0415 - with the network client, when there is something to fetch

    try:
        parsed = URL(url)
    except ValueError:
        parsed = URL()
    host = parsed.host
    if not host:
        hint = "write `https://HOST/...`, or name a folder or a file"
        raise InputError.single("import-osv", f"not a URL: {url!r:.200}", hint=hint)
    if parsed.scheme == "http" and host in {"localhost", "127.0.0.1", "::1"}:
        return
    if parsed.scheme != "https":
        raise InputError.single(
            "import-osv",
            "advisories are fetched by https alone",
            hint="write `https://...`, or the path of a folder or a file",
        )


async def _fetch_in_time(
    url: str,
    into: BinaryIO,
    progress: Callable[[int], None],
    allow_address: AddressGuard | None,
) -> None:
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await _fetch(url, into, progress, allow_address)
    except TimeoutError:
        minutes = _LONGEST_SECONDS // 60
        raise IndexFailure(f"was not there after {minutes} minutes") from None


async def _fetch(
    url: str,
    into: BinaryIO,
    progress: Callable[[int], None],
    allow_address: AddressGuard | None,
) -> None:
    from advisor_core.index.credentials import Credentials  # noqa: PLC0415 - as above
    from advisor_core.index.transport import Limits, Transport  # noqa: PLC0415 - as above

    received = 0

    def count(_requests: int, size: int) -> None:
        nonlocal received
        received += size
        progress(received)

    async with Transport(
        Credentials((), os.environ),
        Limits(),
        allow_address=allow_address,
        environment=os.environ,
        count=count,
    ) as transport:
        await transport.get(
            url,
            {"Accept": "application/zip, application/json, */*", "Accept-Encoding": "identity"},
            most_bytes=MAXIMUM_DOWNLOAD_BYTES,
            into=into,
        )

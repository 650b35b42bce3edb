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


def is_url(text: str) -> bool:
    """Return whether the text names something to be fetched rather than a path."""
    return text.lower().startswith(("https://", "http://"))


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
    from yarl import URL  # noqa: PLC0415 - with the network client, when there is something to fetch

    parsed = URL(url)
    if parsed.scheme == "http" and parsed.host not in {"localhost", "127.0.0.1", "::1"}:
        raise InputError.single(
            "import-osv", "advisories are fetched by https alone", hint="write `https://...`"
        )
    try:
        asyncio.run(_fetch(url, into, progress, allow_address))
    except IndexFailure as exc:
        hint = "check the URL and the network, or fetch the file yourself and name its path"
        raise IndexFailure(f"advisories: {exc}", hint=hint) from exc
    into.seek(0)


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

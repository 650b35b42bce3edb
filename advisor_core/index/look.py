"""Asks an index whether a package's page changed, as cheaply as the index allows.

Validators are sent when the index gave some; else its `_last-serial` tells, which the page begins with;
else the page itself is compared by whoever records it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Literal, Self

from advisor_core.errors import IndexFailure
from advisor_core.index.build import build_entry
from advisor_core.index.credentials import Credentials
from advisor_core.index.entry import EntryError, decode_head
from advisor_core.index.page import PageError
from advisor_core.index.page_reader import ACCEPT, read_releases
from advisor_core.index.project import StoredProject, locate_in
from advisor_core.index.sources import public_url
from advisor_core.index.transport import Limits, Transport
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from advisor_core.index.addresses import AddressGuard
    from advisor_core.index.cache import Cache
    from advisor_core.index.transport import Answer
    from advisor_core.model import IndexSource

__all__ = ["IndexWatcher", "Look", "Validators"]

_SERIAL = re.compile(rb'"_last-serial"\s*:\s*"?(\d{1,30})"?')
"""In `meta`, which comes first: https://peps.python.org/pep-0691/ calls what begins with `_` extensions."""

_SERIAL_WITHIN = 4096
"""Bytes of the page in which the serial is looked for; not deeper, where a file could be named like it."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What an index gave with a page, to tell whether it changed since."""

    etag: str | None = None
    last_modified: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a page brought."""

    state: Literal["same", "page", "missing"]
    validators: Validators
    project: StoredProject | None = None
    """With state `page`."""


class IndexWatcher:
    """Looks at pages of one index. An async context manager."""

    def __init__(
        self,
        source: IndexSource,
        *,
        allow_address: AddressGuard | None = None,
        limits: Limits | None = None,
        environment: Mapping[str, str] | None = None,
        cache: Cache | None = None,
        fresh_seconds: float = 600,
    ) -> None:
        """Make a watcher that has asked nothing yet. Raises InputError when the source is wrong.

        A page that changed is put into the cache, so that who resolves next does not read an older one.
        """
        environment = os.environ if environment is None else environment
        self._source = source
        self._limits = limits or Limits()
        self._cache = cache
        self._fresh_seconds = fresh_seconds
        self._credentials = Credentials((source,), environment)
        self._transport = Transport(
            self._credentials, self._limits, allow_address=allow_address, environment=environment
        )

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._transport.__aexit__(kind, error, traceback)

    async def look(self, name: str, known: Validators) -> Look:
        """Look at the page of a package (normalized name) once. Raises IndexFailure."""
        headers = {"Accept": ACCEPT}
        if known.etag:
            headers["If-None-Match"] = known.etag
        elif known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        url = f"{self._credentials.request_url(self._source)}/{name}/"
        accepted = (200, 404, 410) if len(headers) == 1 else (200, 304, 404, 410)
        answer = await self._transport.get(
            url, headers, accepted=accepted, most_bytes=self._limits.page_bytes
        )
        if answer.status == 304:
            return Look("same", known)
        if answer.status != 200:
            return Look("missing", Validators())
        serial = _SERIAL.search(answer.body[:_SERIAL_WITHIN])
        given = Validators(
            etag=_header(answer, "ETag"),
            last_modified=_header(answer, "Last-Modified"),
            serial=serial[1].decode() if serial else None,
        )
        if given.serial is not None and given.serial == known.serial:
            return Look("same", given)
        return Look("page", given, self._read(answer, name, given))

    def _read(self, answer: Answer, name: str, given: Validators) -> StoredProject:
        try:
            releases, status = read_releases(answer, name, self._credentials)
            entry = build_entry(
                releases,
                index=public_url(self._source.url),
                name=name,
                status=status,
                etag=given.etag or "",
                last_modified=given.last_modified or "",
                fresh_seconds=self._fresh_seconds,
            )
        except (PageError, EntryError) as error:
            raise IndexFailure(
                f"{self._transport.shown(answer.url)}: {error}",
                hint="the index is broken or lies; ask who runs it, or use another",
            ) from error
        if self._cache is not None:
            self._cache.write_page(public_url(self._source.url), name, entry)
        return StoredProject(decode_head(entry), self._source.name, locate_in(entry))


def _header(answer: Answer, name: str) -> str | None:
    """Return a header that can be sent back as it is."""
    value = answer.headers.get(name, "")
    return (
        value if value and len(value) <= 500 and value.isascii() and value.isprintable() else None
    )

"""One project on one index: from the cache while it is fresh, else from the index."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from advisor_core.errors import IndexFailure
from advisor_core.index.build import build_absence, build_entry, read_plain_page, releases_of
from advisor_core.index.entry import EntryError, decode_head
from advisor_core.index.links_page import LinksReader
from advisor_core.index.page import Page, PageError, clean_text
from advisor_core.index.project import StoredProject, locate_in
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor_core.index.cache import Cache, CachedPage
    from advisor_core.index.credentials import Credentials
    from advisor_core.index.entry import EntryHead, Releases
    from advisor_core.index.project import Locate
    from advisor_core.index.transport import Answer, Transport
    from advisor_core.model import IndexSource

__all__ = ["ACCEPT", "PageReader", "read_releases"]

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
)
"""JSON (PEP 691), or HTML (PEP 503) where an index has no other."""

_LONGEST_FRESH_SECONDS = 24 * 3600
"""However long an index says that its pages stay fresh, they are asked for again after a day."""


_READ_ASIDE = 1 << 20
"""Bytes of a page from which it is read in a thread: other answers must not wait for it."""


class PageReader:
    """Reads project pages."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        cache: Cache,
        identities: Mapping[str, str],
        *,
        fresh_seconds: float,
        refresh: bool,
        most_bytes: int,
        keep: Callable[..., None],
    ) -> None:
        """`identities`: name of an index to its name in the cache.

        `keep(function, *arguments)` writes to the cache when there is time for it.
        """
        self._transport = transport
        self._credentials = credentials
        self._cache = cache
        self._identities = identities
        self._fresh_seconds = fresh_seconds
        self._refresh = refresh
        self._most_bytes = most_bytes
        self._keep = keep
        self._links = LinksReader(transport, credentials, most_bytes)
        self.has_trusted_cache = False
        """Whether a page was taken from the cache, still fresh, without asking its index."""

    def refresh(self) -> None:
        """Ask again for every page from now on, fresh or not."""
        self._refresh = True
        self._links.forget()
        self.has_trusted_cache = False

    async def read(self, source: IndexSource, name: str) -> StoredProject | None:
        """Return the project, None when the index says that it has none of this name.

        Raises IndexFailure.
        """
        index = self._identities[source.name]
        cached = self._cache.read_page(index, name)
        if cached is not None and self._is_fresh(cached):
            self.has_trusted_cache = True
            return _opened(cached.head, source, cached.locate, seen_at=cached.seen_at)
        if source.flat:
            return await self._read_links(source, index, name)
        headers = {"Accept": ACCEPT}
        if cached is not None and cached.head.etag:
            headers["If-None-Match"] = cached.head.etag
        elif cached is not None and cached.head.last_modified:
            headers["If-Modified-Since"] = cached.head.last_modified
        url = f"{self._credentials.request_url(source)}/{name}/"
        accepted = (200, 404, 410) if len(headers) == 1 else (200, 304, 404, 410)
        answer = await self._transport.get(
            url, headers, accepted=accepted, most_bytes=self._most_bytes
        )
        if answer.status == 304 and cached is not None:
            self._keep(self._cache.renew_page, index, name)
            return _opened(cached.head, source, cached.locate)
        fresh_seconds, storable = _freshness(answer.headers, self._fresh_seconds)
        if answer.status == 200:
            entry = await self._entry(answer, index, name, fresh_seconds)
        else:
            entry = build_absence(index=index, name=name, fresh_seconds=fresh_seconds)
        if storable:
            self._keep(self._cache.write_page, index, name, entry)
        return _opened(decode_head(entry), source, locate_in(entry))

    async def _read_links(self, source: IndexSource, index: str, name: str) -> StoredProject | None:
        """Return what a page of links has of a project. Raises IndexFailure."""
        page = await self._links.read(source)
        fresh_seconds, storable = _freshness(page.headers, self._fresh_seconds)
        try:
            releases = releases_of(
                Page(None, page.files.get(name, []), "active"),
                name=name,
                page_url=page.url,
                conceal=self._credentials.conceal,
            )
            if releases.records:
                entry = build_entry(releases, index=index, name=name, fresh_seconds=fresh_seconds)
            else:
                entry = build_absence(index=index, name=name, fresh_seconds=fresh_seconds)
        except EntryError as error:
            raise IndexFailure(f"{self._transport.shown(page.url)}: {error}") from error
        if storable:
            self._keep(self._cache.write_page, index, name, entry)
        return _opened(decode_head(entry), source, locate_in(entry))

    def _is_fresh(self, cached: CachedPage) -> bool:
        return not self._refresh and 0 <= cached.age_seconds < cached.head.fresh_seconds

    async def _entry(self, answer: Answer, index: str, name: str, fresh_seconds: float) -> bytes:
        """Return the cache entry of a page. Raises IndexFailure when the page is none, or lies."""
        try:
            if len(answer.body) > _READ_ASIDE:
                releases, status = await asyncio.to_thread(
                    read_releases, answer, name, self._credentials
                )
            else:
                releases, status = read_releases(answer, name, self._credentials)
            return build_entry(
                releases,
                index=index,
                name=name,
                status=status,
                etag=answer.headers.get("ETag", ""),
                last_modified=answer.headers.get("Last-Modified", ""),
                fresh_seconds=fresh_seconds,
            )
        except (PageError, EntryError) as error:
            raise IndexFailure(
                f"{self._transport.shown(answer.url)}: {error}",
                hint="the index is broken or lies; ask who runs it, or use another",
            ) from error


def read_releases(answer: Answer, name: str, credentials: Credentials) -> tuple[Releases, str]:
    """Return the releases on a project's page and its status (PEP 792). Raises PageError or EntryError."""
    is_json = _is_json(answer)
    if not credentials.concealing:
        releases = read_plain_page(answer.body, is_json=is_json, name=name)
        if releases is not None:
            return releases, "active"
    page = _parsed(answer.body, is_json=is_json)
    if page.name is not None and normalize_name(clean_text(page.name)) != name:
        said = clean_text(page.name)[:100]
        raise PageError(f"the page is of another project: {said!r}")
    releases = releases_of(page, name=name, page_url=answer.url, conceal=credentials.conceal)
    return releases, page.status


def _is_json(answer: Answer) -> bool:
    """Return whether the page is JSON, else HTML. Raises PageError when it is neither."""
    content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type in {"application/vnd.pypi.simple.v1+json", "application/json"}:
        return True
    if content_type not in {"application/vnd.pypi.simple.v1+html", "text/html", ""}:
        raise PageError(f"not a project page but {clean_text(content_type)[:100]!r}")
    return False


def _parsed(body: bytes, *, is_json: bool) -> Page:
    if is_json:
        from advisor_core.index.page_json import parse_json_page  # noqa: PLC0415 - slow to import

        return parse_json_page(body)
    from advisor_core.index.page_html import parse_html_page  # noqa: PLC0415 - seldom needed

    return parse_html_page(body)


def _opened(
    head: EntryHead, source: IndexSource, locate: Locate, *, seen_at: int | None = None
) -> StoredProject | None:
    return StoredProject(head, source.name, locate, seen_at=seen_at) if head.present else None


def _freshness(headers: Mapping[str, str], default: float) -> tuple[float, bool]:
    """Return for how many seconds the answer is fresh, and whether it may be kept (RFC 9111)."""
    seconds = default
    storable = True
    for directive in headers.get("Cache-Control", "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "no-store":
            seconds, storable = 0.0, False
        elif name == "no-cache":
            seconds = 0.0
        elif name == "max-age" and value.isascii() and value.isdigit() and seconds:
            seconds = float(min(int(value[:9]), _LONGEST_FRESH_SECONDS))
    return seconds, storable

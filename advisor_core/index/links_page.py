"""Pages of links (`--find-links`, flat indexes): one HTML page with the files of any projects.

The page is fetched once and its files sorted by project; what the cache keeps of it is, as of an index,
one entry per project. A page that is not there is a failure and never an absence: else whatever
an index has of the name would take the place of what the page had.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from advisor_core.errors import IndexFailure
from advisor_core.index.page import PageError, clean_text
from advisor_core.index.page_html import parse_html_page
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.index.credentials import Credentials
    from advisor_core.index.page import PageFile
    from advisor_core.index.transport import Transport
    from advisor_core.model import IndexSource

__all__ = ["LinksPage", "LinksReader", "sort_files"]

_HTML = frozenset(("text/html", "application/vnd.pypi.simple.v1+html", "application/xhtml+xml", ""))

_MOST_SPLITS = 20
"""Hyphens of an sdist's name that may end the name of its project; `a-b-1.0.tar.gz` has two."""

_READ_ASIDE = 1 << 20
"""Bytes of a page from which it is read in a thread: other answers must not wait for it."""


class LinksPage(NamedTuple):
    """What one page links to."""

    url: str
    """After redirects: what relative links are relative to."""
    files: Mapping[str, list[PageFile]]
    """By normalized name. An sdist is under every name that its file name may begin with."""
    headers: Mapping[str, str]


class LinksReader:
    """Fetches pages of links, each once."""

    def __init__(self, transport: Transport, credentials: Credentials, most_bytes: int) -> None:
        self._transport = transport
        self._credentials = credentials
        self._most_bytes = most_bytes
        self._pages: dict[str, LinksPage] = {}
        self._turn = asyncio.Lock()

    def forget(self) -> None:
        """Fetch every page again."""
        self._pages.clear()

    async def read(self, source: IndexSource) -> LinksPage:
        """Return a page. Raises IndexFailure, also when there is no such page."""
        async with self._turn:
            if source.name not in self._pages:
                self._pages[source.name] = await self._fetch(source)
            return self._pages[source.name]

    async def _fetch(self, source: IndexSource) -> LinksPage:
        answer = await self._transport.get(
            self._credentials.request_url(source),
            {"Accept": "text/html"},
            most_bytes=self._most_bytes,
        )
        try:
            _require_html(answer.headers)
            if len(answer.body) > _READ_ASIDE:
                page = await asyncio.to_thread(parse_html_page, answer.body)
            else:
                page = parse_html_page(answer.body)
        except PageError as error:
            raise IndexFailure(
                f"{self._transport.shown(answer.url)}: {error}",
                hint="name a page with links to wheels and sdists, or an index with --index-url",
            ) from error
        return LinksPage(answer.url, sort_files(page.files), answer.headers)


def _require_html(headers: Mapping[str, str]) -> None:
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _HTML:
        raise PageError(f"not a page of links but {clean_text(kind)[:100]!r}")


def sort_files(files: Iterable[PageFile]) -> dict[str, list[PageFile]]:
    """Return files by the names of the projects that they may be of. Linear in their number."""
    found: dict[str, list[PageFile]] = {}
    for file in files:
        parts = file.filename.split("-")
        if len(parts) < 2:
            continue
        # https://packaging.python.org/en/latest/specifications/binary-distribution-format/
        ends = [1] if file.filename.endswith(".whl") else range(1, min(len(parts), _MOST_SPLITS))
        for name in dict.fromkeys(normalize_name("-".join(parts[:end])) for end in ends):
            found.setdefault(name, []).append(file)
    return found

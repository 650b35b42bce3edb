"""The feed of changes of pypi.org, by serial: which packages changed since one looked last.

https://docs.pypi.org/api/xml-rpc/#changelog-since-serialwith_ids. Indexes without one are watched page by
page alone. The answer is foreign: bounded in size and time; expat refuses entities that grow.
"""

from __future__ import annotations

import asyncio
import re
import xmlrpc.client
from typing import TYPE_CHECKING, Any, Self

import aiohttp

from advisor_core.errors import IndexFailure
from advisor_core.index.page import clean_text
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

__all__ = ["SerialFeed", "feed_url"]

_MOST_BYTES = 64 << 20
_SECONDS = 60.0
_USER_AGENT = "thoth"


def feed_url(index_url: str) -> str | None:
    """Return where the feed of an index is, None for an index that is not known to have one."""
    return "https://pypi.org/pypi" if re.match(r"https://pypi\.org/simple/?$", index_url) else None


class SerialFeed:
    """A feed that answers `changelog_last_serial` and `changelog_since_serial`. An async context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": _USER_AGENT},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def changed_since(self, cursor: str | None) -> tuple[Sequence[str], str]:
        """Return the normalized names that changed since the serial `cursor`, and the serial from now on.

        With cursor None: no names, only where the feed is now. Raises IndexFailure.
        """
        if cursor is None or not cursor.isdigit():
            last = await self._call("changelog_last_serial")
            if not isinstance(last, int) or isinstance(last, bool):
                raise self._failure("no serial in the answer")
            return (), str(last)
        rows = await self._call("changelog_since_serial", int(cursor))
        if not isinstance(rows, list):
            raise self._failure("no list in the answer")
        names: set[str] = set()
        newest = int(cursor)
        for row in rows:
            match row:
                case [str(name), _, _, _, int(serial)]:
                    names.add(normalize_name(clean_text(name)))
                    newest = max(newest, serial)
                case _:
                    raise self._failure("a row that is no change")
        return sorted(names), str(newest)

    async def _call(self, method: str, *arguments: int) -> Any:  # noqa: ANN401 - judged by the caller
        if self._session is None:
            raise RuntimeError("the feed is used outside its `async with`")
        body = xmlrpc.client.dumps(arguments, method)
        try:
            async with self._session.post(
                self._url,
                data=body,
                headers={"Content-Type": "text/xml"},
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    raise self._failure(f"answers {response.status}")
                text = await response.content.read(_MOST_BYTES + 1)
                while len(text) <= _MOST_BYTES and (more := await response.content.read(1 << 20)):
                    text += more
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise self._failure(clean_text(str(exc))[:300] or type(exc).__name__) from exc
        if len(text) > _MOST_BYTES:
            raise self._failure(f"larger than {_MOST_BYTES >> 20} MiB")
        try:
            values, _ = await asyncio.to_thread(xmlrpc.client.loads, text)
        except xmlrpc.client.Fault as exc:
            raise self._failure(clean_text(exc.faultString)[:300]) from exc
        except Exception as exc:
            raise self._failure("not XML-RPC") from exc
        return values[0] if values else None

    def _failure(self, text: str) -> IndexFailure:
        return IndexFailure(
            f"{self._url}: {text}",
            hint="pages are looked at one by one until the feed answers again",
        )

"""Sends one request to GitHub and reads its answer; repeats nothing and waits for nothing.

gidgethub makes the headers and reads answers and errors; connections, redirects, sizes, time-outs
and ETags are handled here.
"""

from __future__ import annotations

import http
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import aiohttp
import gidgethub.abc
from yarl import URL

from bot.github.cache import Cached

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.github.cache import AnswerCache

__all__ = ["MAX_ANSWER_BYTES", "USER_AGENT", "Answer", "OversizedAnswerError", "Request", "Wire"]

USER_AGENT: Final = "thoth-app"

API_VERSION: Final = "2022-11-28"
"""https://docs.github.com/rest/about-the-rest-api/api-versions"""

MAX_ANSWER_BYTES: Final = 24_000_000
"""Bytes of the largest answer read. The largest that are asked for are a tree, of which GitHub
sends at most 7 MB, and a file of `MAX_FILE_BYTES` in Base64. Past it the answer counts as broken."""

MAX_REDIRECTS: Final = 3


class OversizedAnswerError(Exception):
    """The answer is larger than `MAX_ANSWER_BYTES`; the rest of it was not read."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to be sent."""

    method: str
    path: str
    """From the root of the API, quoted; or a whole address that GitHub gave."""
    query: Mapping[str, str | int] | None = None
    body: object = None
    """Sent as JSON; None: no body."""

    @property
    def action(self) -> str:
        """What is asked, for errors and logs."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub answered to a request that succeeded."""

    data: Any
    """Parsed JSON; None: no body. `bot.github.client` makes a type of it."""
    next_address: str | None
    """Where the next page of a list is."""


GRAPHQL: Final = "/graphql"
"""Path of a request that goes to the other API, which has one address."""


def graphql_address(root: URL) -> str:
    """Return it: `HOST/api/graphql` beside `HOST/api/v3` on GitHub Enterprise Server, else below the root.

    https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql
    """
    if root.path.rstrip("/").endswith("/api/v3"):
        return str(root.with_path(root.path.rstrip("/").removesuffix("/v3") + GRAPHQL))
    return str(root).rstrip("/") + GRAPHQL


class Wire(gidgethub.abc.GitHubAPI):
    """Requests of one installation, or of the App itself."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        api_url: str,
        cache: AnswerCache,
        partition: str,
        observe: Callable[[Mapping[str, str]], None],
        sleep: Callable[[float], Awaitable[None]],
        timeout_seconds: float = 30.0,
    ) -> None:
        """`partition`: what no other wire with the same cache has, so that none sees its answers.

        `observe` is given the headers of every answer.
        """
        super().__init__(USER_AGENT, base_url=api_url.rstrip("/"))
        self._session = session
        self._answers = cache
        self._partition = partition
        self._observe = observe
        self._sleep = sleep
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._root = URL(self.base_url)
        self._graphql = graphql_address(self._root)

    async def send(self, request: Request, *, token: str | None, jwt: str | None) -> Answer:
        """Send it. Raises gidgethub.HTTPException for every other status than success.

        Raises aiohttp.ClientError and TimeoutError when there is no answer, OversizedAnswerError, and
        ValueError, LookupError, TypeError or AttributeError when the answer cannot be read.
        """
        address = self._graphql if request.path == GRAPHQL else request.path
        if (
            address != self._graphql
            and "://" in address
            and not self._is_ours(URL(address, encoded=True))
        ):
            raise ValueError("an address outside the API")
        if request.query:
            address += "?" + urlencode(request.query)
        data, next_address, _ = await self._make_request(
            request.method,
            address,
            None,
            b"" if request.body is None else request.body,
            gidgethub.sansio.accept_format(),
            jwt=jwt,
            oauth_token=token,
            extra_headers={"x-github-api-version": API_VERSION},
        )
        return Answer(data, next_address)

    async def sleep(self, seconds: float) -> None:
        """Sleep on the given clock."""
        await self._sleep(seconds)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        key = f"{self._partition} {url}"
        cached = self._answers.find(key) if method == "GET" else None
        sent = {**headers, "if-none-match": cached.etag} if cached else dict(headers)
        status, received, content = await self._follow(method, URL(url, encoded=True), sent, body)
        self._observe(received)
        if cached is not None and status == http.HTTPStatus.NOT_MODIFIED:
            return http.HTTPStatus.OK, {**cached.headers, **received}, cached.body
        if method == "GET":
            etag = received.get("etag")
            if status == http.HTTPStatus.OK and etag:
                kept = {name: received[name] for name in _KEPT_HEADERS if name in received}
                self._answers.keep(key, Cached(etag, kept, content))
            else:
                self._answers.drop(key)
        return status, received, content

    async def _follow(
        self, method: str, url: URL, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Send, and follow redirects inside the API: a renamed repository has another address."""
        for _ in range(MAX_REDIRECTS):
            status, received, content = await self._exchange(method, url, headers, body)
            keeps_method = method == "GET" or status in {307, 308}
            if status not in {301, 302, 307, 308} or not keeps_method:
                return status, received, content
            url = url.join(URL(received.get("location", ""), encoded=True))
            if not self._is_ours(url):
                return status, received, content
        raise aiohttp.ClientError("too many redirects")

    async def _exchange(
        self, method: str, url: URL, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        async with self._session.request(
            method,
            url,
            headers=headers,
            data=io.BytesIO(body) if body else None,
            timeout=self._timeout,
            allow_redirects=False,
        ) as response:
            chunks = []
            size = 0
            async for chunk in response.content.iter_any():
                size += len(chunk)
                if size > MAX_ANSWER_BYTES:
                    raise OversizedAnswerError
                chunks.append(chunk)
            lower = {name.lower(): value for name, value in response.headers.items()}
            return response.status, lower, b"".join(chunks)

    def _is_ours(self, url: URL) -> bool:
        """Whether credentials may be sent there."""
        inside = url.path == self._root.path or url.path.startswith(
            self._root.path.rstrip("/") + "/"
        )
        return url.origin() == self._root.origin() and inside


_KEPT_HEADERS: Final[tuple[str, ...]] = ("content-type", "link")

"""HTTP for package indexes: bounded in time, size and redirects; tried again when that can help.

Knows nothing of pages or packages. Every failure is an IndexFailure that names the URL without
credentials or query, what happened, and what to do.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import zlib
from typing import TYPE_CHECKING, BinaryIO, Self
from urllib.parse import urljoin

from yarl import URL

from advisor_core.errors import IndexFailure
from advisor_core.index.addresses import GuardedResolver, check_literal, current_url
from advisor_core.index.aiohttp_import import aiohttp
from advisor_core.index.credentials import origin_of
from advisor_core.index.page import clean_text
from advisor_core.index.proxies import proxy_for
from advisor_core.index.sources import public_url
from advisor_core.index.tally import REQUESTS, outcome_of
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from types import TracebackType

    from advisor_core.index.addresses import AddressGuard
    from advisor_core.index.credentials import Credentials, Origin

__all__ = ["Answer", "Limits", "Transport"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRIED_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_READ_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take. Past a limit it fails with a text that names the limit."""

    connections: int = 50
    connections_per_host: int = 16
    """A TLS handshake costs as much as ten requests; past this, waiting for a turn is cheaper."""
    part_bytes: int = 32 << 20
    """Of a part of a wheel; the largest tables of contents have a few."""
    page_bytes: int = 100 << 20
    """Decompressed. The largest pages of pypi.org are about 20 MB."""
    metadata_bytes: int = 8 << 20
    file_bytes: int = 512 << 20
    """Of a wheel or sdist that has to be read whole because the index offers nothing better."""
    redirects: int = 10
    attempts: int = 4
    request_seconds: float = 60
    """All attempts and redirects of a page, a metadata file or a part of a wheel together."""
    file_seconds: float = 600
    patience_seconds: float = 0.02
    """How long a metadata file that may not be there is waited for before a part of the wheel is asked for
    as well. Doubled from what it took when the file came first all the same."""
    connect_seconds: float = 10
    idle_seconds: float = 20
    """Between two packets."""
    first_wait_seconds: float = 0.25
    """Before the second attempt; doubles for each further one; half of it is random."""
    retry_after_seconds: float = 30
    """The longest wait an index may ask for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that the caller has to make sense of."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    """Empty when the body went to a file."""
    url: str
    """After redirects; as it was requested, so never for texts."""


@dataclass(frozen=True, slots=True)
class _Body:
    """What is wanted of the body of an answer."""

    most_bytes: int
    into: BinaryIO | None
    unread: Collection[int]


class Transport:
    """Requests to indexes and their file hosts. An async context manager."""

    def __init__(
        self,
        credentials: Credentials,
        limits: Limits,
        *,
        allow_address: AddressGuard | None = None,
        unverified: Collection[Origin] = (),
        environment: Mapping[str, str],
        count: Callable[[int, int], None] = lambda requests, received: None,  # noqa: ARG005
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`unverified`: origins whose certificate is not checked. A guard excludes proxies.

        `count` is told of each request, and of the bytes of each piece received.
        """
        self._credentials = credentials
        self._limits = limits
        self._guard = allow_address
        self._unverified = unverified
        self._environment = environment
        self._count = count
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        limits = self._limits
        connector = aiohttp.TCPConnector(
            limit=limits.connections,
            limit_per_host=limits.connections_per_host,
            resolver=None if self._guard is None else GuardedResolver(self._guard),
        )
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=limits.connect_seconds, sock_read=limits.idle_seconds
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "thoth"},
            read_bufsize=_READ_BUFFER,
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

    def shown(self, url: str) -> str:
        """Return the URL as it may be shown: no credentials, no query, only printable text."""
        return clean_text(public_url(self._credentials.conceal(url).partition("?")[0]))[:500]

    async def get(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        accepted: Collection[int] = (200,),
        most_bytes: int,
        into: BinaryIO | None = None,
        unread: Collection[int] = (),
    ) -> Answer:
        """Return the response, whose status is one of `accepted`.

        The body goes to `into` when given, which is emptied before each attempt; bodies of
        answers with a status in `unread` are left alone. Raises IndexFailure when there is no
        such response within the limits.
        """
        limits = self._limits
        seconds = limits.request_seconds if into is None else limits.file_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._try(url, headers, accepted, _Body(most_bytes, into, unread))
        except TimeoutError as error:
            raise IndexFailure(
                f"{self.shown(url)}: no complete answer within {seconds:g} seconds",
                hint="the index is slow or overloaded; run again, what was read is kept",
            ) from error

    async def _try(
        self,
        url: str,
        headers: Mapping[str, str],
        accepted: Collection[int],
        wanted: _Body,
    ) -> Answer:
        """Make attempts until one gives an answer that another attempt would not change."""
        limits = self._limits
        for attempt in range(1, limits.attempts + 1):
            wait = limits.first_wait_seconds * 2 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311
            if wanted.into is not None:
                wanted.into.seek(0)
                wanted.into.truncate()
            try:
                answer = await self._follow(url, headers, wanted)
            except IndexFailure:
                raise
            except (aiohttp.ClientError, TimeoutError, OSError, zlib.error) as error:
                failure = _failure(self.shown(url), error)
                REQUESTS.add("failed")
                if not _may_pass(error):
                    raise failure from error
                cause: BaseException | None = error
            else:
                if answer.status in accepted:
                    return answer
                failure = _refusal(self.shown(url), answer.status)
                if answer.status not in _TRIED_AGAIN:
                    raise failure
                cause = None
                wait = max(wait, _retry_after(answer.headers))
                if wait > limits.retry_after_seconds:
                    raise IndexFailure(
                        f"{failure} and asks to wait {wait:.0f} seconds",
                        hint="run again later; what was read is kept",
                    )
            if attempt == limits.attempts:
                raise failure from cause
            await self._sleep(wait)
        raise AssertionError  # pragma: no cover - Limits.attempts is at least 1

    async def _follow(self, url: str, headers: Mapping[str, str], wanted: _Body) -> Answer:
        """Make one attempt, through its redirects. Credentials are chosen anew for each hop."""
        for _ in range(self._limits.redirects + 1):
            answer = await self._request(url, headers, wanted)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or location is None:
                return answer
            target = urljoin(url, location)
            try:
                scheme = origin_of(target)[0]
            except ValueError:
                raise IndexFailure(
                    f"{self.shown(url)}: redirects to no http or https URL"
                ) from None
            if scheme == "http" and url.startswith("https:"):
                raise IndexFailure(
                    f"{self.shown(url)}: redirects from https to http: {self.shown(target)}"
                )
            url = target
        raise IndexFailure(f"{self.shown(url)}: more than {self._limits.redirects} redirects")

    async def _request(self, url: str, headers: Mapping[str, str], wanted: _Body) -> Answer:
        if self._session is None:
            raise RuntimeError("the transport is used outside its `async with`")
        origin = origin_of(url)
        current_url.set(self.shown(url))
        if self._guard is not None:
            check_literal(self._guard, self.shown(url), origin[1])
        self._count(1, 0)
        sent = dict(headers)
        sent.setdefault("Accept-Encoding", "gzip")
        authorization = self._credentials.authorization(url)
        if authorization is not None:
            sent["Authorization"] = authorization
        request = self._session.get(
            URL(url, encoded=True),
            headers=sent,
            allow_redirects=False,
            proxy=None if self._guard is not None else proxy_for(url, self._environment),
            ssl=origin not in self._unverified,
        )
        async with request as response:
            status = response.status
            REQUESTS.add(outcome_of(status))
            if status in _REDIRECTS or status >= 400 or status in wanted.unread:
                return Answer(status, response.headers, b"", url)
            body = await self._read(response, url, wanted.most_bytes, wanted.into)
            return Answer(status, response.headers, body, url)

    async def _read(
        self, response: aiohttp.ClientResponse, url: str, most_bytes: int, into: BinaryIO | None
    ) -> bytes:
        """Return the decompressed body, or write it to `into`."""
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise IndexFailure(
                f"{self.shown(url)}: unknown content encoding: {clean_text(encoding)!r}"
            )
        too_large = IndexFailure(
            f"{self.shown(url)}: larger than the limit of {most_bytes >> 20 or 1} MiB",
            hint="the index is broken or hostile; ask who runs it",
        )
        if (response.content_length or 0) > most_bytes:
            raise too_large
        decompress = zlib.decompressobj(wbits=31) if encoding.endswith("gzip") else None
        pieces = []
        size = 0
        async for piece in response.content.iter_any():
            self._count(0, len(piece))
            if decompress is not None:
                piece = decompress.decompress(piece, most_bytes - size + 1)  # noqa: PLW2901
            size += len(piece)
            if size > most_bytes:
                raise too_large
            if into is None:
                pieces.append(piece)
            else:
                _keep(into, piece)
        if decompress is not None and not decompress.eof and size:
            raise aiohttp.ClientPayloadError("compressed body is cut off")
        return b"".join(pieces)


def _keep(into: BinaryIO, piece: bytes) -> None:
    try:
        into.write(piece)
    except OSError as error:
        raise IndexFailure(
            f"a file cannot be kept for reading: {(error.strerror or str(error)).lower()}",
            hint="make room in the folder for temporary files, or name another with TMPDIR",
        ) from error


def _may_pass(error: Exception) -> bool:
    """Return whether another attempt could end otherwise."""
    return not isinstance(
        error,
        (aiohttp.ClientSSLError, ssl.SSLError, aiohttp.InvalidURL, aiohttp.ClientResponseError),
    ) and not isinstance(getattr(error, "os_error", None), IndexFailure)


def _failure(place: str, error: Exception) -> IndexFailure:
    cause = getattr(error, "os_error", None)
    if isinstance(cause, IndexFailure):
        return cause
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        return IndexFailure(
            f"{place}: the certificate cannot be trusted: {clean_text(str(error))[:300]}",
            hint="name your organisation's certificates with SSL_CERT_FILE",
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return IndexFailure(
            f"{place}: cannot be reached: {clean_text(error.strerror or str(error))[:300]}",
            hint="check the network and the URL; `--offline` answers from what was read before",
        )
    if isinstance(error, TimeoutError):
        text = "no answer in time"
    elif isinstance(error, zlib.error):
        text = f"the answer is damaged: {error}"
    else:
        text = f"the connection failed: {clean_text(str(error))[:300] or type(error).__name__}"
    return IndexFailure(f"{place}: {text}", hint="run again; what was read is kept")


def _refusal(place: str, status: int) -> IndexFailure:
    hint = "run again later; what was read is kept" if status in _TRIED_AGAIN else ""
    if status in {401, 403, 407}:
        hint = (
            "credentials come from the URL (`https://${USER}:${PASSWORD}@...`), from "
            "THOTH_INDEX_<NAME>_USERNAME and THOTH_INDEX_<NAME>_PASSWORD, or from netrc"
        )
    return IndexFailure(f"{place}: answers {status}", hint=hint)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds of a Retry-After header; 0 when there is none or it is a date."""
    value = headers.get("Retry-After", "")
    return float(value[:9]) if value.isascii() and value.isdigit() else 0

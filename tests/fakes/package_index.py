"""A package index on loopback, in a thread of its own: as rich as pypi.org, as poor as a mirror.

    with PackageIndex(profile="mirror") as index:
        index.add("flask", "3.1.0", requires=["jinja2>=3"])
        index.url          # http://127.0.0.1:PORT/simple
        index.requests     # every request so far

`behave(path, behaviour)` makes a path hostile; the behaviours are in `fakes.hostile`.
"""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import threading
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import quote

from aiohttp import web

from fakes.distributions import Distribution, make_sdist, make_wheel, normalize

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from types import TracebackType

    Behaviour = Callable[["Request", web.Response], Awaitable[web.StreamResponse]]

__all__ = ["JSON_TYPE", "Behaviour", "File", "PackageIndex", "Profile", "Request"]

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"

MetadataMode = Literal["advertised", "unadvertised", "absent"]

_FIRST_UPLOAD = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Profile:
    """What an index offers beyond the bare minimum."""

    gzip: bool
    validators: bool
    """ETag, 304 and Cache-Control."""
    core_metadata_key: bool
    metadata: MetadataMode
    """What `add` does when it is not told."""
    ranges: bool
    api_version: str


PROFILES = {
    "pypi": Profile(
        gzip=True,
        validators=True,
        core_metadata_key=True,
        metadata="advertised",
        ranges=True,
        api_version="1.4",
    ),
    "mirror": Profile(
        gzip=False,
        validators=False,
        core_metadata_key=False,
        metadata="unadvertised",
        ranges=True,
        api_version="1.1",
    ),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the index saw it."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    raw: web.Request = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a project page."""

    distribution: Distribution
    requires_python: str | None
    yanked: str | None
    upload_time: datetime | None
    metadata: MetadataMode
    provenance: str | None = None
    """Where its attestations are (PEP 740)."""


class PackageIndex:
    """A package index that serves what `add` was told. A context manager; start and stop block."""

    def __init__(
        self,
        *,
        profile: Literal["pypi", "mirror"] | Profile = "pypi",
        formats: Sequence[Literal["json", "html"]] = ("json", "html"),
        credentials: tuple[str, str] | None = None,
        relative_urls: bool = False,
        files_from: PackageIndex | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`files_from`: pages name that index as the host of the files (as pypi.org does)."""
        self.profile = PROFILES[profile] if isinstance(profile, str) else profile
        self.requests: list[Request] = []
        self._formats = formats
        self._credentials = credentials
        self._relative_urls = relative_urls
        self._files_from = files_from
        self._tls = tls
        self._projects: dict[str, list[File]] = {}
        self._statuses: dict[str, tuple[str, str | None]] = {}
        self._files: dict[str, File] = {}
        self._behaviours: dict[str, Behaviour] = {}
        self._added = 0
        self._port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    # What it serves

    def add(
        self,
        name: str,
        version: str,
        *,
        requires: Iterable[str] = (),
        requires_python: str | None = None,
        extras: Iterable[str] | None = None,
        wheels: Iterable[str] = ("py3-none-any",),
        sdist: Literal["none", "static", "dynamic", "old"] = "none",
        yanked: str | None = None,
        upload_time: datetime | None = None,
        metadata: MetadataMode | None = None,
        sdist_metadata: MetadataMode = "absent",
    ) -> tuple[File, ...]:
        """Add a release: one wheel for each tag of `wheels`, and an sdist of the given kind.

        `upload_time` None: one minute after the release added before. `metadata` says whether the
        wheels' `.metadata` is served and advertised (PEP 658); None: as the profile does.
        """
        requires = tuple(requires)
        self._added += 1
        distributions = [
            make_wheel(
                name,
                version,
                tag=tag,
                requires=requires,
                requires_python=requires_python,
                extras=extras,
            )
            for tag in wheels
        ]
        if sdist != "none":
            distributions.append(
                make_sdist(
                    name,
                    version,
                    kind=sdist,
                    requires=requires,
                    requires_python=requires_python,
                    extras=extras,
                )
            )
        return tuple(
            self.add_file(
                name,
                distribution,
                requires_python=requires_python,
                yanked=yanked,
                upload_time=upload_time or _FIRST_UPLOAD + timedelta(minutes=self._added),
                metadata=(
                    (metadata or self.profile.metadata)
                    if distribution.filename.endswith(".whl")
                    else sdist_metadata
                ),
            )
            for distribution in distributions
        )

    def add_file(
        self,
        name: str,
        distribution: Distribution,
        *,
        requires_python: str | None = None,
        yanked: str | None = None,
        upload_time: datetime | None = None,
        metadata: MetadataMode = "absent",
        provenance: str | None = None,
    ) -> File:
        """Add one file as it is, whatever is in it."""
        file = File(distribution, requires_python, yanked, upload_time, metadata, provenance)
        self._projects.setdefault(normalize(name), []).append(file)
        self._files[distribution.filename] = file
        return file

    def add_project(self, name: str) -> None:
        """Add a project without files."""
        self._projects.setdefault(normalize(name), [])

    def remove(self, name: str) -> None:
        """Forget a project; its files stay."""
        del self._projects[normalize(name)]

    def set_status(self, name: str, status: str, reason: str | None = None) -> None:
        """Set the PEP 792 status of a project: `archived`, `quarantined`, `deprecated`."""
        self._statuses[normalize(name)] = (status, reason)

    def behave(self, path: str, behaviour: Behaviour | None) -> None:
        """Let `behaviour` answer requests for exactly this path; None: as usual again."""
        if behaviour is None:
            self._behaviours.pop(path, None)
        else:
            self._behaviours[path] = behaviour

    # Where it is and what it saw

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`, or https with `tls`."""
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The simple API, without a slash at the end."""
        return f"{self.origin}/simple"

    @property
    def links_url(self) -> str:
        """The page of links to everything it has."""
        return f"{self.origin}/links.html"

    def page_path(self, name: str) -> str:
        """Return the path of a project page."""
        return f"/simple/{normalize(name)}/"

    def file_path(self, filename: str) -> str:
        """Return the path of a file; append `.metadata` for its metadata."""
        return f"/files/{quote(filename)}"

    def file_url(self, filename: str) -> str:
        """Return the absolute URL of a file, as pages give it."""
        return (self._files_from or self).origin + self.file_path(filename)

    def count(self, part: str = "") -> int:
        """Return how many requests had `part` in their path."""
        return sum(part in request.path for request in self.requests)

    def paths(self) -> list[str]:
        """Return the paths asked for, in order."""
        return [request.path for request in self.requests]

    # Running

    def __enter__(self) -> Self:
        started = threading.Event()
        failures: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._serve(started))
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                failures.append(error)
            finally:
                started.set()

        self._thread = threading.Thread(target=run, name="package-index", daemon=True)
        self._thread.start()
        started.wait()
        if failures:
            raise failures[0]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._loop and self._stop and self._thread:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    async def _serve(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(
            application,
            access_log=None,
            shutdown_timeout=0,
            handle_signals=False,
            handler_cancellation=True,
        )
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        self._port = runner.addresses[0][1]
        started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _handle(self, raw: web.Request) -> web.StreamResponse:
        headers = {key.lower(): value for key, value in raw.headers.items()}
        request = Request(raw.method, raw.path, headers, raw)
        self.requests.append(request)
        response = self._answer(request)
        behaviour = self._behaviours.get(raw.path)
        return response if behaviour is None else await behaviour(request, response)

    # Answering

    def _answer(self, request: Request) -> web.Response:
        if self._credentials and not self._is_authorized(request):
            return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
        match request.path.strip("/").split("/"):
            case ["simple"]:
                return self._project_list(request)
            case ["simple", name] if name != normalize(name) or not request.path.endswith("/"):
                return web.Response(status=301, headers={"Location": self.page_path(name)})
            case ["simple", name] if name in self._projects:
                return self._project_page(request, name)
            case ["pypi", name, "json"] if normalize(name) in self._projects:
                return web.json_response(self._legacy_json(normalize(name)))
            case ["links.html"]:
                return self._page(request, self.links_html(), "text/html")
            case ["files", filename]:
                return self._file(request, filename)
        return web.Response(status=404)

    def _is_authorized(self, request: Request) -> bool:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        return scheme == "Basic" and b64decode(encoded).decode() == ":".join(
            self._credentials or ()
        )

    def _wants_json(self, request: Request) -> bool:
        return "json" in self._formats and (
            JSON_TYPE in request.headers.get("accept", "") or "html" not in self._formats
        )

    def _project_list(self, request: Request) -> web.Response:
        if self._wants_json(request):
            meta = {"api-version": self.profile.api_version}
            projects = [{"name": name} for name in self._projects]
            return self._page(request, json.dumps({"meta": meta, "projects": projects}), JSON_TYPE)
        anchors = "".join(f'<a href="/simple/{name}/">{name}</a>\n' for name in self._projects)
        return self._page(request, f"<!DOCTYPE html><body>{anchors}</body>", HTML_TYPE)

    def _project_page(self, request: Request, name: str) -> web.Response:
        if self._wants_json(request):
            return self._page(request, json.dumps(self.page_json(name)), JSON_TYPE)
        return self._page(request, self.page_html(name), HTML_TYPE)

    def page_json(self, name: str) -> dict[str, object]:
        """Return the PEP 691 document of a project."""
        name = normalize(name)
        files = self._projects[name]
        page: dict[str, object] = {
            "meta": {"api-version": self.profile.api_version, "_last-serial": str(self._added)},
            "name": name,
            "versions": sorted({_version_of(file) for file in files}),
            "files": [self._file_json(file) for file in files],
        }
        if name in self._statuses:
            status, reason = self._statuses[name]
            page["project-status"] = {"status": status} | ({"reason": reason} if reason else {})
        return page

    def _file_json(self, file: File) -> dict[str, object]:
        distribution = file.distribution
        entry: dict[str, object] = {
            "filename": distribution.filename,
            "url": self._listed_url(distribution.filename),
            "hashes": {"sha256": distribution.sha256},
            "requires-python": file.requires_python,
            "size": len(distribution.content),
            "yanked": False if file.yanked is None else file.yanked or True,
        }
        if file.upload_time is not None:
            entry["upload-time"] = file.upload_time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if self.profile.core_metadata_key:
            advertised = file.metadata == "advertised" and {"sha256": distribution.metadata_sha256}
            entry["core-metadata"] = advertised
            entry["data-dist-info-metadata"] = advertised
        if file.provenance is not None:
            entry["provenance"] = file.provenance
        return entry

    def page_html(self, name: str) -> str:
        """Return the PEP 503 document of a project."""
        anchors = []
        for file in self._projects[normalize(name)]:
            distribution = file.distribution
            attributes = {
                "href": f"{self._listed_url(distribution.filename)}#sha256={distribution.sha256}"
            }
            if file.requires_python is not None:
                attributes["data-requires-python"] = file.requires_python
            if file.yanked is not None:
                attributes["data-yanked"] = file.yanked
            if self.profile.core_metadata_key and file.metadata == "advertised":
                attributes["data-core-metadata"] = f"sha256={distribution.metadata_sha256}"
            rendered = " ".join(f'{key}="{html.escape(attributes[key])}"' for key in attributes)
            anchors.append(f"<a {rendered}>{html.escape(distribution.filename)}</a><br>\n")
        version = self.profile.api_version
        head = f'<meta name="pypi:repository-version" content="{version}">'
        return f"<!DOCTYPE html><html><head>{head}</head><body>\n{''.join(anchors)}</body></html>"

    def links_html(self) -> str:
        """Return one page with links to all files, as `--find-links` takes it."""
        return "\n".join(self.page_html(name) for name in self._projects)

    def _listed_url(self, filename: str) -> str:
        if self._relative_urls:
            return f"../..{self.file_path(filename)}"
        return self.file_url(filename)

    def _legacy_json(self, name: str) -> dict[str, object]:
        releases: dict[str, list[dict[str, object]]] = {}
        for file in self._projects[name]:
            distribution = file.distribution
            releases.setdefault(_version_of(file), []).append(
                {
                    "filename": distribution.filename,
                    "url": self.file_url(distribution.filename),
                    "digests": {"sha256": distribution.sha256},
                    "yanked": file.yanked is not None,
                    "yanked_reason": file.yanked or None,
                    "requires_python": file.requires_python,
                }
            )
        latest = next(reversed(releases), None)
        return {
            "info": {"name": name, "version": latest, "requires_dist": None},
            "releases": releases,
            "urls": releases.get(latest or "", []),
            "vulnerabilities": [],
            "last_serial": self._added,
        }

    def _page(self, request: Request, text: str, content_type: str) -> web.Response:
        body = text.encode()
        headers = {"Content-Type": content_type}
        if self.profile.validators:
            etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            headers |= {"ETag": etag, "Cache-Control": "max-age=600, public", "Vary": "Accept"}
            if request.headers.get("if-none-match") == etag:
                return web.Response(status=304, headers=headers)
        response = web.Response(body=body, headers=headers)
        if self.profile.gzip:
            response.enable_compression()
        return response

    def _file(self, request: Request, filename: str) -> web.Response:
        file = self._files.get(filename)
        if file is None:
            file = self._files.get(filename.removesuffix(".metadata"))
            if file is None or file.metadata == "absent":
                return web.Response(status=404)
            return web.Response(body=file.distribution.metadata)
        content = file.distribution.content
        headers = {"Content-Type": "application/octet-stream"}
        if self.profile.ranges:
            headers["Accept-Ranges"] = "bytes"
            asked = request.headers.get("range")
            if asked is not None:
                return _ranged(content, asked, headers)
        return web.Response(body=content, headers=headers)


def _ranged(content: bytes, asked: str, headers: dict[str, str]) -> web.Response:
    first, _, last = asked.removeprefix("bytes=").partition("-")
    if first:
        start, end = int(first), min(int(last) if last else len(content) - 1, len(content) - 1)
    else:
        start, end = max(len(content) - int(last), 0), len(content) - 1
    if start > end:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return web.Response(status=206, body=content[start : end + 1], headers=headers)


def _version_of(file: File) -> str:
    filename = file.distribution.filename
    if filename.endswith(".whl"):
        return filename.split("-")[1]
    return filename.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2]

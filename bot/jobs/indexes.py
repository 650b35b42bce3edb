"""Which package indexes the App asks: those that its operator allowed, whatever a manifest says.

A manifest is anybody's text, and the App runs inside somebody's network. So names are checked before
anything is asked, and addresses at the moment of connecting (`advisor_core.index.addresses`): a name
that resolves to something else between check and use gains nothing. Credentials are the operator's
and go with the operator's URLs; none are taken from the environment for a name that a manifest chose.
"""

from __future__ import annotations

import ipaddress
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from advisor_core.errors import Fault, InputError
from advisor_core.index.access import DEFAULT_INDEX_URL
from advisor_core.index.addresses import AddressRefusedError
from advisor_core.index.cache import Cache
from advisor_core.index.client import IndexClient
from advisor_core.index.drive_online import OnlineAccess
from advisor_core.index.sources import public_url, spelled_url
from advisor_core.model import IndexSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from advisor_core.locking import IndexAccess
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest
    from bot.settings import Settings

__all__ = ["SETTING", "IndexPolicy"]

SETTING = "THOTH_ALLOWED_INDEXES"

_HINT = f"ask who runs this App to add it to {SETTING}, or take it out of the manifest"

_PORTS = {"http": 80, "https": 443}

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that stand for IPv4 ones: https://www.rfc-editor.org/rfc/rfc6052#section-2.1"""


@dataclass(frozen=True, slots=True)
class IndexPolicy:
    """What the operator allowed."""

    urls: dict[str, str]
    """Index as it may be shown -> as it is asked, with the operator's credentials."""
    default: str
    """Asked when a manifest names none, and in the place of pypi.org."""
    hosts: frozenset[tuple[str, int | None]]
    """Host and port that may be at any address; port None: all of them."""
    credentials: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    """User and password by origin, of the repository at hand."""

    @classmethod
    def of(cls, settings: Settings) -> IndexPolicy:
        """Return what the settings allow."""
        indexes = [settings.index_url, *(url for url in settings.allowed_indexes if "://" in url)]
        named = [entry for entry in settings.allowed_indexes if "://" not in entry]
        # The public index is no place inside anybody's network, however it resolves.
        trusted = [url for url in indexes if url != DEFAULT_INDEX_URL]
        hosts = {_place(url) for url in trusted}
        for entry in named:
            host, _, port = entry.lower().partition(":")
            hosts.add((host, int(port) if port else None))
        hosts |= {_place(url) for url in settings.mirrors.values()}
        asked = {spelled_url(url): url for url in indexes} | dict(settings.mirrors)
        return cls(asked, asked[spelled_url(settings.index_url)], frozenset(hosts))

    @property
    def further(self) -> dict[str, str]:
        """The indexes besides the default one: as it is shown to as it is asked."""
        return {shown: url for shown, url in self.urls.items() if url != self.default}

    def sources(self, manifest: Manifest) -> tuple[IndexSource, ...]:
        """Return the indexes to ask for a manifest. Raises InputError naming those not allowed."""
        if not manifest.sources:
            kept = self._with_credentials(self.default)
            return (IndexSource("pypi", kept or self.default, private=kept is not None),)
        sources = []
        faults = []
        for source in manifest.sources:
            if source.is_folder:  # of the repository itself: no index is asked
                sources.append(source)
                continue
            spelled = spelled_url(source.url)
            url = self.urls.get(spelled)
            if url is None and spelled == DEFAULT_INDEX_URL and not source.flat:
                url = self.default
            if url is None:
                shown = public_url(source.url).partition("?")[0][:200]
                faults.append(
                    Fault(
                        manifest.path, f"names an index that this App may not ask: {shown!r}", _HINT
                    )
                )
            else:
                # A certificate that is not checked would let others fill the cache that all share.
                kept = self._with_credentials(url)
                sources.append(
                    replace(source, url=kept or url, verify_ssl=True, private=kept is not None)
                )
        if faults:
            raise InputError(tuple(faults))
        return tuple(sources)

    def _with_credentials(self, url: str) -> str | None:
        """Return the URL with the credentials kept for its origin; None: none are, or it has its own."""
        scheme, _, rest = url.partition("://")
        if "@" in rest.partition("/")[0] or not self.credentials:
            return None
        host, port = _place(url)
        named = f"[{host}]" if ":" in host else host
        default = port == _PORTS.get(scheme.lower())
        origin = f"{scheme.lower()}://{named}" + ("" if default else f":{port}")
        if origin not in self.credentials:
            return None
        user, password = self.credentials[origin]
        return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"

    def tool_refusal(self, manifest: Manifest) -> str | None:
        """Return why a project's own tool may not write its lockfile, None when it may.

        A tool asks what the project names, or PyPI, without credentials: so it is run only where that is
        what this App would ask.
        """
        named = manifest.sources or (IndexSource("pypi", DEFAULT_INDEX_URL),)
        for source, asked in zip(named, self.sources(manifest), strict=False):
            if source.is_folder:
                return "it would need the files of a folder"
            if public_url(asked.url) != asked.url.rstrip("/"):
                return "it would need credentials of this App"
            if spelled_url(source.url) != spelled_url(asked.url):
                return "this App asks another index than PyPI"
        return None

    def refuse(self, url: str, address: str) -> str | None:
        """Return why an address may not be connected to, None when it may. An `AddressGuard`."""
        host, port = _place(url)
        if (host, port) in self.hosts or (host, None) in self.hosts:
            return None
        if _is_public(address):
            return None
        return f"it is inside a private network, and {host!r} is not in {SETTING}"

    @contextmanager
    def open_access(
        self,
        manifest: Manifest,
        *,
        pins: dict[str, str],
        cache_folder: Path,
        files: Files | None = None,
    ) -> Iterator[IndexAccess]:
        """Open the indexes of a manifest. `files`: of the repository, for folders that it names.

        Raises InputError for what the policy forbids, also when it shows only at a redirect.
        """
        with self.open_sources(
            self.sources(manifest), manifest, pins=pins, cache_folder=cache_folder, files=files
        ) as access:
            yield access

    @contextmanager
    def open_sources(
        self,
        sources: tuple[IndexSource, ...],
        manifest: Manifest,
        *,
        pins: dict[str, str],
        cache_folder: Path,
        files: Files | None = None,
    ) -> Iterator[IndexAccess]:
        """Open some of the indexes that `sources` returned for a manifest. Raises as `open_access`."""
        cache = Cache(cache_folder)

        def open_client() -> IndexClient:
            return IndexClient(
                sources, cache, pins, allow_address=self.refuse, environment={}, files=files
            )

        try:
            with OnlineAccess(open_client) as access:
                yield access
        except AddressRefusedError as error:
            raise InputError.single(manifest.path, str(error), hint=_HINT) from error


def _place(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)


def _is_public(text: str) -> bool:
    """Return whether an address belongs to the public internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inner = address.teredo[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast

"""Which credentials go to which origin, and what `${NAME}` in an index URL stands for.

Credentials belong to an origin (scheme, host, port) and are sent to no other, whatever a page or a
redirect says. They come from the URL of the index (`https://${USER}:${PASSWORD}@host/simple`), else
from THOTH_INDEX_<NAME>_USERNAME and THOTH_INDEX_<NAME>_PASSWORD, else from netrc. What `${NAME}`
stands for is put in when a request is made and nowhere else: not in texts, not in the cache.
"""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from advisor_core.errors import Fault, InputError
from advisor_core.index.identity import VARIABLE
from advisor_core.index.sources import public_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.model import IndexSource

__all__ = ["Credentials", "Origin", "origin_of"]

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port."""

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> Origin:
    """Return the origin of an absolute URL. Raises ValueError when it has none."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("not an http or https URL")
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]


class Credentials:
    """The `Authorization` header of each origin, and the real URL of each index."""

    def __init__(self, sources: Iterable[IndexSource], environment: Mapping[str, str]) -> None:
        """Read the variables that the sources name. Raises InputError naming each one not set."""
        self._environment = environment
        self._basic: dict[Origin, str] = {}
        self._urls: dict[str, str] = {}
        self._variables: dict[Origin, set[str]] = {}
        faults: list[Fault] = []
        for source in (each for each in sources if not each.is_folder):
            try:
                self._add(source)
            except (KeyError, ValueError) as error:
                faults.append(_fault(source, error))
        if faults:
            raise InputError(tuple(faults))
        self.concealing = any(self._variables.values())
        """Whether `conceal` ever changes anything."""
        self._netrc = _read_netrc(environment)

    def request_url(self, source: IndexSource) -> str:
        """Return the URL to ask, without user and password, with its variables put in."""
        return self._urls[source.name]

    def expand(self, url: str) -> str:
        """Put in the variables that an index at the URL's own origin names, and no others."""
        if "${" not in url:
            return url
        known = self._variables.get(origin_of(url), set())
        return VARIABLE.sub(
            lambda found: self._environment[found[1]] if found[1] in known else found[0], url
        )

    def conceal(self, url: str) -> str:
        """Return the URL with the values that `expand` would put in replaced by their names."""
        if not self.concealing:
            return url
        scheme, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        for name in self._variables.get(origin_of(url), ()):
            path = path.replace(self._environment[name], f"${{{name}}}")
        return f"{scheme}://{host}{slash}{path}"

    def authorization(self, url: str) -> str | None:
        """Return the value of the `Authorization` header for a request to the URL, or None."""
        origin = origin_of(url)
        basic = self._basic.get(origin)
        if basic is None and origin[1] in self._netrc:
            scheme, _, port = origin
            if origin in self._variables or (scheme, port) == ("https", _PORTS["https"]):
                return self._netrc[origin[1]]
        return basic

    def _add(self, source: IndexSource) -> None:
        clean = public_url(source.url)
        url = self._substitute(clean)
        origin = origin_of(url)
        self._urls[source.name] = url
        _, _, path = clean.partition("://")[2].partition("/")
        self._variables.setdefault(origin, set()).update(
            name for name in VARIABLE.findall(path) if self._environment[name]
        )
        authority = source.url.partition("://")[2].partition("/")[0]
        userinfo = authority.rpartition("@")[0]
        prefix = "THOTH_INDEX_" + re.sub(r"[^A-Za-z0-9]", "_", source.name).upper()
        if userinfo:
            user, _, password = userinfo.partition(":")
            user = unquote(self._substitute(user))
            password = unquote(self._substitute(password))
        else:
            user = self._environment.get(f"{prefix}_USERNAME", "")
            password = self._environment.get(f"{prefix}_PASSWORD", "")
        if user or password:
            self._basic.setdefault(origin, _basic(user, password))

    def _substitute(self, text: str) -> str:
        return VARIABLE.sub(lambda found: self._environment[found[1]], text)


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _fault(source: IndexSource, error: KeyError | ValueError) -> Fault:
    if isinstance(error, KeyError):
        message = f"environment variable is not set: {error.args[0]!r}"
        return Fault(f"index {source.name}", message, "set it, or take it out of the index URL")
    return Fault(f"index {source.name}", f"not an http or https URL: {public_url(source.url)!r}")


def _read_netrc(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the `Authorization` values by host. A missing or malformed file has none."""
    named = environment.get("NETRC")
    home = environment.get("HOME")
    path = Path(named) if named else Path(home, ".netrc") if home else None
    if path is None or not path.is_file():
        return {}
    from netrc import NetrcParseError, netrc  # noqa: PLC0415 - few machines have the file

    try:
        hosts = netrc(str(path)).hosts
    except (NetrcParseError, OSError, UnicodeDecodeError):
        return {}
    return {
        host.lower(): _basic(login or "", password or "")
        for host, (login, _, password) in hosts.items()
        if host != "default"
    }

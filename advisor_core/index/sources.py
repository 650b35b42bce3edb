"""Package indexes as the client knows them: which there are, which one a package comes from.

Performs no I/O and reads no environment variables: `credentials` does, when a request is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import Fault, InputError
from advisor_core.model import IndexSource, Skipped
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["DEFAULT_SOURCE", "Sources", "absence", "public_url", "spelled_url"]

DEFAULT_SOURCE = IndexSource("pypi", "https://pypi.org/simple")


class Sources:
    """The indexes in their order, and the packages that must come from one of them.

    The first index that has a name wins; a pinned package is asked for at its own index only. So
    nobody can slip in a package by publishing its name on an index that comes later (dependency
    confusion), or on any other index when it is pinned. An explicit index has pinned packages only.
    Pages and folders of links are sources like the others: manifests name them before the indexes.
    """

    def __init__(self, sources: Iterable[IndexSource], pins: Mapping[str, str]) -> None:
        """`pins`: package to name of its source. Raises InputError on a name that is no source."""
        self.all = tuple(sources) or (DEFAULT_SOURCE,)
        by_name = {source.name: source for source in self.all}
        faults = [
            Fault(
                f"index {source.name}",
                f"not an http or https URL without query: {_without_query(source.url)!r}",
                "keep the scheme in the text, a variable may stand for the rest: `https://${NAME}`"
                if source.url.startswith("$")
                else "",
            )
            for source in self.all
            if not source.is_folder
            and (not source.url.startswith(("https://", "http://")) or "?" in source.url)
        ]
        faults += [
            Fault(package, f"no index has this name: {name!r}", f"known: {', '.join(by_name)}")
            for package, name in pins.items()
            if name not in by_name
        ]
        if faults:
            raise InputError(tuple(faults))
        self._searched = tuple(each for each in self.all if not each.explicit)
        self._pinned = {normalize_name(package): by_name[name] for package, name in pins.items()}

    def of(self, name: str) -> Sequence[IndexSource]:
        """Return the sources to ask for a package, in their order."""
        pinned = self._pinned.get(name)
        return self._searched if pinned is None else (pinned,)


def _without_query(url: str) -> str:
    return public_url(url.partition("?")[0])


def absence(asked: Iterable[IndexSource], name: str) -> Skipped:
    """Return the reason why there is no such project."""
    return Skipped(f"no index has {name}; asked: {', '.join(public_url(s.url) for s in asked)}")


def public_url(url: str) -> str:
    """Return the URL as it may be shown and stored: no user, no password, no slash at the end."""
    scheme, separator, rest = url.partition("#")[0].partition("://")
    authority, slash, path = rest.partition("/")
    host = authority.rpartition("@")[2]
    return f"{scheme}{separator}{host}{slash}{path}".rstrip("/")


def spelled_url(url: str) -> str:
    """Return a URL without credentials, scheme and host in lower case, no slash at the end."""
    scheme, separator, rest = public_url(url).partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{separator}{host.lower()}{slash}{path}".rstrip("/")

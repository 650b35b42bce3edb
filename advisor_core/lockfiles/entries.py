"""What a lockfile says of each package, with the line where it says so.

`formats.read_lock` tells versions only, which is what a difference needs. Who checks a lockfile needs
its hashes, markers and indexes too. Example: `a==1 --hash=sha256:00` on line 3 of a requirements file
is the entry of `a` at `requirements.txt:3` with that hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.model import Origin

__all__ = ["EntryReader", "LockedEntry", "LockedFile", "LockedSource", "Said"]


@dataclass(frozen=True, slots=True)
class LockedEntry:
    """One package as a lockfile pins it."""

    name: str
    """PEP 503 normalized."""
    version: str | None
    """PEP 440 normalized. None: not pinned (`free`), or from version control, a path or a URL."""
    origin: Origin
    categories: tuple[str, ...] = ("default",)
    hashes: tuple[str, ...] = ()
    """`sha256:...` of the files that may be installed."""
    marker: str | None = None
    """Where it is installed; None: everywhere."""
    index: str | None = None
    """Name or URL of the index that the lockfile says it comes from."""
    urls: tuple[str, ...] = ()
    """Addresses of its files, when the lockfile gives them."""
    free: bool = False
    """Whether any version of an index would be installed."""


@dataclass(frozen=True, slots=True)
class LockedSource:
    """An index that a lockfile names."""

    url: str
    origin: Origin
    name: str | None = None
    verify_ssl: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """One value of a lockfile, with its place."""

    value: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A lockfile read whole."""

    path: str
    entries: tuple[LockedEntry, ...]
    sources: tuple[LockedSource, ...] = ()
    manifest_hash: Said | None = None
    """Of the Pipfile that it was made from; other formats have none."""
    requires_python: Said | None = None
    one_category: bool = False
    """Whether the format puts all categories together."""
    universal: bool = False
    """Whether it is for every platform, so that an environment installs only what leads to it."""


class EntryReader(Protocol):
    """Reads the entries of a lockfile of one format, whose versions were read before."""

    def __call__(self, data: bytes, path: str) -> LockedFile:
        """Return what it says. Raises InputError when it cannot be parsed."""

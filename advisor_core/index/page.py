"""A project page of the simple repository API as values, whatever its format was. Performs no I/O.

A page lists the files of one project. `page_json` reads PEP 691, `page_html` reads PEP 503; what
both agree on is here.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

__all__ = [
    "MAXIMUM_FILES",
    "Page",
    "PageError",
    "PageFile",
    "check_api_version",
    "clean_text",
    "epoch_seconds",
]

MAXIMUM_FILES = 500_000
"""Files of one page. The largest project of pypi.org has about 30,000; a page past this bound is
refused as a whole, because a silently shortened page would change answers."""

_SUPPORTED_MAJOR_VERSION = "1"

_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")


class PageError(ValueError):
    """The body is not a project page: cut off, of wrong types, or of an unknown API version."""


class PageFile(NamedTuple):
    """One file of a page (PEP 691 `files[]`)."""

    filename: str
    url: str
    """As written: absolute, or relative to the page; without its fragment."""
    hashes: str
    """`sha256=HEX`, several joined by `,`, lower case; empty when the page gives none."""
    size: int | None
    requires_python: str | None
    yanked: str | None
    """None: not yanked. Else the reason, possibly empty."""
    upload_time: int | None
    """Seconds since the epoch."""
    metadata: str | bool | None
    """As `Artifact.metadata`: PEP 658 and PEP 714."""


class Page(NamedTuple):
    """One project as an index lists it."""

    name: str | None
    """As the page says; HTML pages do not say."""
    files: list[PageFile]
    status: str
    """PEP 792: `active`, `archived`, `quarantined` or `deprecated`."""


def check_api_version(version: str) -> None:
    """Raise PageError unless the repository version is 1.x (PEP 629)."""
    if version.partition(".")[0] != _SUPPORTED_MAJOR_VERSION:
        shown = clean_text(version)[:20]
        raise PageError(f"version of the repository API is not 1.x: {shown!r}")


def clean_text(text: str) -> str:
    """Return the text with control characters and line breaks as blanks, valid as UTF-8."""
    if text.isprintable():
        return text
    return text.translate(_CONTROLS).encode("utf-8", "replace").decode("utf-8")


def epoch_seconds(text: str) -> int | None:
    """Return the seconds since the epoch of an ISO 8601 time; one of unknown form is unknown."""
    try:
        moment = datetime.fromisoformat(text)
        return int(moment.timestamp()) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None

"""Mirrors of indexes: who is asked in the place of an index that a lockfile goes on to name.

    THOTH_INDEX_MIRRORS="https://pypi.org/simple=https://mirror.example/pypi/simple"

Performs no I/O and reads no environment variables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.index.sources import public_url, spelled_url
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.model import IndexSource

__all__ = ["MIRRORS", "mirrored", "read_mirrors"]

MIRRORS = "THOTH_INDEX_MIRRORS"
"""The environment variable that declares mirrors."""


def read_mirrors(text: str) -> dict[str, str]:
    """Return the mirror of each index, by the index's URL as `spelled_url` spells it.

    `text`: `INDEX=MIRROR` pairs, apart by commas or white space; a mirror may hold credentials. Raises
    InputError that shows none.
    """
    found: dict[str, str] = {}
    for number, pair in enumerate(filter(None, re.split(r"[,\s]+", text)), start=1):
        index, _, mirror = pair.partition("=")
        if not all(re.match(r"https?://[^/?]+", url) and "?" not in url for url in (index, mirror)):
            raise InputError.single(
                MIRRORS,
                f"entry {number} is not an index and its mirror",
                hint="write https://pypi.org/simple=https://mirror.example/simple",
            )
        if spelled_url(index) in found:
            raise InputError.single(MIRRORS, f"two mirrors of one index: {public_url(index)}")
        found[spelled_url(index)] = mirror.rstrip("/")
    return found


def mirrored(sources: Iterable[IndexSource], mirrors: Mapping[str, str]) -> tuple[IndexSource, ...]:
    """Return sources with the URL of their mirror, under their own name; pages of links have none."""
    return tuple(
        source
        if source.flat or spelled_url(source.url) not in mirrors
        else replace(source, url=mirrors[spelled_url(source.url)])
        for source in sources
    )

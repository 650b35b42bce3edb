"""Keeps answers by their ETag, so that an unchanged one costs nothing of the rate limit.

https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AnswerCache", "Cached"]

_OVERHEAD_BYTES = 1_000
"""What an entry takes besides its body: key, headers, objects."""


@dataclass(frozen=True, slots=True)
class Cached:
    """One answer of status 200."""

    etag: str
    headers: Mapping[str, str]
    body: bytes


class AnswerCache:
    """The answers used last, up to a number of bytes in all. For one event loop."""

    def __init__(self, *, most_bytes: int = 32_000_000, largest_bytes: int = 500_000) -> None:
        """`largest_bytes`: an answer larger than that is not kept, files above all."""
        self._most_bytes = most_bytes
        self._largest_bytes = largest_bytes
        self._size = 0
        self._entries: OrderedDict[str, Cached] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """What all entries take, at most `most_bytes`."""
        return self._size

    def find(self, key: str) -> Cached | None:
        """Return the answer, None when it is not kept."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def keep(self, key: str, answer: Cached) -> None:
        """Keep the answer instead of the one with that key; drop those not used for longest."""
        self.drop(key)
        if len(answer.body) > self._largest_bytes:
            return
        self._entries[key] = answer
        self._size += _size(answer)
        while self._size > self._most_bytes:
            self.drop(next(iter(self._entries)))

    def drop(self, key: str) -> None:
        """Forget the answer, if it is kept."""
        found = self._entries.pop(key, None)
        if found is not None:
            self._size -= _size(found)


def _size(answer: Cached) -> int:
    return len(answer.body) + _OVERHEAD_BYTES

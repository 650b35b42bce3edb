"""Messages between the App and the processes that compute for it: pickles behind their length.

Both ends are this program, and what foreign text says never chooses what is unpickled.
"""

from __future__ import annotations

import pickle
import struct
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.jobs.indexes import IndexPolicy

__all__ = ["Ask", "Reader", "Terms", "encode", "receive", "receive_async"]

_LENGTH = struct.Struct(">Q")

Ask = tuple[str, Any]
"""What is said, and what about.

To the process: `terms` Terms, once; `advise` (Wish or None, `Terms.reader`, credentials by origin); then,
for each `read`, `content` bytes or None, for each `list`, `content` names or None, or `error` InputError.
From it: `read` path; `list` folder; `log` (name, level,
text); `requests` how many went to indexes, by outcome; at last `done` Proposal or `failed` Exception.
"""


class Terms:
    """What a process is told when it starts."""

    def __init__(
        self,
        policy: IndexPolicy,
        cache_folder: Path,
        *,
        log_level: str,
        niceness: int,
        database_url: str | None = None,
    ) -> None:
        """`database_url`: of the knowledge base with the advisories; None: nothing is known."""
        self.policy = policy
        self.cache_folder = cache_folder
        self.database_url = database_url
        self.log_level = log_level
        self.niceness = niceness
        self.reader: tuple[int | None, int | None] | None = None
        """Installation and repository of the advice at hand; None: what everybody may know."""

    def with_credentials(self, credentials: Mapping[str, tuple[str, str]]) -> Terms:
        """Return the terms of a job that may use these, user and password by origin."""
        terms = copy(self)
        terms.policy = replace(self.policy, credentials=credentials)
        return terms


class Reader(Protocol):
    """The reading end of an asyncio stream."""

    async def readexactly(self, n: int) -> bytes:
        """Return so many bytes. Raises EOFError when the other end has gone before."""


def encode(message: Ask) -> bytes:
    """Return a message as it is sent. Raises what pickle raises for what it cannot take."""
    body = pickle.dumps(message, protocol=5)
    return _LENGTH.pack(len(body)) + body


def receive(stream: BinaryIO) -> Ask | None:
    """Return the next message; None: the other end has gone. Blocks."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return _decode(body) if len(body) == length else None


async def receive_async(stream: Reader) -> Ask:
    """Return the next message. Raises EOFError when the other end has gone."""
    (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
    return _decode(await stream.readexactly(length))


def _decode(body: bytes) -> Ask:
    message: Ask = pickle.loads(body)  # noqa: S301 - from ourselves
    return message

"""Requests as they came and answers as they go: records, bytes, and the words of failures."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MESSAGES", "NOT_JSON", "Call", "WireAnswer", "read_json", "to_bytes"]


@dataclass(slots=True)
class Call:
    """One request as the fake saw it, and what it answered."""

    number: int
    """From 1."""
    method: str
    path: str
    """Without prefix and query."""
    operation: str
    """An operation's id; empty if the route is unknown."""
    query: dict[str, str]
    body: Any
    headers: dict[str, str] = field(repr=False)
    moment: float = field(default_factory=time.monotonic, repr=False)
    """When it came in, by the machine's own clock."""
    status: int | None = None
    """None: no answer was sent (yet)."""
    done: bool = False
    """Whether the operation was carried out."""


@dataclass(slots=True)
class WireAnswer:
    """What the server does: answers, or cuts the connection, or stays silent."""

    status: int
    body: bytes
    headers: dict[str, str]
    misfortune: str | None = None
    """`timeout` or `cut`."""


NOT_JSON = object()
"""Stands for a body that cannot be read."""

MESSAGES = {
    400: "Bad Request",
    401: "Bad credentials",
    403: "Resource not accessible by integration",
    404: "Not Found",
    409: "Conflict",
    410: "Gone",
    422: "Validation Failed",
    429: "You have exceeded a secondary rate limit.",
    500: "Server Error",
    502: "Server Error",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def read_json(data: bytes) -> Any:
    """Return what a body holds: None without one, `NOT_JSON` for what is none."""
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return NOT_JSON


def to_bytes(body: Any) -> bytes:
    """Return a body's bytes: text and bytes as they are, the rest as JSON."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()

"""The client of package indexes: what there is of a project, and what a release requires.

`IndexClient` asks over the network and keeps what it learns in a `Cache`; `OfflineIndex` answers
from the cache alone, the same way. Only this package talks to package indexes.

`IndexClient`, `Limits` and what they need are imported when they are first used: an offline run
must not pay for an HTTP client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.index.cache import Cache
from advisor_core.index.offline import OfflineIndex
from advisor_core.index.project import StoredProject
from advisor_core.index.sources import DEFAULT_SOURCE

if TYPE_CHECKING:
    from advisor_core.index.client import IndexClient
    from advisor_core.index.progress import Progress, ProgressState
    from advisor_core.index.transport import Limits

__all__ = [
    "DEFAULT_SOURCE",
    "Cache",
    "IndexClient",
    "Limits",
    "OfflineIndex",
    "Progress",
    "ProgressState",
    "StoredProject",
]

_LATE = {
    "IndexClient": "advisor_core.index.client",
    "Limits": "advisor_core.index.transport",
    "Progress": "advisor_core.index.progress",
    "ProgressState": "advisor_core.index.progress",
}


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only online

    return getattr(import_module(_LATE[name]), name)

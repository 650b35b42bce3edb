"""Asks an index for packages and records what it says: by hand, where no watch runs."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from sqlalchemy import select

from advisor_core.errors import IndexFailure
from advisor_core.index.access import DEFAULT_INDEX_URL, cache_folder
from advisor_core.index.cache import Cache
from advisor_core.index.client import IndexClient
from advisor_core.knowledge.records import ProjectRecord, Recorded, normalize_index_url
from advisor_core.knowledge.tables import METADATA
from advisor_core.model import IndexSource, Skipped
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor_core.knowledge.store import Store

__all__ = ["Synced", "known_packages", "sync_packages"]

_AT_ONCE = 16
_BATCH = 50
"""Pages in one transaction."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What asking brought."""

    asked: int
    recorded: Recorded
    failed: tuple[tuple[str, str], ...]
    """Packages that could not be asked for, or that the index has not: name and reason. Escape."""


def known_packages(store: Store, index_url: str) -> tuple[str, ...]:
    """Return the packages that are known of the index, by name."""
    index, package = METADATA.tables["package_index"], METADATA.tables["package"]
    with store.reading() as connection:
        return tuple(
            connection.execute(
                select(package.c.name)
                .join(index, index.c.id == package.c.index_id)
                .where(index.c.url == normalize_index_url(index_url))
                .order_by(package.c.name)
            ).scalars()
        )


async def sync_packages(
    store: Store,
    names: Sequence[str] = (),
    *,
    index_url: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 - named for the caller
    clock: Callable[[], float] = time.time,
) -> Synced:
    """Ask for packages (normalized names; none: all that are known of the index), record what is said.

    Each package is asked for once, fresh pages of the cache too. One that fails does not stop the others.
    """
    url = index_url or os.environ.get("THOTH_INDEX_URL") or DEFAULT_INDEX_URL
    wanted = sorted(set(names)) or list(known_packages(store, url))
    recorded = Recorded()
    failed: list[tuple[str, str]] = []
    source = IndexSource("index", url)
    async with IndexClient((source,), Cache(cache_folder()), {}, refresh=True) as client:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def ask(name: str) -> ProjectRecord | None:
            async with gate:
                seen_at = int(clock())
                try:
                    project = await client.project(name)
                except IndexFailure as exc:
                    failed.append((name, str(exc)))
                    return None
            if isinstance(project, Skipped):
                failed.append((name, project.reason))
                return None
            return ProjectRecord(url, project, seen_at)

        for first in range(0, len(wanted), _BATCH):
            pages = await asyncio.gather(*map(ask, wanted[first : first + _BATCH]))
            found = [page for page in pages if page is not None]
            recorded += await asyncio.to_thread(store.record_projects, found)
            progress(min(first + _BATCH, len(wanted)), len(wanted))
    return Synced(len(wanted), recorded, tuple(sorted(failed)))

"""Which indexes a manifest is resolved from, and opening them on this machine's cache.

Reads the environment (`THOTH_INDEX_URL`, `THOTH_INDEX_MIRRORS`, `THOTH_CACHE_DIR`), so it is for programs
that a person runs. The network client is imported only when the network is used.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from advisor_core.model import IndexSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from advisor_core.index.progress import Progress
    from advisor_core.locking import IndexAccess
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest

__all__ = ["DEFAULT_INDEX_URL", "cache_folder", "index_pins", "list_sources", "open_access"]

DEFAULT_INDEX_URL = "https://pypi.org/simple"
"""Asked when neither the command line, nor `THOTH_INDEX_URL`, nor the manifest names an index."""


def list_sources(
    manifest: Manifest, index_url: str | None = None, extra_index_urls: tuple[str, ...] = ()
) -> tuple[IndexSource, ...]:
    """Return the indexes to ask, in order: the command line's, else the manifest's, else the default.

    An index given on the command line stands in for the manifest's first, under that one's name;
    explicit ones stay, and so do pages and folders of links.
    """
    if index_url or not manifest.sources:
        flat = [source for source in manifest.sources if source.flat and not source.explicit]
        searched = [each for each in manifest.sources if not (each.explicit or each.flat)]
        name = searched[0].name if searched else "pypi"
        url = index_url or os.environ.get("THOTH_INDEX_URL") or DEFAULT_INDEX_URL
        # What an explicit index has is never looked for on another one.
        explicit = (source for source in manifest.sources if source.explicit)
        sources = [*flat, IndexSource(name, url), *explicit]
    else:
        sources = list(manifest.sources)
    taken = {source.name for source in sources}
    for number, url in enumerate(extra_index_urls, start=1):
        name = next(
            each for each in (f"extra-{number}", f"extra-index-{number}") if each not in taken
        )
        sources.append(IndexSource(name, url))
    return tuple(sources)


def index_pins(manifest: Manifest, sources: tuple[IndexSource, ...]) -> Mapping[str, str]:
    """Return which packages must come from which index, as the manifest says."""
    known = {source.name for source in sources}
    chosen = {name: choices[0][0] for name, choices in manifest.index_choices.items()}
    return {name: index for name, index in chosen.items() if index in known} | {
        declared.requirement.name: declared.index
        for category in manifest.categories
        for declared in (*category.constraints, *category.requirements)
        if declared.index is not None and declared.index in known
    }


@contextmanager
def open_access(
    sources: tuple[IndexSource, ...],
    *,
    pins: Mapping[str, str],
    offline: bool,
    progress: Progress | None = None,
    files: Files | None = None,
) -> Iterator[IndexAccess]:
    """Open the indexes: the cache alone, or the network with the cache before it.

    `files`: of the project, where it names folders of its own.
    """
    from advisor_core.index.cache import Cache

    declared = os.environ.get("THOTH_INDEX_MIRRORS")
    if declared:
        from advisor_core.index.mirrors import mirrored, read_mirrors

        sources = mirrored(sources, read_mirrors(declared))
    cache = Cache(_cache_path())
    if offline:
        from advisor_core.index.drive import OfflineAccess
        from advisor_core.index.offline import OfflineIndex

        yield OfflineAccess(OfflineIndex(sources, cache, pins, files=files))
        return
    from advisor_core.index.client import IndexClient
    from advisor_core.index.drive_online import OnlineAccess

    with OnlineAccess(
        lambda: IndexClient(sources, cache, pins, progress=progress, files=files)
    ) as access:
        yield access


def cache_folder() -> Path:
    """Return the folder of the index cache: `THOTH_CACHE_DIR`, else the user's cache folder."""
    from pathlib import Path

    return Path(_cache_path())


def _cache_path() -> str:
    named = os.environ.get("THOTH_CACHE_DIR")
    if named:
        return named
    platform: str = sys.platform
    if platform == "linux":
        # What platformdirs answers on Linux, without the cost of importing it.
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if base.startswith("/") else os.path.join(os.path.expanduser("~"), ".cache")
        return os.path.join(base, "thoth")
    import platformdirs

    return platformdirs.user_cache_dir("thoth", appauthor=False)

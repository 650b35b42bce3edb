"""The inputs of advice as programs gather them: prescriptions from disk, advisories from a database."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.advising.category import SearchOptions
from advisor_core.advising.settings import AdviceInputs
from advisor_core.index.sources import public_url
from advisor_core.knowledge.advisory_reading import open_advisories
from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.prescriptions.load import load_prescriptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from advisor_core.model import IndexSource
    from advisor_core.pipeline.prescriptions.library import MemoryLibrary

__all__ = ["open_inputs"]


@contextmanager
def open_inputs(
    database_url: str,
    *,
    prescriptions: Sequence[str] = (),
    options: SearchOptions | None = None,
    recommendation_type: str | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[Callable[[Sequence[IndexSource]], AdviceInputs]]:
    """Open what advice rests on; yields what makes the inputs for a target's indexes.

    Raises InputError for prescriptions that do not exist, StoreError when the knowledge base cannot be
    read; one that does not exist yet knows nothing.
    """
    library = _load(tuple(prescriptions))
    with open_advisories(database_url) as advisories:

        def make(sources: Sequence[IndexSource]) -> AdviceInputs:
            return AdviceInputs(
                recommendation_type=recommendation_type,
                prepare=partial(prepare, prescriptions=library),
                advisories=advisories,
                index_urls={source.name: public_url(source.url) for source in sources},
                now=int(clock()),
                options=options or SearchOptions(),
            )

        yield make


def _load(paths: tuple[str, ...]) -> MemoryLibrary:
    return load_prescriptions([Path(path) for path in paths]) if paths else _load_own()


@lru_cache(maxsize=1)
def _load_own() -> MemoryLibrary:
    """Return the project's own prescriptions: read once by a process that advises often."""
    return load_prescriptions([])

"""The inputs of advice as programs gather them: prescriptions from disk, advisories from a database."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.advising.category import SearchOptions
from advisor_core.advising.settings import AdviceInputs
from advisor_core.index.access import cache_folder
from advisor_core.index.sources import public_url
from advisor_core.knowledge.advisory_reading import StoredAdvisories
from advisor_core.knowledge.evidence_reading import StoredEvidence
from advisor_core.knowledge.plain_reading import open_reading
from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.prescriptions.compiled import load_compiled
from advisor_core.pipeline.registry import BUILT_IN_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from advisor_core.model import IndexSource

__all__ = ["open_inputs"]


@contextmanager
def open_inputs(
    database_url: str,
    *,
    prescriptions: Sequence[str] = (),
    options: SearchOptions | None = None,
    recommendation_type: str | None = None,
    installation_id: int | None = None,
    repository_id: int | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[Callable[[Sequence[IndexSource]], AdviceInputs]]:
    """Open what advice rests on; yields what makes the inputs for a target's indexes.

    Besides public evidence that of `installation_id` counts, if one is given; `repository_id` is the
    repository that is advised.
    Raises InputError for prescriptions that do not exist, StoreError when the knowledge base cannot be
    read; one that does not exist yet knows nothing.
    """
    library = load_compiled(
        [Path(path) for path in prescriptions],
        built_in=BUILT_IN_NAMES,
        cache_folder=cache_folder(),
    )
    with open_reading(database_url) as read:
        advisories = StoredAdvisories(read)
        evidence = StoredEvidence(
            read,
            installation_id=installation_id,
            repository_id=repository_id,
            is_sqlite=database_url.startswith("sqlite:"),
        )

        not_started: dict[str, str] = {}

        def make(sources: Sequence[IndexSource]) -> AdviceInputs:
            return AdviceInputs(
                recommendation_type=recommendation_type,
                prepare=partial(prepare, prescriptions=library, not_started=not_started),
                advisories=advisories,
                evidence=evidence,
                index_urls={source.name: public_url(source.url) for source in sources},
                now=int(clock()),
                options=options or SearchOptions(),
            )

        yield make

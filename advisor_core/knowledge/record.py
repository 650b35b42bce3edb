"""Keeps in the knowledge base what the indexes said while a target was locked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from advisor_core.knowledge.records import MetadataRecord, ProjectRecord, Recorded
from advisor_core.knowledge.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from advisor_core.model import IndexSource
    from advisor_core.outcome import Answers

__all__ = ["record_answers"]


def record_answers(
    url: str,
    answers: Answers,
    *,
    sources: Iterable[IndexSource],
    clock: Callable[[], float] = time.time,
) -> Recorded:
    """Write projects and metadata to the database at `url`; what is known already is not written again.

    Raises StoreError with what to do; then nothing was changed.
    """
    # What pages of links and folders of a project have is on no index that could be asked again.
    urls = {source.name: source.url for source in sources if not source.flat}
    seen_at = int(clock())
    # What came from the cache was said when it was fetched, perhaps weeks ago.
    projects = [
        ProjectRecord(
            urls[releases.index],
            releases,
            seen_at if releases.seen_at is None else min(releases.seen_at, seen_at),
        )
        for releases in answers.projects.values()
        if releases.index in urls
    ]
    metadata = [
        MetadataRecord(urls[answers.projects[name].index], name, version, known, seen_at)
        for (name, version), known in answers.metadata.items()
        if answers.projects[name].index in urls
    ]
    with Store.open(url) as store:
        recorded = store.record_projects(projects)
        store.record_metadata(metadata)
    return recorded

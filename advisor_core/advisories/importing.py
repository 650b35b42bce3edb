"""Advisories of a path or a URL into the knowledge base: all of them, or nothing."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.advisories.download import DEFAULT_OSV_URL, download, is_url
from advisor_core.advisories.files import read_osv
from advisor_core.errors import IndexFailure
from advisor_core.index.sources import public_url
from advisor_core.knowledge.advisory_recording import AdvisoryImport
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from advisor_core.index.addresses import AddressGuard
    from advisor_core.knowledge.advisory_recording import ImportedAdvisories
    from advisor_core.knowledge.store import Store

__all__ = ["ImportReport", "import_osv"]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read and changed."""

    source: str
    documents: int
    skipped: tuple[tuple[str, str], ...]
    """Documents that could not be read: place and reason. Foreign text: escape."""
    unread: tuple[str, ...]
    """Identifiers of advisories some of whose versions are not PEP 440; the rest of them counts."""
    withdrawn: int
    changes: ImportedAdvisories


def import_osv(
    store: Store,
    source: str = DEFAULT_OSV_URL,
    *,
    progress: Callable[[str], None] = lambda text: None,  # noqa: ARG005 - named for the caller
    allow_address: AddressGuard | None = None,
    clock: Callable[[], float] = time.time,
    keep_events: bool = False,
) -> ImportReport:
    """Import OSV data from a path or an https URL.

    `progress` is told what is being done, in a few words; `keep_events` makes news of what is new on
    packages that are locked. Raises InputError for data that is none,
    IndexFailure for what cannot be fetched, StoreError for what cannot be kept; then nothing changed.
    """
    with _on_disk(source, progress, allow_address) as path:
        data = read_osv(
            path, progress=lambda data: progress(f"reading advisories: {data.documents}")
        )
    progress(f"storing advisories: {len(data.records)}")
    shown = public_url(source).partition("?")[0] if is_url(source) else source
    changes = store.record_advisories(
        AdvisoryImport(
            source=shown,
            records=data.records,
            documents=data.documents,
            imported_at=int(clock()),
        ),
        keep_events=keep_events,
    )
    return ImportReport(
        source=shown,
        documents=data.documents,
        skipped=tuple(data.skipped),
        unread=tuple(sorted({each.advisory.id for each in data.records if each.unread})),
        withdrawn=len({each.advisory.id for each in data.records if each.advisory.withdrawn}),
        changes=changes,
    )


@contextmanager
def _on_disk(
    source: str, progress: Callable[[str], None], allow_address: AddressGuard | None
) -> Iterator[Path]:
    if not is_url(source):
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="thoth-osv-") as folder:
        path = Path(folder, "advisories")
        try:
            with path.open("w+b") as file:
                download(
                    source,
                    file,
                    progress=lambda got: progress(f"fetching advisories: {got / 1e6:.1f} MB"),
                    allow_address=allow_address,
                )
        except OSError as exc:
            if isinstance(exc, IndexFailure):
                raise
            raise IndexFailure(
                f"advisories cannot be kept for reading: {exc.strerror or exc}",
                hint="make room in the folder for temporary files, or name another with TMPDIR",
            ) from exc
        yield path

"""Takes in advisories from time to time, and makes what is new in them events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advisories.download import DEFAULT_OSV_URL
from advisor_core.advisories.importing import import_osv

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from advisor_core.advisories.importing import ImportReport
    from advisor_core.index.addresses import AddressGuard
    from advisor_core.knowledge.advisory_reading import StoredAdvisories
    from advisor_core.knowledge.release_events import Event
    from advisor_core.knowledge.store import Store

__all__ = ["concerned_versions", "refresh_advisories"]


def refresh_advisories(
    store: Store,
    source: str = DEFAULT_OSV_URL,
    *,
    clock: Callable[[], float],
    allow_address: AddressGuard | None = None,
) -> ImportReport:
    """Import the source; keep an event for each new or changed advisory on a package that is locked.

    Of the first import too: repositories may be locked at what it warns of. Raises what `import_osv`
    raises.
    """
    return import_osv(store, source, clock=clock, allow_address=allow_address, keep_events=True)


def concerned_versions(
    event: Event, versions: Collection[str], advisories: StoredAdvisories
) -> Collection[str] | None:
    """Return which of the locked versions the event concerns; None: all of them."""
    if event.kind == "released" or (event.version is None and event.kind == "vanished"):
        return None
    if event.kind == "advisory":
        ordered = sorted(versions)
        found = advisories.affecting(event.package, ordered)
        return [
            version
            for version, concerning in zip(ordered, found, strict=True)
            if any(event.subject in (each.id, *each.aliases) for each in concerning)
        ]
    return [version for version in versions if version == event.version]

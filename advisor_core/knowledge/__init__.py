"""The knowledge base: an SQL store of what package indexes and advisories said.

Names are imported when they are first used: the SQL toolkit takes longer to import than an answer to
compute, and some readers here do without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor_core.knowledge.advisory_reading import StoredAdvisories, open_advisories
    from advisor_core.knowledge.advisory_recording import AdvisoryImport, ImportedAdvisories
    from advisor_core.knowledge.membership_records import (
        Affected,
        AffectedCount,
        ManifestRecord,
        RepositoryRecord,
    )
    from advisor_core.knowledge.records import (
        MetadataRecord,
        ProjectRecord,
        Recorded,
        ReleaseRecord,
        Requirer,
        StoreInfo,
    )
    from advisor_core.knowledge.store import Store
    from advisor_core.knowledge.urls import default_database_url

__all__ = [
    "AdvisoryImport",
    "Affected",
    "AffectedCount",
    "ImportedAdvisories",
    "ManifestRecord",
    "MetadataRecord",
    "ProjectRecord",
    "Recorded",
    "ReleaseRecord",
    "RepositoryRecord",
    "Requirer",
    "Store",
    "StoreInfo",
    "StoredAdvisories",
    "default_database_url",
    "open_advisories",
]

_HOMES = {
    "AdvisoryImport": "advisory_recording",
    "Affected": "membership_records",
    "AffectedCount": "membership_records",
    "ImportedAdvisories": "advisory_recording",
    "ManifestRecord": "membership_records",
    "RepositoryRecord": "membership_records",
    "Store": "store",
    "StoredAdvisories": "advisory_reading",
    "default_database_url": "urls",
    "open_advisories": "advisory_reading",
}
"""The module of each name that is not of `records`."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'records')}"), name)

"""The knowledge base: an SQL store of what package indexes said."""

from __future__ import annotations

from advisor_core.knowledge.records import (
    MetadataRecord,
    ProjectRecord,
    Recorded,
    ReleaseRecord,
    Requirer,
    StoreInfo,
)
from advisor_core.knowledge.store import Store, default_database_url

__all__ = [
    "MetadataRecord",
    "ProjectRecord",
    "Recorded",
    "ReleaseRecord",
    "Requirer",
    "Store",
    "StoreInfo",
    "default_database_url",
]

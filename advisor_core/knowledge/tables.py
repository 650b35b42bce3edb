"""All tables of the knowledge base. Times are epoch seconds (UTC).

What indexes said is in `index_tables`, advisories in `advisory_tables`, who locks what and what was
advised in `repository_tables`, measurements and the state of watches in `learned_tables`.
"""

from __future__ import annotations

from advisor_core.knowledge.advisory_tables import (
    AdvisoryImportRow,
    AdvisoryPackageRow,
    AdvisoryRow,
)
from advisor_core.knowledge.index_tables import (
    ArtifactRow,
    IndexRow,
    PackageRow,
    ReleaseRow,
    RequirementRow,
)
from advisor_core.knowledge.learned_tables import (
    CursorRow,
    EnvironmentRow,
    EventRow,
    ObservationRow,
    SchemaRow,
    WatchedPageRow,
)
from advisor_core.knowledge.repository_tables import (
    AdviceRow,
    ElsewhereRow,
    LockedPackageRow,
    ManifestRow,
    MembershipRow,
    PinRow,
    RepositoryRow,
)
from advisor_core.knowledge.table_base import METADATA

__all__ = [
    "METADATA",
    "AdviceRow",
    "AdvisoryImportRow",
    "AdvisoryPackageRow",
    "AdvisoryRow",
    "ArtifactRow",
    "CursorRow",
    "ElsewhereRow",
    "EnvironmentRow",
    "EventRow",
    "IndexRow",
    "LockedPackageRow",
    "ManifestRow",
    "MembershipRow",
    "ObservationRow",
    "PackageRow",
    "PinRow",
    "ReleaseRow",
    "RepositoryRow",
    "RequirementRow",
    "SchemaRow",
    "WatchedPageRow",
]

"""The pure twin: PEP 440, PEP 508 and wheel filenames as `packaging` reads them.

Every name here but MARKER_VARIABLES has a twin in `advisor_core._engine`; one suite tests both.
Slow and plain: it is what the C code is checked against, and what runs where no compiler was.
"""

from __future__ import annotations

from advisor_core.standards.pure_filenames import parse_sdist_filename, parse_wheel_filename
from advisor_core.standards.pure_requirements import (
    MARKER_VARIABLES,
    MarkerEnvironment,
    active_requirements,
    evaluate_marker,
    parse_requirement_parts,
)
from advisor_core.standards.pure_versions import (
    VersionList,
    compare_versions,
    normalize_name,
    normalize_version,
    specifier_contains,
    specifier_names_prerelease,
)

__all__ = [
    "MARKER_VARIABLES",
    "MarkerEnvironment",
    "VersionList",
    "active_requirements",
    "compare_versions",
    "evaluate_marker",
    "normalize_name",
    "normalize_version",
    "parse_requirement_parts",
    "parse_sdist_filename",
    "parse_wheel_filename",
    "specifier_contains",
    "specifier_names_prerelease",
]

"""PEP 440, PEP 508 and wheel filenames: the C fast path, or its pure twin over `packaging`.

Which one is chosen once, when this package is imported, and said by `IMPLEMENTATION`: the twin only
when `THOTH_PURE=1` or when there is no extension. Both refuse the same texts with ValueError and
answer alike. With the extension `packaging` is not imported: that alone would take longer than
everything else a warm `thoth lock` does. Performs no I/O of its own.

Where the two are narrower than `packaging`, so that hostile text cannot cost much, and so that both
can agree to the letter (`limits.py` names the numbers):

- every text is bounded, so are nested parentheses of a marker and the tags of a filename;
- a backslash inside a quoted string of a marker is refused, as in the grammar of PEP 508;
- values of a marker environment, extras and filenames are ASCII;
- `===` compares no text outside ASCII with a candidate outside ASCII, and takes what follows up to the next
  space as its text, as in the grammar of PEP 508: `a ===1,< 2` is refused.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from advisor_core.standards.rendering import requirement_to_string
from advisor_core.standards.tags import expand_tags

__all__ = [
    "IMPLEMENTATION",
    "MarkerEnvironment",
    "VersionList",
    "active_requirements",
    "compare_versions",
    "evaluate_marker",
    "expand_tags",
    "normalize_name",
    "normalize_version",
    "parse_requirement",
    "parse_sdist_filename",
    "parse_wheel_filename",
    "requirement_to_string",
    "specifier_contains",
    "specifier_names_prerelease",
]

IMPLEMENTATION: Literal["c", "python"]

if TYPE_CHECKING:
    from advisor_core._engine import (
        MarkerEnvironment,
        VersionList,
        active_requirements,
        compare_versions,
        evaluate_marker,
        normalize_name,
        normalize_version,
        parse_requirement_parts,
        parse_sdist_filename,
        parse_wheel_filename,
        specifier_contains,
        specifier_names_prerelease,
    )
    from advisor_core.model import Requirement
else:
    try:
        if os.environ.get("THOTH_PURE") == "1":
            raise ImportError  # noqa: TRY301 - asked for, as if the extension were missing
        from advisor_core._engine import (
            MarkerEnvironment,
            VersionList,
            active_requirements,
            compare_versions,
            evaluate_marker,
            normalize_name,
            normalize_version,
            parse_requirement_parts,
            parse_sdist_filename,
            parse_wheel_filename,
            specifier_contains,
            specifier_names_prerelease,
        )

        IMPLEMENTATION = "c"
    except ImportError:
        from advisor_core.standards.pure import (
            MarkerEnvironment,
            VersionList,
            active_requirements,
            compare_versions,
            evaluate_marker,
            normalize_name,
            normalize_version,
            parse_requirement_parts,
            parse_sdist_filename,
            parse_wheel_filename,
            specifier_contains,
            specifier_names_prerelease,
        )

        IMPLEMENTATION = "python"


def parse_requirement(text: str) -> Requirement:
    """Return the PEP 508 requirement that `text` writes.

    Raises ValueError, which names the position and the text, when it is none.
    """
    # Imported here: the resolver reads thousands of requirements as tuples and needs no values.
    from advisor_core.model import Requirement  # noqa: PLC0415

    return Requirement(*parse_requirement_parts(text))

"""How severe an advisory is: from its CVSS vectors, else from what its source says. Pure.

The library `cvss` reads vectors; it is imported when the first one is met.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.advisories.interface import Severity

__all__ = ["SEVERITIES", "at_least", "highest_severity", "read_severity"]

SEVERITIES: tuple[Severity, ...] = ("unknown", "low", "medium", "high", "critical")
"""From the least to the most severe."""

_LONGEST_VECTOR = 400
"""Characters; a CVSS v4 vector with every metric has 190."""

_LABELS: dict[str, Severity] = {
    "LOW": "low",
    "MODERATE": "medium",
    "MEDIUM": "medium",
    "HIGH": "high",
    "CRITICAL": "critical",
}
"""What GitHub's advisories say in `database_specific.severity`."""


def read_severity(identifier: str, vectors: Iterable[str], label: object) -> Severity:
    """Return the severity of an advisory.

    `vectors`: CVSS vectors, of which the newest CVSS version that can be read counts; of several the
    most severe. `label` is the word of the source, used when no vector can be read. A malicious
    package (`MAL-...`) is critical whatever it says.
    """
    if identifier.startswith("MAL-"):
        return "critical"
    found: dict[int, Severity] = {}
    for vector in vectors:
        read = _read_vector(vector)
        if read is not None:
            generation, severity = read
            found[generation] = highest_severity((severity, found.get(generation, "unknown")))
    if found:
        return found[max(found)]
    return _LABELS.get(label.upper(), "unknown") if isinstance(label, str) else "unknown"


def highest_severity(severities: Iterable[Severity]) -> Severity:
    """Return the most severe; `unknown` when there is none."""
    return max(severities, key=SEVERITIES.index, default="unknown")


def at_least(severity: Severity, threshold: Severity, *, unknown: bool = True) -> bool:
    """Return whether the severity reaches the threshold; `unknown` says what an unknown one does."""
    if severity == "unknown":
        return unknown
    return SEVERITIES.index(severity) >= SEVERITIES.index(threshold)


@lru_cache(maxsize=4096)
def _read_vector(vector: str) -> tuple[int, Severity] | None:
    """Return the CVSS generation (2, 3, 4) and the severity; None when it is no vector."""
    if len(vector) > _LONGEST_VECTOR:
        return None
    # 80 ms, and only needed while advisories are imported.
    import cvss  # type: ignore[import-untyped] # noqa: PLC0415 - has no types

    makers: tuple[tuple[int, str, Any], ...] = (
        (4, "CVSS:4", cvss.CVSS4),
        (3, "CVSS:3", cvss.CVSS3),
        (2, "", cvss.CVSS2),
    )
    for generation, prefix, maker in makers:
        if vector.startswith(prefix):
            try:
                read = maker(vector)
            except (cvss.exceptions.CVSSError, ValueError, ArithmeticError):
                return None
            # Of v2 and v3 the base score: temporal and environmental metrics are somebody's own.
            score = float(read.base_score)
            return generation, _qualify(score, generation)
    return None


def _qualify(score: float, generation: int) -> Severity:
    """Return the word for a score. Source: CVSS v3.1 section 5, v4.0 section 6; NVD's for v2."""
    if score >= 9 and generation > 2:
        return "critical"
    if score >= 7:
        return "high"
    return "medium" if score >= 4 else "low"

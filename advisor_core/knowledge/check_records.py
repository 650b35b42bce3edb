"""What CI said of a lockfile, on its way into the knowledge base. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.knowledge.membership_records import RepositoryRecord

__all__ = ["CheckOutcome", "CheckedLock"]

CheckOutcome = Literal["passed", "failed", "error"]
"""`error`: CI ended before it tested anything."""


@dataclass(frozen=True, slots=True)
class CheckedLock:
    """What the checks of one commit said of one lockfile."""

    repository: RepositoryRecord
    commit_sha: str
    outcome: CheckOutcome
    pins: Mapping[str, str]
    """The whole lock: normalized name to normalized version. Hostile."""
    observed_at: int
    """Epoch seconds."""
    changed: frozenset[str] = frozenset()
    """Packages that are not at the version with which the same checks passed before."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """As far as known which one CI has; empty: unknown."""
    certainty: int = 100
    """Of a failure, in hundredths: less where nobody saw the checks pass without the change."""
    link: str = ""
    """Where a person sees it."""

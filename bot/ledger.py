"""What was done in a repository lately, so that limits can be kept over all workers and restarts. Values.

Written down before it is done: whoever dies in between has counted one too many, never one too few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["DAY_SECONDS", "Deed", "Deeds", "Ledger"]

DAY_SECONDS = 86_400.0

Deed = Literal["opened", "written"]
"""A pull request was opened; a branch of Thoth's was written, which makes its checks run."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What was done in the last 24 hours."""

    opened: int = 0
    written: int = 0
    first_opened_at: float = 0.0
    """Seconds since the epoch; when nothing was opened, without meaning."""
    first_written_at: float = 0.0


class Ledger(Protocol):
    """Remembers deeds in one repository."""

    async def note(self, deed: Deed) -> None:
        """Write down what is about to be done."""

    async def today(self) -> Deeds:
        """Return what was done in the last 24 hours."""

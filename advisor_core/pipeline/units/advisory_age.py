"""Warns when what is known of vulnerabilities is old. (That nothing is, the score says.).

Thoth's `CveTimestampBoot`: advisories are published daily, so data older than a week has holes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.units.interface import Boot, Option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


__all__ = ["CveTimestampBoot"]

_DAY = 86_400


class CveTimestampBoot(Boot):
    """Says how old the advisories are, when that is too old."""

    options: ClassVar[Mapping[str, Option]] = {
        "days": Option("integer", 7, help="older data is warned of"),
    }

    def run(self) -> Iterable[StackMessage]:
        """Return a warning, or nothing."""
        source = self.context.advisories
        as_of = source.as_of if source is not None else None
        if as_of is None:
            return []
        days = (self.context.now - as_of) // _DAY
        if days <= self.number("days"):
            return []
        message = f"the advisories are {days} days old: newer vulnerabilities are not known"
        return [StackMessage("WARNING", message, source=self.name)]

"""Says which direct requirements have no bounds at all.

Thoth's `VersionCheckBoot`: a requirement without a range lets a new major release in unnoticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.units.interface import Boot, Option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


__all__ = ["VersionCheckBoot"]


class VersionCheckBoot(Boot):
    """Counts the lax requirements, and names the first of them."""

    options: ClassVar[Mapping[str, Option]] = {
        "shown": Option("integer", 5, help="how many are named"),
    }

    def run(self) -> Iterable[StackMessage]:
        """Return one message for all, or nothing."""
        manifest = self.context.manifest
        lax = sorted(
            {
                declared.requirement.name
                for category in (manifest.categories if manifest else ())
                if category.name == self.context.category
                for declared in category.requirements
                if not declared.requirement.specifier
                and declared.kept is None
                and declared.requirement.url is None
            }
        )
        if not lax:
            return []
        shown = lax[: max(1, int(self.number("shown")))]
        more = f" and {len(lax) - len(shown)} more" if len(lax) > len(shown) else ""
        message = f"any version is allowed of {', '.join(shown)}{more}: give them a range"
        return [StackMessage("INFO", message, source=self.name)]

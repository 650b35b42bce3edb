"""Gives points that the configuration states, to try out what a fact would change.

Thoth's `SetScoreStep`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import ScorePart
from advisor_core.pipeline.units.interface import Option, Step
from advisor_core.pipeline.versions import VersionMatcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["SetScoreStep"]


class SetScoreStep(Step):
    """Gives points to the releases of a package within a range."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "package_name": Option("package", required=True),
        "version_specifier": Option("specifier", help="which releases; all when not given"),
        "points": Option("integer", required=True),
    }

    def run(self, package: PackageCandidates) -> Iterable[tuple[str, ScorePart]]:
        """Return the points of each release."""
        versions = [release.version for release in package.releases]
        part = ScorePart(self.name, int(self.number("points")), "the configuration of SetScoreStep")
        for version in VersionMatcher(versions).matching(self.text("version_specifier")):
            yield version, part

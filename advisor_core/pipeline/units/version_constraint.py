"""Keeps a package within a range that the configuration gives.

Thoth's `VersionConstraintSieve` and `SolverRulesSieve`: rules of an operator, `numpy` below 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Option, Sieve
from advisor_core.pipeline.versions import VersionMatcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["VersionConstraintSieve"]


class VersionConstraintSieve(Sieve):
    """Removes the releases of a package outside a range."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "package_name": Option("package", required=True),
        "version_specifier": Option("specifier", required=True, help="what is kept"),
        "reason": Option("text", help="why, for the report"),
    }

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return what is outside."""
        specifier = self.text("version_specifier")
        versions = [release.version for release in package.releases]
        kept = set(VersionMatcher(versions).matching(specifier))
        reason = self.text("reason") or f"it is configured to be `{specifier}`"
        return [Removal(version, reason, self.name) for version in versions if version not in kept]

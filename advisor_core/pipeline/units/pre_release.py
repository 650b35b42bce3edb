"""Removes pre-releases, but of packages that are named.

Thoth's `CutPreReleasesSieve` and `SelectiveCutPreReleasesSieve`. Manual: the resolver admits pre-releases
as PEP 440 says, when a requirement names one or nothing else will do; the sieve never does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Option, Sieve
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["CutPreReleasesSieve"]


class CutPreReleasesSieve(Sieve):
    """Removes every pre-release and development release."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "allow": Option("texts", (), help="packages that keep their pre-releases"),
    }

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return the pre-releases."""
        if package.name in map(normalize_name, self.texts("allow")):
            return []
        reason = "it is a pre-release, and these are switched off"
        return [
            Removal(release.version, reason, self.name)
            for release in package.releases
            if release.prerelease
        ]

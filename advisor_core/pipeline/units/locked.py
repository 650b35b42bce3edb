"""Keeps packages at the version of the present lockfile.

Thoth's `CutLockedSieve`. Manual: for a change that is to touch nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Option, Sieve
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["CutLockedSieve"]


class CutLockedSieve(Sieve):
    """Removes other versions of locked packages."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "keep": Option("texts", (), help="packages to keep; all that are locked when not given"),
        "free": Option("texts", (), help="packages that may change all the same"),
    }

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return all but the locked release; nothing when that is no candidate any more."""
        kept = set(map(normalize_name, self.texts("keep")))
        if package.name in map(normalize_name, self.texts("free")) or (
            kept and package.name not in kept
        ):
            return []
        if not any(release.version == package.locked for release in package.releases):
            return []
        reason = f"the lockfile has {package.locked}, which is to be kept"
        return [
            Removal(release.version, reason, self.name)
            for release in package.releases
            if release.version != package.locked
        ]

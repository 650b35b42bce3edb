"""Asks for advice with one given release of a package.

Thoth's `PackageUpdateSieve`: a release was published, and the question is what becomes of the stack
with it. Manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Option, Sieve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["PackageUpdateSieve"]


class PackageUpdateSieve(Sieve):
    """Removes every other release of the package."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "package_name": Option("package", required=True),
        "package_version": Option("text", required=True, help="the only release that stays"),
        "index_url": Option("text", help="where it must come from; anywhere when not given"),
    }

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return the others."""
        wanted, index = self.text("package_version"), self.text("index_url").rstrip("/")
        elsewhere = bool(index) and index != package.index_url.rstrip("/")
        reason = f"only {wanted}{f' from {index}' if index else ''} is asked about"
        return [
            Removal(release.version, reason, self.name)
            for release in package.releases
            if elsewhere or release.version != wanted
        ]

"""Removes releases that would have to be built from source in some environment.

What Thoth's ABI sieve did for a wheel whose symbols the image lacks. Manual: a missing wheel costs points
anyway, and many projects can build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Option, Sieve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["AbiCompatibilitySieve"]


class AbiCompatibilitySieve(Sieve):
    """Keeps what has a wheel for every environment; unknown is kept too."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "package_name": Option("package", help="only this package; all when not given"),
    }

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return the releases without a wheel that fits."""
        reason = "it has no wheel that fits every environment"
        return [
            Removal(release.version, reason, self.name)
            for release in package.releases
            if release.wheel is False
        ]

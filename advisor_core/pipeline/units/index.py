"""Takes packages from certain indexes only.

Thoth's `FilterIndexSieve`, `PackageIndexSieve` and `PackageIndexConfigurationSieve`. Which index a
package is looked for on is decided by the manifest (`index` of a Pipfile entry); the sieve is a second
lock for an operator: whatever the manifest says, these packages come from there or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Option, Sieve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["FilterIndexSieve"]


class FilterIndexSieve(Sieve):
    """Removes releases from other indexes."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "package_name": Option("package", help="only this package; all when not given"),
        "index_url": Option(
            "texts", required=True, help="addresses of the indexes that are allowed"
        ),
    }

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return every release, or none: a package comes from one index."""
        allowed = {url.rstrip("/") for url in self.texts("index_url")}
        if package.index_url.rstrip("/") in allowed:
            return []
        reason = f"it comes from {package.index_url or 'an unknown index'}, which is not allowed"
        return [Removal(release.version, reason, self.name) for release in package.releases]

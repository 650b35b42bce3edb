"""Removes versions that are not PEP 440.

Thoth's `LegacyVersionSieve`. Index pages are read without such versions already; an index of another
kind may still list them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Sieve
from advisor_core.standards import normalize_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["LegacyVersionSieve"]


class LegacyVersionSieve(Sieve):
    """Removes what cannot be ordered or compared."""

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return the versions that are none."""
        return [
            Removal(release.version, "its version is not PEP 440", self.name)
            for release in package.releases
            if not _is_version(release.version)
        ]


def _is_version(text: str) -> bool:
    try:
        normalize_version(text)
    except ValueError:
        return False
    return True

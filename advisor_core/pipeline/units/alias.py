"""Offers another package in place of one, in the same version.

Thoth's debug unit `AliasPseudonym`. Manual; prescriptions of pseudonyms do the same with conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.units.interface import Option, Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import PackageCandidates

__all__ = ["AliasPseudonym"]


class AliasPseudonym(Pseudonym):
    """Offers each release of another package for the one of the same version."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "package_name": Option("package", required=True),
        "alias_name": Option("package", required=True, help="the package that is offered"),
    }

    def run(self, package: PackageCandidates) -> Iterable[tuple[str, str, str]]:
        """Return an offer for each release."""
        other = self.text("alias_name")
        return [(release.version, other, release.version) for release in package.releases]

"""Keeps packages within the constraints beside the manifest (`constraints.txt`, pip's `-c`).

Thoth's `ConstraintsSieve`. The resolver knows constraints as well; the sieve makes the releases no
candidates from the start, with the line that says so. A constraint whose marker holds in no environment,
or not in all of them, is left to the resolver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.units.interface import Sieve
from advisor_core.pipeline.versions import VersionMatcher
from advisor_core.standards import MarkerEnvironment, evaluate_marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.model import DeclaredRequirement
    from advisor_core.pipeline.interface import Context, PackageCandidates

__all__ = ["ConstraintsSieve"]


class ConstraintsSieve(Sieve):
    """Removes what a constraint of the manifest rules out."""

    def __init__(self, context: Context, configuration: Mapping[str, object]) -> None:
        """Sort the constraints by package."""
        super().__init__(context, configuration)
        self._constraints: dict[str, list[DeclaredRequirement]] = {}
        for declared in _list_constraints(context):
            if declared.requirement.specifier and self._holds_everywhere(declared):
                self._constraints.setdefault(declared.requirement.name, []).append(declared)

    @classmethod
    def should_include(cls, context: Context) -> Iterable[Mapping[str, object]]:
        """Leave it out without constraints."""
        return ({},) if _list_constraints(context) else ()

    @property
    def packages(self) -> tuple[str, ...]:
        """The constrained packages."""
        return tuple(self._constraints)

    def run(self, package: PackageCandidates) -> Iterable[Removal]:
        """Return the releases outside, each with the first constraint that says so."""
        matcher = VersionMatcher([release.version for release in package.releases])
        removed: dict[str, Removal] = {}
        for declared in self._constraints[package.name]:
            specifier = declared.requirement.specifier
            kept = set(matcher.matching(specifier))
            reason = f"{declared.origin} constrains it to `{specifier}`"
            for release in package.releases:
                if release.version not in kept:
                    found = Removal(release.version, reason, self.name)
                    removed.setdefault(release.version, found)
        return removed.values()

    def _holds_everywhere(self, declared: DeclaredRequirement) -> bool:
        marker = declared.requirement.marker
        return marker is None or all(
            evaluate_marker(marker, MarkerEnvironment(environment.markers))
            for environment in self.context.environments
        )


def _list_constraints(context: Context) -> list[DeclaredRequirement]:
    categories = context.manifest.categories if context.manifest else ()
    return [
        declared
        for category in categories
        if category.name == context.category
        for declared in category.constraints
    ]

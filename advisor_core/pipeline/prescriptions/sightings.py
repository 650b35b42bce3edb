"""What was learnt of the packages of a run when they were judged, and what of `match` holds by it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.standards import specifier_contains
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.pipeline.interface import FinalStack, PackageCandidates
    from advisor_core.pipeline.prescriptions.model import Release, UnitMatch

__all__ = ["Sightings"]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One package."""

    versions: tuple[str, ...]
    index_url: str
    """Without a slash at the end."""
    develop: bool


class Sightings:
    """The packages judged so far."""

    def __init__(self) -> None:
        """Start with none."""
        self._seen: dict[str, _Seen] = {}

    def note(self, package: PackageCandidates) -> tuple[str, ...]:
        """Remember a package; return its versions, newest first."""
        versions = tuple([release.version for release in package.releases])
        self._seen[package.name] = _Seen(versions, package.index_url.rstrip("/"), package.develop)
        return versions

    def versions(self, release: Release) -> tuple[str, ...] | None:
        """Return the candidates of the release's package; None: not judged yet, or from elsewhere."""
        seen = self._seen.get(release.name)
        return seen.versions if seen is not None and _source_holds(release, seen) else None

    def is_from(self, release: Release, name: str) -> bool:
        """Return whether a judged package comes from where the release is to come from."""
        return _source_holds(release, self._seen[name])

    def holds(self, match: UnitMatch, stack: FinalStack) -> bool:
        """Return whether all that an entry of `match` names is in the stack."""
        return all(
            any(self._is_at(name, release, stack) for name in _named(release, stack))
            for release in (*match.releases, *match.requirers)
        )

    def _is_at(self, name: str, release: Release, stack: FinalStack) -> bool:
        if release.specifier and not specifier_contains(release.specifier, stack.versions[name]):
            return False
        seen = self._seen.get(name)
        index = (stack.indexes.get(name) or (seen.index_url if seen else "")).rstrip("/")
        return _source_holds(release, _Seen((), index, seen.develop if seen else False))


def _named(release: Release, stack: FinalStack) -> Iterable[str]:
    if not release.name:
        return stack.versions
    return (release.name,) if release.name in stack.versions else ()


def _source_holds(release: Release, seen: _Seen) -> bool:
    if release.develop is not None and release.develop is not seen.develop:
        return False
    return not release.index_url or (release.index_url == seen.index_url) != release.other_index

"""A project page as a value, for tests that need no index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from advisor_core.model import Artifact
from advisor_core.releases import FileShape
from advisor_core.standards import VersionList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class FakeReleases:
    """`ProjectReleases` of given files."""

    name: str
    files: Mapping[str, Sequence[Artifact]]
    """By version."""
    index: str = "pypi"

    @cached_property
    def _list(self) -> VersionList:
        return VersionList(list(self.files))

    @property
    def versions(self) -> Sequence[str]:
        return self._list.versions

    @property
    def prereleases(self) -> bytes:
        return self._list.prereleases

    @property
    def shapes(self) -> Sequence[tuple[FileShape, ...]]:
        return [
            tuple(
                FileShape("", artifact.requires_python, artifact.yanked is not None)
                for artifact in self.artifacts(position)
            )
            for position in range(len(self.versions))
        ]

    @property
    def shape_of(self) -> Sequence[int]:
        return range(len(self.versions))

    def upload_times(self, position: int) -> tuple[int, int] | None:
        times = [artifact.upload_time for artifact in self.artifacts(position)]
        known = [time for time in times if time is not None]
        return (min(known), max(known)) if known else None

    def match(self, specifier: str) -> bytes:
        return self._list.match(specifier)

    def artifacts(self, position: int) -> tuple[Artifact, ...]:
        return tuple(self.files[self.versions[position]])


def make_artifact(filename: str, **fields: object) -> Artifact:
    """Return an artifact with a URL and a hash made from its name."""
    defaults: dict[str, object] = {
        "url": f"https://files.example/{filename}",
        "hashes": {"sha256": filename.encode().hex().ljust(64, "0")[:64]},
        "size": len(filename),
    }
    return Artifact(filename=filename, **{**defaults, **fields})  # type: ignore[arg-type]

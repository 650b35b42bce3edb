"""Feeds the lazy search: tells the builder's problem, and fetches what the search asks for.

What cannot be part of a stack that beats a known one is left out of the problem, so it is never fetched:
points of single releases only deduct, so a stack with a release scores at most its points, plus what the
best releases of the manifest's own packages are worth, plus all positive terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.model import Skipped
from advisor_core.resolver.needs import MetadataNeed, Needs
from advisor_core.resolver.partial_problem import PartialProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.locking import IndexAccess
    from advisor_core.resolver.lazy import Wanted
    from advisor_core.resolver.problem_building import Known, ProblemBuilder

__all__ = ["AdviceSource"]

_LOADS_BEFORE_RECALL = 3
"""A search that asks a third time will ask often: then everything at hand is read at once."""

_MOST_DOUBLINGS = 8
"""Beside the release that is wanted the next ones are loaded, twice as many each time that the package
comes up again, so that a package is asked for a dozen times at most."""


class AdviceSource:
    """A `ProblemSource` over a builder and an index."""

    def __init__(self, builder: ProblemBuilder, access: IndexAccess, *, title: str = "") -> None:
        self.builder = builder
        self.last: Known | None = None
        """The problem as told last."""
        self._access = access
        self._title = title
        self._rounds: dict[str, int] = {}
        self._loads = 0
        self._told: PartialProblem | None = None
        self._mark: tuple[object, ...] = ()

    def known(self) -> PartialProblem:
        """Return the problem as far as it is known; lists every package that is named in it."""
        session = self.builder.session
        while True:
            mark = (self.builder.kept, len(session.projects), len(session.metadata))
            if self._told is None or self._mark != mark:
                known = self.builder.build(self._title)
                if self.builder.missing:
                    self._list(tuple(self.builder.missing))
                    continue
                self.last, self._mark = known, mark
                self._told = PartialProblem(known.problem, known.unloaded, known.unlisted)
            return self._told

    def load(self, wanted: Sequence[Wanted], /) -> None:
        """List packages, read the metadata of releases, and of the next ones that will be tried."""
        self._loads += 1
        if self._loads == _LOADS_BEFORE_RECALL:
            self.recall()
        unlisted = [self.builder.keys[node].name for node, version in wanted if version is None]
        if unlisted:
            self._list(tuple(dict.fromkeys(unlisted)))
        versions: dict[tuple[str, str], None] = {}
        for node, version in wanted:
            if version is not None:
                name = self.builder.keys[node].name
                for each in (version, *self._next(name, version)):
                    versions[name, each] = None
        self.load_releases(versions)

    def load_releases(self, releases: Iterable[tuple[str, str]]) -> None:
        """Read the metadata of releases, all at once, where that was not done."""
        session = self.builder.session
        needs: list[MetadataNeed] = []
        for name, version in releases:
            if self.builder.is_loaded(name, version):
                continue
            need = self.builder.metadata_need(name, version)
            if need is None:
                reason = Skipped("no file to read metadata from")
                session.supply_metadata(name, self.builder.position(name, version), reason)
            else:
                needs.append(need)
        if needs:
            fetched = self._access.fetch(Needs(metadata=tuple(needs)))
            for (name, position), found in fetched.metadata.items():
                session.supply_metadata(name, position, found)

    def recall(self) -> None:
        """Read whatever is at hand of the candidates' metadata, without asking an index."""
        seen: set[str] = set()
        while True:
            self.known()
            names = [name for name in self.builder.names if name not in seen]
            if not names:
                return
            seen.update(names)
            needs = [
                need
                for name in names
                for version in self.builder.candidates(name, kept=True)
                if not self.builder.is_loaded(name, version)
                and (need := self.builder.metadata_need(name, version)) is not None
            ]
            for (name, position), found in self._access.recall(needs).items():
                self.builder.session.supply_metadata(name, position, found)

    def load_stack(self, stack: Mapping[str, str]) -> None:
        """Read the metadata of a stack's releases, as far as they are candidates."""
        unknown = [name for name in stack if name not in self.builder.session.projects]
        if unknown:
            self._list(tuple(unknown))
        self.load_releases(
            (name, version)
            for name, version in stack.items()
            if self.builder.session.projects.get(name) is not None
            and self.builder.has_candidate(name, version)
        )

    def _list(self, names: tuple[str, ...]) -> None:
        fetched = self._access.fetch(Needs(projects=names))
        for name, found in fetched.projects.items():
            self.builder.session.supply_project(name, found)

    def _next(self, name: str, version: str) -> list[str]:
        """Return the releases below one that are likely to be wanted next; more with each round."""
        done = self._rounds[name] = self._rounds.get(name, 0) + 1
        versions = self.builder.candidates(name)
        place = versions.index(version)
        return list(versions[place + 1 : place - 1 + 2 ** min(done, _MOST_DOUBLINGS)])

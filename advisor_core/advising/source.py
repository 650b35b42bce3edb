"""Feeds the lazy search: tells the builder's problem, and fetches what the search asks for.

What cannot be part of a stack that beats a known one is left out of the problem, so it is never fetched:
points of single releases only deduct, so a stack with a release scores at most its points, plus what the
best releases of the manifest's own packages are worth, plus all positive terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import BudgetExceededError
from advisor_core.model import Skipped
from advisor_core.resolver.needs import MetadataNeed, Needs
from advisor_core.resolver.partial_problem import PartialProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.locking import IndexAccess
    from advisor_core.resolver.lazy import Wanted
    from advisor_core.resolver.needs import Fetched
    from advisor_core.resolver.problem_building import Known, ProblemBuilder

__all__ = ["AdviceSource"]

_FIRST_LOADED = 16
_LOADS_BEFORE_MORE = 4
"""Where stacks gain points the search asks for many releases one after the other, and each time proves the
more the less is known. So first so many releases of each package are loaded, and twice as many each time
that it asked so often: a handful of searches instead of 70."""

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
        self._newest = 0
        """So many releases of each package were loaded, if any were so."""
        self._loads = 0
        self.out_of_time = False
        """Something could not be learnt in time: nothing that is found is proved."""
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
        if self._newest and self._loads % _LOADS_BEFORE_MORE == 0:
            self._newest *= 2
            self._load_newest()
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
        if self.out_of_time:
            raise BudgetExceededError("the time to wait for the index is over")

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
            fetched = self._fetch(Needs(metadata=tuple(needs)))
            if fetched is not None:
                for (name, position), found in fetched.metadata.items():
                    session.supply_metadata(name, position, found)

    def load_newest(self) -> None:
        """Read the metadata of the newest releases worth looking at of every package, and of those met.

        From now on more of them are read each time that the search has asked for some.
        """
        self._newest = self._newest or _FIRST_LOADED
        self._load_newest()

    def _load_newest(self) -> None:
        seen: set[str] = set()
        while True:
            self.known()
            names = [name for name in self.builder.names if name not in seen]
            if not names:
                return
            seen.update(names)
            self.load_releases(
                (name, version)
                for name in names
                for version in self.builder.candidates(name, kept=True)[: self._newest]
            )

    def load_below(self, stack: Mapping[str, str]) -> None:
        """Read the metadata of the next older candidate of each package of a stack."""
        below: list[tuple[str, str]] = []
        for name, version in stack.items():
            versions = self.builder.candidates(name)
            if version in versions:
                place = versions.index(version)
                below += [(name, each) for each in versions[place + 1 : place + 2]]
        self.load_releases(below)

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
        fetched = self._fetch(Needs(projects=names))
        for name in names:
            late = Skipped("the index did not answer in time")
            found = late if fetched is None else fetched.projects[name]
            self.builder.session.supply_project(name, found)

    def _fetch(self, needs: Needs) -> Fetched | None:
        """Return what is needed, None when the time to wait for it is over."""
        if self.out_of_time:
            return None
        try:
            return self._access.fetch(needs)
        except BudgetExceededError:
            self.out_of_time = True
            return None

    def _next(self, name: str, version: str) -> list[str]:
        """Return the releases below one that are likely to be wanted next; more with each round."""
        done = self._rounds[name] = self._rounds.get(name, 0) + 1
        versions = self.builder.candidates(name)
        place = versions.index(version)
        return list(versions[place + 1 : place - 1 + 2 ** min(done, _MOST_DOUBLINGS)])

"""Builds a `Problem` from what indexes and metadata said of packages. Performs no I/O of its own.

The builder knows what a `Session` knows (which releases fit, what they require where), and adds what a
judge says of them: releases that are removed, points, and terms over several packages. `problem_nodes`
says which nodes there are. A release of which no metadata was read is in the problem without
requirements, and named in `Known.unloaded`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from advisor_core.model import Skipped
from advisor_core.resolver import bits
from advisor_core.resolver.candidates import Candidates
from advisor_core.resolver.problem import ConditionalRequirement
from advisor_core.resolver.problem_assembly import Assembly, ListedNode
from advisor_core.resolver.problem_nodes import SHARED, Key
from advisor_core.standards import active_requirements
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.pipeline.interface import Match, MatchTerm
    from advisor_core.releases import CoreMetadata, ProjectReleases
    from advisor_core.resolver.encode import Active
    from advisor_core.resolver.needs import MetadataNeed
    from advisor_core.resolver.problem import Problem
    from advisor_core.resolver.session import Session
    from advisor_core.resolver.term_binding import BoundTerm

__all__ = ["Judge", "Known", "PackageView", "ProblemBuilder", "Verdict"]


@dataclass(frozen=True, slots=True)
class PackageView:
    """A package as the judge is asked about it."""

    releases: ProjectReleases
    candidates: tuple[Candidates, ...]
    """For each environment."""
    usable: int
    """Bitset over the positions of `releases.versions`: a file fits in some environment."""
    prereleases_wanted: bool
    direct: bool
    """The manifest itself requires it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of the releases of a package."""

    points: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Level to version to points; what is left out is 0."""
    removed: frozenset[str] = frozenset()
    """Versions that are no candidates."""


class Judge(Protocol):
    """Whoever scores releases and knows terms."""

    def judge(self, name: str, view: PackageView) -> Verdict:
        """Return what is to be said of a package's releases. Asked again when more became usable."""

    def terms(self, names: Sequence[str]) -> Sequence[MatchTerm]:
        """Return the terms over packages among `names`."""

    def companions(self, names: Sequence[str]) -> frozenset[str]:
        """Return what else has to be present for rewarded terms that concern one of `names`."""


@dataclass(frozen=True, slots=True)
class Known:
    """A problem as far as it is known."""

    problem: Problem
    unloaded: Mapping[str, frozenset[str]]
    """Node to those of its versions whose requirements were not read yet."""
    bound: tuple[BoundTerm, ...]
    """The terms that can hold."""
    unlisted: frozenset[str] = frozenset()
    """Nodes of packages that rewarded terms name and that were not supplied."""


_PLACEHOLDER = frozenset({"0.dev1"})
"""Stands for the versions that a rewarded term wants of a package whose releases are not listed yet."""


class Package:
    """A package with its candidates in each environment."""

    def __init__(self, view: PackageView, allowed: list[int], verdict: Verdict) -> None:
        self.view = view
        self.verdict = verdict
        self.versions = tuple(view.releases.versions)
        self.positions = {version: place for place, version in enumerate(self.versions)}
        gone = sum(1 << self.positions[version] for version in verdict.removed)
        self.allowed = [each & ~gone for each in allowed]
        """Per environment, the positions that are candidates there."""
        self.anywhere = 0
        for each in self.allowed:
            self.anywhere |= each


class ProblemBuilder:
    """Turns what a session was supplied with into a problem, again and again as that grows."""

    def __init__(
        self,
        session: Session,
        judge: Judge,
        *,
        levels: Sequence[str] = ("",),
        index_urls: Mapping[str, str] | None = None,
        develop: bool = False,
    ) -> None:
        """`index_urls`: name of a source to its URL. `develop`: for another category than `default`."""
        self.session = session
        self.keys: dict[str, Key] = {}
        """Node to what it stands for, of every node ever built."""
        self.kept: dict[str, int] = {}
        """Package to the positions worth looking at; of packages left out, all are."""
        self.missing: dict[str, None] = {}
        """Packages that the last build came to and that were not supplied."""
        self.unlisted: frozenset[str] = frozenset()
        """Packages that rewarded terms of the last build name and that were not supplied."""
        self._judge = judge
        self.level_names = tuple(levels)
        self._index_urls = index_urls or {}
        self._develop = develop
        environments = range(len(session.request.environments))
        self._several = len(environments) > 1
        self.term_environments: Sequence[int] = environments if self._several else (SHARED,)
        self._packages: dict[str, Package | None] = {}
        self._admitted: set[tuple[str, int, int, str]] = set()
        self._parsed: dict[tuple[str, tuple[str, ...], str, int], ConditionalRequirement] = {}
        self._releases: dict[tuple[Key, int], tuple[Active, ...] | str] = {}
        self._matched: dict[int, tuple[Match, Package, int, frozenset[str]]] = {}
        self.listed: dict[Key, ListedNode] = {}
        """Nodes as they were listed last; an entry counts while its `mark` does."""
        self._direct = frozenset(
            declared.requirement.name for declared, _environment in session.restrictions.roots
        )

    # What there is.

    def view(self, name: str) -> PackageView | None:
        """Return a package that a build came to, None for any other."""
        found = self._packages.get(name)
        return None if found is None else found.view

    @property
    def names(self) -> list[str]:
        """The packages that builds came to and that an index has."""
        return [name for name, package in self._packages.items() if package is not None]

    def candidates(self, name: str, *, kept: bool = False) -> tuple[str, ...]:
        """Return the versions that may be chosen of a package, newest first; `kept`: worth looking at."""
        package = self._packages.get(name)
        if package is None:
            return ()
        found = package.anywhere & (self.kept.get(name, -1) if kept else -1)
        return tuple(package.versions[position] for position in _positions(found))

    def misfit(self, name: str, version: str) -> str:
        """Return why no file of a release can be used, in the words of the newest-first resolver."""
        package = self._packages.get(name)
        if package is None or version not in package.positions:
            return "no index has it"
        place = package.positions[version]
        if int.from_bytes(package.view.releases.prereleases, "little") >> place & 1:
            return "such releases are pre-releases, which nothing asks for"
        for candidates in package.view.candidates:
            reason = candidates.misfit(place)
            if reason is not None:
                return f"such releases {reason}"
        return "such releases fit"

    def refusal(self, name: str, version: str) -> str | None:
        """Return why a release is no candidate although a file fits; None when it may be one."""
        package = self._packages.get(name)
        if package is None or version not in package.positions:
            return "no index has it"
        position = package.positions[version]
        if not package.anywhere >> position & 1:
            return "the manifest, or another category's pins, leave it out"
        for environment in self.term_environments:
            found = self._releases.get((Key(name, None, environment), position))
            if isinstance(found, str):
                return found
        return None

    def is_direct(self, name: str) -> bool:
        """Return whether the manifest itself requires a package, in some environment."""
        return name in self._direct

    def points(self, name: str) -> Mapping[str, Mapping[str, int]]:
        """Return what the judge gives the versions of a package, by level."""
        package = self._packages.get(name)
        return {} if package is None else package.verdict.points

    def points_by_level(self, name: str) -> list[Mapping[str, int]]:
        """Return the same for each of the problem's levels."""
        points = self.points(name)
        if len(self.level_names) == 1:
            return [next(iter(points.values()), {})]
        return [points.get(level, {}) for level in self.level_names]

    def has_candidate(self, name: str, version: str) -> bool:
        """Return whether a release may be chosen; the package must have been supplied."""
        package = self.package(name)
        if package is None or version not in package.positions:
            return False
        return bool(package.anywhere >> package.positions[version] & 1)

    def is_loaded(self, name: str, version: str) -> bool:
        """Return whether the requirements of a release are known, or known to be unknowable."""
        package = self._packages[name]
        return package is None or (name, package.positions[version]) in self.session.metadata

    def metadata_need(self, name: str, version: str) -> MetadataNeed | None:
        """Return what to fetch to load a release; None when it has no file to ask."""
        package = self._packages[name]
        if package is None:
            return None
        position = package.positions[version]
        environment = next(
            (place for place, each in enumerate(package.allowed) if each >> position & 1), 0
        )
        return self.session.metadata_need(package.view.releases, position, environment)

    def position(self, name: str, version: str) -> int:
        """Return where a version stands among its project's; KeyError when it is none of them."""
        package = self._packages[name]
        if package is None:
            raise KeyError(name)
        return package.positions[version]

    # The problem.

    def build(self, title: str = "") -> Known:
        """Return the problem as far as it is known; `missing` then tells what could not be looked at.

        Linear in what is known.
        """
        while True:
            self.missing = {}
            assembly = Assembly(self, self._judge, self.level_names)
            if assembly.collect():
                return assembly.finish(title)

    def package(self, name: str) -> Package | None:
        """Return a package, judged when it is first come to; None when no index has it."""
        if name not in self._packages:
            releases = self.session.projects[name]
            self._packages[name] = None if releases is None else self._make_package(name, releases)
        return self._packages[name]

    def _make_package(self, name: str, releases: ProjectReleases) -> Package:
        admission = self.session.admissions.of(name)
        request = self.session.request
        candidates = tuple(
            Candidates(releases, environment=each, policy=request.policy, admission=admission)
            for each in request.environments
        )
        hidden = 0
        if admission.prereleases == "no":
            hidden = int.from_bytes(releases.prereleases, "little")
        allowed, usable = [], 0
        for environment, own in enumerate(candidates):
            fits = _fitting(own) & ~hidden
            usable |= fits
            for excluded, _fact in self.session.restrictions.exclusions(name, environment, own):
                fits &= ~_to_positions(int.from_bytes(excluded, "little"), own)
            allowed.append(fits)
        view = PackageView(
            releases, candidates, usable, admission.prereleases == "wanted", name in self._direct
        )
        return Package(view, allowed, self._judge.judge(name, view))

    def listed_positions(self, key: Key, package: Package) -> list[int]:
        """Return the positions of a node's candidates, ascending."""
        if self._several and key.environment != SHARED:
            found = package.allowed[key.environment]
        else:
            found = package.anywhere
        return _positions(found & self.kept.get(key.name, -1))

    def mark(self, key: Key, package: Package) -> tuple[object, ...]:
        """Return what the listing of a node depends on."""
        return package, self.kept.get(key.name, -1), self.session.looked_at(key.name)

    def key(self, name: str, extra: str | None, environment: int) -> Key:
        """Return the key of a node in an environment of the request."""
        return Key(name, extra, environment if self._several else SHARED)

    def requirements(self, key: Key, position: int) -> tuple[Active, ...] | str | None:
        """Return what a release requires at a node, or why it is no candidate; None: not known yet."""
        if key.environment == SHARED and self._several:
            return ()
        found = self._releases.get((key, position))
        if found is None:
            metadata = self.session.metadata.get((key.name, position))
            if metadata is None:
                return None
            found = self._releases[key, position] = self._read(key, position, metadata)
        return found

    def _read(
        self, key: Key, position: int, metadata: CoreMetadata | Skipped
    ) -> tuple[Active, ...] | str:
        if isinstance(metadata, Skipped):
            return metadata.reason
        environment = max(key.environment, 0)
        refusal = self.session.refusal(metadata, environment)
        if refusal is not None:
            return f"would {refusal}"
        try:
            active = self.session.active_of(key.name, position, environment, key.extra or "")
            if key.extra is not None:
                plain = set(self.session.active_of(key.name, position, environment, ""))
                active = [each for each in active if each not in plain]
        except ValueError as exc:
            return f"has invalid metadata ({exc})"
        for name, _extras, _specifier, url, _line in active:
            if url is not None:
                return f"requires {name} from a direct URL"
        return tuple(active)

    def admit(self, key: Key, position: int, active: Sequence[Active]) -> bool:
        """Admit pre-releases and yanked releases that a release asks for. Return whether any is new."""
        mark = (key.name, position, key.environment, key.extra or "")
        if mark in self._admitted or any(each[0] not in self.session.projects for each in active):
            return False
        self._admitted.add(mark)
        environment = max(key.environment, 0)
        new = self.session.admissions.admit_for(
            active,
            projects=self.session.projects,
            is_met_by_finals=partial(self._is_met, environment=environment),
        )
        if new:
            for each in active:
                self._packages.pop(each[0], None)
        return new

    def _is_met(self, name: str, specifier: str, environment: int) -> bool:
        package = self.package(name)
        assert package is not None  # noqa: S101 - asked only of packages that an index has
        allowed = int.from_bytes(package.view.releases.match(specifier), "little")
        finals = ~int.from_bytes(package.view.releases.prereleases, "little")
        return bool(package.allowed[environment] & allowed & finals)

    def requirement(
        self, name: str, extras: Sequence[str], specifier: str, environment: int
    ) -> ConditionalRequirement:
        """Return a requirement in an environment of nodes."""
        given = (name, tuple(extras), specifier, environment)
        found = self._parsed.get(given)
        if found is None:
            keys = [Key(name, extra, environment) for extra in (*extras, None)]
            inside = sorted({key.node for key in keys} - {name})
            nodes = [*inside, name]  # in the order in which a problem file is read
            inner = ",".join(node[len(name) + 1 : -1] for node in inside)
            text = f"{name}[{inner}]{specifier}" if inner else f"{name}{specifier}"
            found = self._parsed[given] = ConditionalRequirement(text, tuple(nodes), specifier)
        return found

    # What terms ask.

    def node_in(self, name: str, environment: int) -> str:
        """Return the node of a package in an environment of nodes."""
        return Key(name, None, environment).node

    def matching(self, match: Match) -> frozenset[str]:
        """Return the candidates that a match holds; none for a package that is not known."""
        if match.name in self.unlisted:
            return _PLACEHOLDER
        package = self._packages.get(match.name)
        if package is None:
            return frozenset()
        kept = self.kept.get(match.name, -1)
        known = self._matched.get(id(match))
        # The match itself is kept beside its answer, so that no other one can have its id.
        if known is not None and known[0] is match and known[1] is package and known[2] == kept:
            return known[3]
        found = self._match(match, package, kept)
        self._matched[id(match)] = (match, package, kept, found)
        return found

    def _match(self, match: Match, package: Package, kept: int) -> frozenset[str]:
        if not self._is_from(match, package):
            return frozenset()
        if match.develop is not None and match.develop != self._develop:
            return frozenset()
        found = package.anywhere & kept
        if match.versions is None:
            try:
                held = package.view.releases.match(match.specifier) if match.specifier else None
            except ValueError:
                return frozenset()
            if held is not None:
                found &= int.from_bytes(held, "little")
            return frozenset(package.versions[position] for position in _positions(found))
        return frozenset(
            version
            for version in match.versions
            if found >> package.positions.get(version, len(package.versions)) & 1
        )

    def _is_from(self, match: Match, package: Package) -> bool:
        if match.index_url is None and match.not_index_url is None:
            return True
        own = self._index_urls.get(package.view.releases.index, "").rstrip("/")
        if match.index_url is not None and match.index_url.rstrip("/") != own:
            return False
        return match.not_index_url is None or match.not_index_url.rstrip("/") != own

    def parse(self, text: str, environment: int) -> ConditionalRequirement | None:
        """Return a requirement of a term; None when its marker does not hold there."""
        active = self.parse_active(text, environment)
        if active is None:
            return None
        name, extras, specifier, _url, _line = active
        return self.requirement(name, extras, specifier, environment)

    def parse_active(self, text: str, environment: int) -> Active | None:
        """Return a PEP 508 requirement read; None when its marker does not hold there."""
        found = active_requirements((text,), self.session.markers[max(environment, 0)], "")
        return found[0] if found else None


def _fitting(candidates: Candidates) -> int:
    """Return the positions with a file that fits."""
    flags = bytes(candidates.misfit(place) is None for place in range(len(candidates)))
    return int.from_bytes(bits.from_flags(flags), "little")


def _to_positions(by_preference: int, candidates: Candidates) -> int:
    if candidates.order is None:
        return by_preference
    return sum(1 << candidates.order[place] for place in _positions(by_preference))


def _positions(found: int) -> list[int]:
    """Return the positions of a bitset, ascending."""
    return list(bits.indexes(found.to_bytes((found.bit_length() + 7) >> 3, "little")))

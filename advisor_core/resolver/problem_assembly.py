"""One pass of the problem builder: from the roots over everything known, to a `Problem`. No I/O.

Pass by pass: nodes are collected from the roots along loaded requirements, and along what terms require;
then requirements are spelled with the conditions that switch them off, and terms become the problem's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver.problem import Level, Pair, Problem, Release, Term
from advisor_core.resolver.problem_nodes import SHARED, Key
from advisor_core.resolver.term_binding import (
    BoundTerm,
    as_pair,
    as_term,
    bind_terms,
    skip_conditions,
)
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.pipeline.interface import MatchTerm
    from advisor_core.resolver.encode import Active
    from advisor_core.resolver.problem import Condition, ConditionalRequirement
    from advisor_core.resolver.problem_building import Judge, Known, Package, ProblemBuilder

__all__ = ["Assembly", "ListedNode"]


class ListedNode:
    """The candidates of a node, kept from one pass to the next."""

    __slots__ = ("admitted", "mark", "reached", "releases", "requires", "waiting")

    def __init__(self, mark: tuple[object, ...]) -> None:
        self.mark = mark
        """What it was made of; another mark: make it anew."""
        self.requires: dict[str, tuple[Active, ...] | None] = {}
        """Version to what it requires; None: not loaded yet."""
        self.reached: dict[tuple[str, tuple[str, ...]], None] = {}
        """The packages, with extras, that any of them requires."""
        self.releases: dict[str, Release] | None = None
        """The same as the problem has it; None: not made yet."""
        self.waiting: frozenset[str] = frozenset()
        """Those that are not loaded."""
        self.admitted = False
        """Whether the pre-releases and yanked releases that they ask for are admitted."""


class Assembly:
    """A pass under way."""

    def __init__(self, builder: ProblemBuilder, judge: Judge, levels: Sequence[str]) -> None:
        self._builder = builder
        self._judge = judge
        self._levels = levels
        self._queue: list[Key] = []
        self._queued: set[Key] = set()
        self._found: dict[Key, ListedNode] = {}
        self._terms: Sequence[MatchTerm] = ()
        self._roots: list[tuple[str, tuple[str, ...], str, int]] = []

    def collect(self) -> bool:
        """Find every node. Return False when more releases were admitted: then begin anew."""
        builder = self._builder
        for declared, environment in builder.session.restrictions.roots:
            wanted = declared.requirement
            key = builder.key(wanted.name, None, environment)
            self._roots.append((wanted.name, wanted.extras, wanted.specifier, key.environment))
            self._reach(wanted.name, wanted.extras, key.environment)
        done = 0
        while done < len(self._queue):
            while done < len(self._queue):
                if not self._list(self._queue[done]):
                    return False
                done += 1
            self._find_terms()
            self._reach_by_terms()
        return True

    def _find_terms(self) -> None:
        names = {key.name for key in self._found}
        projects = self._builder.session.projects
        others = self._judge.companions(sorted(names))
        for name in sorted(others & projects.keys()):
            # Supplied before, although nothing reaches it now: its candidates count all the same.
            if projects[name] is not None:
                for environment in self._builder.term_environments:
                    self._reach(name, (), environment)
        self._builder.unlisted = frozenset(others - projects.keys() - names)
        self._terms = self._judge.terms(sorted(names | self._builder.unlisted))

    def _reach(self, name: str, extras: Iterable[str], environment: int) -> None:
        keys = [Key(name, None, environment)]
        keys += [Key(name, extra, environment) for extra in extras]
        if environment != SHARED:
            keys.append(Key(name))
        for key in keys:
            if key not in self._queued:
                self._queued.add(key)
                self._queue.append(key)

    def _list(self, key: Key) -> bool:
        """List the candidates of a node. Return False when more were admitted on the way."""
        builder = self._builder
        if key.name not in builder.session.projects:
            builder.missing[key.name] = None
            return True
        package = builder.package(key.name)
        if package is None:
            return True
        mark = builder.mark(key, package)
        known = builder.listed.get(key)
        if known is None or known.mark != mark:
            known = builder.listed[key] = ListedNode(mark)
            for position in builder.listed_positions(key, package):
                active = builder.requirements(key, position)
                if isinstance(active, str):
                    continue
                known.requires[package.versions[position]] = active
                if active is not None:
                    known.reached.update(
                        ((name, extras), None) for name, extras, _specifier, _url, _line in active
                    )
        for name, extras in known.reached:
            self._reach(name, extras, key.environment)
        self._found[key] = known
        return self._admit(key, package, known)

    def _admit(self, key: Key, package: Package, known: ListedNode) -> bool:
        """Admit what the requirements of a node ask for. Return False when that is anything new."""
        builder = self._builder
        if known.admitted or any(name not in builder.session.projects for name, _ in known.reached):
            return True
        for version, active in known.requires.items():
            if active and builder.admit(key, package.positions[version], active):
                return False
        known.admitted = True
        return True

    def _reach_by_terms(self) -> None:
        """Reach the packages that terms require or that stand for others."""
        builder = self._builder
        for term in self._terms:
            for environment in builder.term_environments:
                for text in term.requires or ():
                    active = builder.parse_active(text, environment)
                    if active is not None:
                        self._reach(active[0], active[1], environment)
                if term.stands_for is not None:
                    # The other package is reached with the extras of the one it stands for.
                    original = term.when[0].name
                    extras = {
                        key.extra
                        for key in self._found
                        if key.name == original and key.environment == environment and key.extra
                    }
                    self._reach(term.stands_for[0], sorted(extras), environment)

    def finish(self, title: str) -> Known:
        """Return the problem of what was collected."""
        from advisor_core.resolver.problem_building import Known  # noqa: PLC0415 - it imports this

        builder = self._builder
        packages: dict[str, dict[str, Release]] = {}
        unloaded: dict[str, frozenset[str]] = {}
        skips = _by_target(self._terms)
        pseudonyms = any(term.stands_for is not None for term in self._terms)
        for key, listed in self._found.items():
            node = key.node
            builder.keys[node] = key
            if listed.releases is None or skips:
                listed.releases = {
                    version: self._release(key, version, active, skips)
                    for version, active in listed.requires.items()
                }
                listed.waiting = frozenset(
                    version for version, active in listed.requires.items() if active is None
                )
            packages[node] = dict(listed.releases) if pseudonyms else listed.releases
            if skips:
                listed.releases = None
            if listed.waiting:
                unloaded[node] = listed.waiting
        self._add_virtual(packages)
        roots = tuple(
            found
            for name, extras, specifier, environment in self._roots
            if (found := self._required(None, name, extras, specifier, environment, skips))
            is not None
        )
        bound = bind_terms(self._terms, builder)
        problem = Problem(title, roots, packages, self._make_levels(bound))
        return Known(problem, unloaded, tuple(bound), frozenset(self._unlisted_nodes()))

    def _unlisted_nodes(self) -> Iterable[str]:
        for name in sorted(self._builder.unlisted):
            for environment in self._builder.term_environments:
                key = Key(name, None, environment)
                self._builder.keys[key.node] = key
                yield key.node

    def _release(
        self,
        key: Key,
        version: str,
        active: tuple[Active, ...] | None,
        skips: Mapping[str, list[MatchTerm]],
    ) -> Release:
        requires = []
        tie = key.tie
        if tie is not None:
            same = f"==={version}"
            requires.append(self._builder.requirement(key.name, (), same, tie.environment))
        for name, extras, specifier, _url, _line in active or ():
            requirer = (key.name, version)
            found = self._required(requirer, name, extras, specifier, key.environment, skips)
            if found is not None:
                requires.append(found)
        return Release(tuple(dict.fromkeys(requires))) if requires else _NOTHING

    def _required(
        self,
        requirer: tuple[str, str] | None,
        name: str,
        extras: Sequence[str],
        specifier: str,
        environment: int,
        skips: Mapping[str, list[MatchTerm]],
    ) -> ConditionalRequirement | None:
        """Return a requirement with what switches it off; None when it is always off."""
        plain = self._builder.requirement(name, extras, specifier, environment)
        unless: tuple[Condition, ...] | None = None
        for term in skips.get(name, ()):
            found = self._skip(term, requirer, environment)
            if found is None:
                continue
            if not found:
                return None
            # One of several conditions is kept: the format has one per requirement.
            unless = unless or found
        return plain if unless is None else replace(plain, unless=unless)

    def _skip(
        self, term: MatchTerm, requirer: tuple[str, str] | None, environment: int
    ) -> tuple[Condition, ...] | None:
        if requirer is None:
            if term.when and not term.every_requirer:
                return None
            requirer = ("", "")
        return skip_conditions(term, *requirer, environment, self._builder)

    def _add_virtual(self, packages: dict[str, dict[str, Release]]) -> None:
        """Add, beside each release that another package may stand for, a virtual one that requires it."""
        pseudonyms = [term for term in self._terms if term.stands_for is not None]
        for number, term in enumerate(pseudonyms):
            assert term.stands_for is not None  # noqa: S101 - chosen by it
            other, other_version = term.stands_for
            matched = self._builder.matching(term.when[0])
            for key in self._found:
                if key.name != term.when[0].name:
                    continue
                for version in sorted(matched & self._found[key].requires.keys()):
                    label = f"{version}{'.' if '+' in version else '+'}thoth.{number}"
                    extras = (key.extra,) if key.extra else ()
                    requires = []
                    if key.tie is not None:
                        requires.append(
                            self._builder.requirement(
                                key.name, (), f"==={label}", key.tie.environment
                            )
                        )
                    requires.append(
                        self._builder.requirement(
                            other,
                            extras,
                            f"==={other_version}" if other_version else "",
                            key.environment,
                        )
                    )
                    packages[key.node][label] = Release(tuple(requires), virtual=True)

    def _make_levels(self, bound: Sequence[BoundTerm]) -> tuple[Level, ...]:
        builder = self._builder
        unary: dict[str, dict[str, dict[str, int]]] = {name: {} for name in self._levels}
        for key, listed in self._found.items():
            if key.extra is not None or key.environment not in builder.term_environments:
                continue
            for level, points in builder.points(key.name).items():
                own = {
                    version: points[version] for version in listed.requires if points.get(version)
                }
                if own:
                    unary[self._level(level)][key.node] = own
        pairs: dict[str, list[Pair]] = {name: [] for name in self._levels}
        terms: dict[str, list[Term]] = {name: [] for name in self._levels}
        for each in bound:
            level = self._level(each.term.level)
            pair = as_pair(each)
            if pair is not None:
                pairs[level].append(pair)
                continue
            term = as_term(each, builder)
            if term is not None:
                terms[level].append(term)
        return tuple(
            Level(name, unary[name], tuple(pairs[name]), tuple(terms[name]))
            for name in self._levels
        )

    def _level(self, name: str) -> str:
        return name if name in self._levels else self._levels[-1]


_NOTHING = Release()


def _by_target(terms: Iterable[MatchTerm]) -> dict[str, list[MatchTerm]]:
    found: dict[str, list[MatchTerm]] = {}
    for term in terms:
        if term.skips is not None:
            found.setdefault(term.skips, []).append(term)
    return found

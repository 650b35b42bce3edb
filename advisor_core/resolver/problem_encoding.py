"""Turns a `Problem` into the integer arrays of the engine (`ext/core/stack_problem.h`).

Names become numbers, and everything a specifier or a list of versions says becomes a *set*: a bit
for each candidate of one node, newest first, and a last one for "absent". Equal sets and equal
requirement lists are stored once. Performs no I/O.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from advisor_core.standards import VersionList, compare_versions, normalize_version
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from advisor_core.resolver.problem import (
        Condition,
        ConditionalRequirement,
        Level,
        Problem,
        Release,
    )

__all__ = ["EncodedProblem", "EncodingStopped", "encode_problem"]

CHUNK_STEPS = 4096
"""Releases, pairs and terms between two questions whether to stop: some milliseconds."""

_SCORE, _FORBID, _REQUIRE = 0, 1, 2
"""`th_rule_kind`."""

_NOTHING = -1
"""`TH_NONE`: a list that makes its release unusable, a requirement that nothing meets."""


class EncodingStopped(Exception):  # noqa: N818 - as StopIteration: a result, no fault
    """`should_stop` said so before the problem was encoded."""


@dataclass(frozen=True, slots=True)
class EncodedProblem:
    """A problem in arrays, and the way back."""

    arrays: Mapping[str, array[int] | bytes]
    """The keyword arguments of `_engine.Problem`."""
    nodes: tuple[str, ...]
    candidates: tuple[tuple[str, ...], ...]
    """Of each node, newest first."""

    def decode(self, values: Sequence[int]) -> dict[str, str]:
        """Return the stack that `values` (one per node, -1 for absent) stand for."""
        return {
            node: candidates[value]
            for node, candidates, value in zip(self.nodes, self.candidates, values, strict=True)
            if value >= 0
        }


def encode_problem(
    problem: Problem,
    weights: Sequence[int],
    *,
    all_visible: bool = False,
    should_stop: Callable[[], bool] | None = None,
) -> EncodedProblem:
    """Return the arrays of `problem` whose score is the sum of the levels' scores times `weights`.

    With `all_visible`, stacks that differ only in what is not reported are different stacks.
    Cost: one match per distinct requirement, and linear in everything else. `should_stop` is asked
    every few milliseconds; raises EncodingStopped once it says yes.
    """
    return _Encoder(problem, _Pace(should_stop)).encode(weights, all_visible=all_visible)


class _Pace:
    """Asks whether to stop each time so many steps were counted."""

    def __init__(self, should_stop: Callable[[], bool] | None) -> None:
        self._should_stop = should_stop
        self._left = CHUNK_STEPS

    def count(self, steps: int) -> None:
        """Count steps about to be taken; raise EncodingStopped when it is time."""
        self._left -= steps
        if self._left <= 0 and self._should_stop is not None:
            self._left = CHUNK_STEPS
            if self._should_stop():
                raise EncodingStopped


class _Node:
    """One node: its candidates in order, and how specifiers select among them."""

    def __init__(self, index: int, releases: Mapping[str, Release]) -> None:
        self.index = index
        listed = VersionList(list(releases))
        places = {version: place for place, version in enumerate(listed.versions)}
        place_of = {version: _place(version, places) for version in releases}
        self.candidates = tuple(sorted(releases, key=lambda version: place_of[version]))
        self.numbers = {version: number for number, version in enumerate(self.candidates)}
        self.places = [place_of[version] for version in self.candidates]
        self.listed = listed
        self.size = len(self.candidates)

    def matching(self, specifier: str) -> int:
        """Return the set of candidates that the specifier accepts."""
        accepted = int.from_bytes(self.listed.match(specifier), "little")
        if len(self.listed) == self.size:
            return accepted
        return sum(1 << number for number, place in enumerate(self.places) if accepted >> place & 1)

    def holding(self, condition: Condition) -> int:
        """Return the set of values with which the condition holds."""
        if condition.versions is None:
            return 1 << self.size
        return self.listing(condition.versions) | condition.or_absent << self.size

    def listing(self, versions: Iterable[str]) -> int:
        """Return the set of those of `versions` that are candidates."""
        return sum(1 << self.numbers[version] for version in versions if version in self.numbers)


def _place(version: str, places: Mapping[str, int]) -> int:
    """Return where a version stands; 1.0 and 1.0.0 are two candidates at one place."""
    place = places.get(normalize_version(version))
    if place is not None:
        return place
    return next(at for listed, at in places.items() if compare_versions(listed, version) == 0)


class _Encoder:
    def __init__(self, problem: Problem, pace: _Pace) -> None:
        self.problem = problem
        self.pace = pace
        self.nodes = dict(self.make_nodes())
        self.sets: dict[tuple[int, int], int] = {}
        """(node, bits) to set."""
        self.lists: dict[tuple[int, ...], int] = {}
        self.matches: dict[tuple[str, str], int] = {}
        """(node name, specifier) to set, or _NOTHING when no such node exists."""
        self.rules: dict[tuple[int, tuple[int, ...], tuple[int, ...], int], int] = {}
        """(kind, when, unless, target) to the sum of points."""
        self.pairs: dict[tuple[int, int], int] = {}

    def make_nodes(self) -> Iterator[tuple[str, _Node]]:
        for index, (name, releases) in enumerate(self.problem.packages.items()):
            self.pace.count(2 * len(releases) + 1)
            yield name, _Node(index, releases)

    def encode(self, weights: Sequence[int], *, all_visible: bool) -> EncodedProblem:
        candidate_lists = self.encode_releases()
        roots = self.encode_roots()
        self.encode_requiring_terms()
        scores = array("q", bytes(8 * len(candidate_lists)))
        for level, weight in zip(self.problem.levels, weights, strict=True):
            self.encode_level(level, weight, scores)
        visible = bytes(self.visibility(all_visible=all_visible))
        sizes = [node.size for node in self.nodes.values()]
        arrays: dict[str, array[int] | bytes] = {
            "node_sizes": array("i", sizes),
            "candidate_lists": array("i", candidate_lists),
            "candidate_scores": scores,
            "candidate_visible": visible,
            "set_nodes": array("i", [node for node, _ in self.sets]),
            "set_bytes": b"".join(self.packed_sets(sizes)),
            "root_sets": array("i", roots),
            "pair_a": array("i", [a for a, _ in self.pairs]),
            "pair_b": array("i", [b for _, b in self.pairs]),
            "pair_scores": array("q", self.pairs.values()),
            "rule_kinds": bytes(kind for kind, _, _, _ in self.rules),
            "rule_values": array(
                "q",
                [
                    points if kind == _SCORE else target
                    for (kind, _, _, target), points in self.rules.items()
                ],
            ),
        }
        for name, rows in (
            ("list", list(self.lists)),
            ("rule_when", [when for _, when, _, _ in self.rules]),
            ("rule_unless", [unless for _, _, unless, _ in self.rules]),
        ):
            self.pace.count(len(rows) // 4)
            arrays[f"{name}_offsets"] = _offsets(rows)
            items = "list_sets" if name == "list" else name
            arrays[items] = array("i", [item for row in rows for item in row])
        return EncodedProblem(
            arrays, tuple(self.nodes), tuple(node.candidates for node in self.nodes.values())
        )

    def visibility(self, *, all_visible: bool) -> Iterator[bool]:
        """Return of every candidate whether stacks with it differ from those without."""
        for name, node in self.nodes.items():
            self.pace.count(node.size // 2)
            for version in node.candidates:
                yield all_visible or self.problem.is_distinct(name, version)

    def packed_sets(self, sizes: Sequence[int]) -> Iterator[bytes]:
        """Return the bits of every set, as many bytes as its node needs."""
        for node, bits in self.sets:
            length = (sizes[node] + 8) // 8
            self.pace.count(1 + length // 1024)
            yield bits.to_bytes(length, "little")

    def set_of(self, node: _Node, bits: int) -> int:
        return self.sets.setdefault((node.index, bits), len(self.sets))

    def required_set(self, target: str, specifier: str) -> int:
        known = self.matches.get((target, specifier))
        if known is None:
            node = self.nodes.get(target)
            self.pace.count(1 if node is None else node.size // 4)
            known = _NOTHING if node is None else self.set_of(node, node.matching(specifier))
            self.matches[target, specifier] = known
        return known

    def conditions(self, conditions: Iterable[Condition]) -> tuple[int, ...] | None:
        """Return the sets that must all hold, or None when they never do."""
        sets = []
        for condition in conditions:
            self.pace.count(1 + len(condition.versions or ()) // 4)
            node = self.nodes.get(condition.node)
            if node is None:
                if condition.versions is None or condition.or_absent:
                    continue  # what does not exist is always absent
                return None
            bits = node.holding(condition)
            if bits == 0:
                return None
            sets.append(self.set_of(node, bits))
        return tuple(sorted(set(sets)))

    def switch(self, requirement: ConditionalRequirement) -> tuple[int, ...] | None:
        """Return the sets that together switch the requirement off.

        Empty: nothing does. None: it is always off.
        """
        if requirement.unless is None:
            return ()
        sets = self.conditions(requirement.unless)
        if sets is None:
            return ()
        return sets or None

    def add_rule(
        self, kind: int, when: tuple[int, ...], unless: tuple[int, ...] = (), target: int = _NOTHING
    ) -> None:
        self.rules.setdefault((kind, when, unless, target), 0)

    def require(self, when: tuple[int, ...], requirement: ConditionalRequirement) -> None:
        """Add the rules of a requirement that is active when `when` holds."""
        unless = self.switch(requirement)
        if unless is not None:
            for target in requirement.targets:
                self.add_rule(
                    _REQUIRE, when, unless, self.required_set(target, requirement.specifier)
                )

    def encode_releases(self) -> list[int]:
        """Return the requirement list of every candidate; conditional requirements become rules."""
        found = []
        switches: dict[int, tuple[ConditionalRequirement, tuple[int, ...] | None]] = {}
        # By identity: releases share their requirements, and comparing these takes longer.
        for name, node in self.nodes.items():
            conditional: dict[int, int] = {}
            for number, version in enumerate(node.candidates):
                always = []
                requires = self.problem.packages[name][version].requires
                self.pace.count(len(requires) + 1)
                for requirement in requires:
                    unless: tuple[int, ...] | None = ()
                    if requirement.unless is not None:
                        known = switches.get(id(requirement))
                        if known is None:
                            known = switches[id(requirement)] = (
                                requirement,
                                self.switch(requirement),
                            )
                        unless = known[1]
                    if unless == ():
                        always += [
                            self.required_set(target, requirement.specifier)
                            for target in requirement.targets
                        ]
                    elif unless is not None:
                        place = id(requirement)
                        conditional[place] = conditional.get(place, 0) | 1 << number
                if _NOTHING in always:
                    found.append(_NOTHING)
                else:
                    key = tuple(sorted(set(always)))
                    found.append(self.lists.setdefault(key, len(self.lists)))
            merged: dict[ConditionalRequirement, int] = {}
            for place, bits in conditional.items():
                requirement = switches[place][0]
                merged[requirement] = merged.get(requirement, 0) | bits
            for requirement, bits in merged.items():
                self.require((self.set_of(node, bits),), requirement)
        return found

    def encode_roots(self) -> list[int]:
        roots = []
        for requirement in self.problem.roots:
            if self.switch(requirement) != ():
                self.require((), requirement)
                continue
            for target in requirement.targets:
                found = self.required_set(target, requirement.specifier)
                if found == _NOTHING:
                    self.add_rule(_FORBID, ())
                else:
                    roots.append(found)
        return roots

    def encode_requiring_terms(self) -> None:
        for term in self.problem.terms:
            when = self.conditions(term.when)
            if when is None or term.score is not None:
                continue
            if term.forbid is not None:
                self.add_rule(_FORBID, when)
            for requirement in term.requires or ():
                self.require(when, requirement)

    def encode_level(self, level: Level, weight: int, scores: array[int]) -> None:
        """Add a level's points, times its weight, to `scores`, the pairs and the rules."""
        first = 0
        for name, node in self.nodes.items():
            self.pace.count(node.size // 4)
            for version, points in level.unary.get(name, {}).items():
                number = node.numbers.get(version)
                if number is not None:
                    scores[first + number] += points * weight
            first += node.size
        for pair in level.pairs:
            self.pace.count(1 + (len(pair.a_versions) + len(pair.b_versions)) // 4)
            a, b = self.nodes.get(pair.a), self.nodes.get(pair.b)
            if a is None or b is None:
                continue
            bits_a, bits_b = a.listing(pair.a_versions), b.listing(pair.b_versions)
            if bits_a and bits_b:
                key = (self.set_of(a, bits_a), self.set_of(b, bits_b))
                self.pairs[key] = self.pairs.get(key, 0) + pair.score * weight
        for term in level.terms:
            when = self.conditions(term.when) if term.score is not None else None
            if when is not None and term.score is not None:
                rule = (_SCORE, when, (), _NOTHING)
                self.rules[rule] = self.rules.get(rule, 0) + term.score * weight


def _offsets(rows: Iterable[Sequence[int]]) -> array[int]:
    offsets = array("i", [0])
    for row in rows:
        offsets.append(offsets[-1] + len(row))
    return offsets

"""The pure Python twin of `advisor_core._engine.Solver`: same answers, slowly. Performs no I/O.

The oracle of the C engine in tests, and the fallback where the extension could not be built. It
follows the same idea, described in `ext/core/solver.h`, with the plainest means: a set of values is
a Python int, bit `size` stands for "absent", and each incompatibility is looked at whenever one of
its nodes changed.

Source: PubGrub, https://github.com/dart-lang/pub/blob/master/doc/solver.md
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor_core.resolver.interface import Cause, Choice, Outcome, ProofStep, Term

__all__ = ["Solver"]

_CANDIDATES_MAX = 1 << 20  # of one node, as in the C engine


@dataclass(eq=False, slots=True)
class _Incompatibility:
    """Terms that must not all hold. See `ext/core/incompatibility.h`."""

    terms: dict[int, int]
    """Node to set of values."""
    kind: Literal["root", "excluded", "requirement", "derived"]
    node: int = -1
    target: int = -1
    versions: int = 0
    tags: dict[int, int] = field(default_factory=dict)
    """Version to tag; of a root or exclusion, 0 to tag."""
    parents: tuple[_Incompatibility, ...] = ()


@dataclass(slots=True)
class _Step:
    """A domain became smaller: the domain after it, and the reason (None: a decision)."""

    domain: int
    reason: _Incompatibility | None
    level: int
    position: int
    """Order among all steps of all nodes."""


@dataclass(slots=True)
class _Node:
    """A node with what is known of it."""

    size: int
    history: list[_Step]
    incompatibilities: list[_Incompatibility] = field(default_factory=list)
    requirements: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Version to the nodes it requires, in order."""

    @property
    def domain(self) -> int:
        return self.history[-1].domain

    @property
    def preferred(self) -> int:
        return (self.domain & -self.domain).bit_length() - 1

    @property
    def everything(self) -> int:
        return (2 << self.size) - 1

    def to_bytes(self, versions: int) -> bytes:
        return versions.to_bytes((self.size + 7) // 8, "little")


class Solver:
    """Conflict-driven solver for version choice; the manual is `interface.Solver`."""

    def __init__(self) -> None:
        self._nodes: list[_Node] = []
        self._roots: list[int] = []
        self._queue: list[int] = []
        self._decisions: list[
            tuple[int, int, int]
        ] = []  # node, version, length of the queue before
        self._trail: list[int] = []
        self._changed: deque[int] = deque()
        self._merged: dict[tuple[int, int, int], _Incompatibility] = {}
        self._refutation: _Incompatibility | None = None
        self._outcome: Outcome | None = None  # of the last run
        self._is_current = False  # nothing was added since then
        self._is_cancelled = False
        self._busy = threading.Lock()
        self.conflicts = 0
        self.decisions = 0
        self.propagations = 0

    # What the caller says.

    def add_node(self, size: int, /) -> int:
        """Add a node with candidates 0..size-1 and return its id."""
        with self._use():
            if not 0 <= size <= _CANDIDATES_MAX:
                raise ValueError(f"size out of range: {size}")
            self._nodes.append(_Node(size, [_Step((2 << size) - 1, None, 0, -1)]))
            return len(self._nodes) - 1

    def add_root(self, node: int, allowed: bytes, tag: int, /) -> None:
        """Require the node from outside, to be one of `allowed`."""
        with self._use():
            mask = self._check_set("", node, allowed)
            self._is_current = False
            forbidden = self._nodes[node].everything & ~mask
            self._add(_Incompatibility({node: forbidden}, "root", node, -1, mask, {0: tag}))
            self._backjump(0)
            if node not in self._roots:
                self._roots.append(node)
            self._queue = list(self._roots)

    def exclude(self, node: int, versions: bytes, tag: int, /) -> None:
        """Say that these candidates cannot be used."""
        with self._use():
            mask = self._check_set("", node, versions)
            self._is_current = False
            self._backjump(0)
            if mask & self._nodes[node].domain:
                self._add(_Incompatibility({node: mask}, "excluded", node, -1, mask, {0: tag}))

    def add_requirements(
        self, node: int, version: int, requirements: Sequence[tuple[int, bytes, int]], /
    ) -> None:
        """Tell the requirements of one candidate, once."""
        with self._use():
            self._check_node("", node)
            state = self._nodes[node]
            if not 0 <= version < state.size:
                raise ValueError(f"version of node {node} out of range: {version}")
            if version in state.requirements:
                raise ValueError(f"requirements of node {node} version {version} were added before")
            checked = [
                (target, self._check_set(f"requirements[{i}]: ", target, allowed), tag)
                for i, (target, allowed, tag) in enumerate(requirements)
            ]
            self._is_current = False
            for target, mask, tag in checked:
                if target != node or not mask >> version & 1:
                    self._add_requirement(node, version, target, mask, tag)
            state.requirements[version] = tuple(target for target, _, _ in checked)

    def _add_requirement(self, node: int, version: int, target: int, mask: int, tag: int) -> None:
        forbidden = self._nodes[target].everything & ~mask
        merged = self._merged.get((node, target, forbidden))
        if merged is None:
            terms = {target: forbidden, node: 0}
            merged = _Incompatibility(terms, "requirement", node, target)
            self._merged[node, target, forbidden] = merged
        merged.terms[node] |= 1 << version
        merged.versions |= 1 << version
        merged.tags.setdefault(version, tag)
        self._add(merged)

    # The search.

    def run(self, *, conflict_budget: int = -1, deadline_seconds: float | None = None) -> Outcome:
        """Search until there is an outcome; see `interface.Solver`."""
        with self._use():
            seconds = math.inf if deadline_seconds is None else deadline_seconds
            if math.isnan(seconds):
                raise ValueError("deadline_seconds is not a number")
            self._outcome = self._search(conflict_budget, time.monotonic() + seconds)
            self._is_current = True
            return self._outcome

    def cancel(self) -> None:
        """Have the present run, or else the next one, return "cancelled"; from any thread."""
        self._is_cancelled = True

    def _search(self, conflict_budget: int, deadline: float) -> Outcome:
        while True:
            if self._is_cancelled:
                self._is_cancelled = False
                return "cancelled"
            if time.monotonic() >= deadline:
                return "budget"
            if self._refutation is not None:
                return "unsatisfiable"
            conflict = self._propagate()
            if conflict is not None:
                if conflict_budget == 0:
                    return "budget"
                conflict_budget -= conflict_budget > 0
                self._learn(conflict)
                continue
            if len(self._decisions) == len(self._queue):
                return "solved"
            node = self._queue[len(self._decisions)]
            version = self._nodes[node].preferred
            if version not in self._nodes[node].requirements:
                return "need"
            self._decide(node, version)

    def _decide(self, node: int, version: int) -> None:
        self.decisions += 1
        self._decisions.append((node, version, len(self._queue)))
        if self._nodes[node].domain != 1 << version:
            self._push(node, 1 << version, None)
        for target in self._nodes[node].requirements[version]:
            if target not in self._queue:
                self._queue.append(target)

    def _propagate(self) -> _Incompatibility | None:
        """Draw all conclusions. Return an incompatibility whose terms all hold, if there is one."""
        while self._changed:
            node = self._changed[0]
            for incompatibility in self._nodes[node].incompatibilities:
                if self._conclude(incompatibility):
                    return incompatibility
            self._changed.popleft()
        return None

    def _conclude(self, incompatibility: _Incompatibility) -> bool:
        """Take from a node what the only term that does not hold yet forbids it.

        Returns True when all terms hold.
        """
        last = -1
        for node, values in incompatibility.terms.items():
            domain = self._nodes[node].domain
            if domain & ~values == 0:
                continue
            if last != -1 or domain & values == 0:
                return False
            last = node
        if last == -1:
            return True
        self.propagations += 1
        self._push(last, self._nodes[last].domain & ~incompatibility.terms[last], incompatibility)
        return False

    def _push(self, node: int, domain: int, reason: _Incompatibility | None) -> None:
        step = _Step(domain, reason, level=len(self._decisions), position=len(self._trail))
        self._nodes[node].history.append(step)
        self._trail.append(node)
        self._changed.append(node)

    def _backjump(self, level: int) -> None:
        while self._trail and self._nodes[self._trail[-1]].history[-1].level > level:
            self._nodes[self._trail.pop()].history.pop()
        if level < len(self._decisions):
            del self._queue[self._decisions[level][2] :]
            del self._decisions[level:]

    # What is learnt.

    def _learn(self, conflict: _Incompatibility) -> None:
        """Resolve until one term of the last level is left, and go back; see `ext/core/learn.h`."""
        self.conflicts += 1
        learnt = conflict
        while learnt.terms:
            ordered = sorted(
                ((self._satisfier(node, values), node) for node, values in learnt.terms.items()),
                key=lambda pair: pair[0].position,
            )
            latest, pivot = ordered[-1]
            level_before = ordered[-2][0].level if len(ordered) > 1 else 0
            if latest.reason is None or level_before < latest.level:
                self._backjump(level_before)
                break
            learnt = self._resolve(learnt, latest.reason, pivot)
        self._add(learnt)

    def _satisfier(self, node: int, values: int) -> _Step:
        """Return the first step since which the node's domain lies in the values."""
        return next(step for step in self._nodes[node].history if step.domain & ~values == 0)

    def _resolve(
        self, left: _Incompatibility, right: _Incompatibility, pivot: int
    ) -> _Incompatibility:
        terms = dict(left.terms)
        for node, values in right.terms.items():
            if node == pivot:
                terms[node] |= values
                if terms[node] == self._nodes[node].everything:
                    del terms[node]
            else:
                terms[node] = terms.get(node, self._nodes[node].everything) & values
        return _Incompatibility(terms, "derived", parents=(left, right))

    def _add(self, incompatibility: _Incompatibility) -> None:
        """Look at the incompatibility from now on; terms that every value fulfils are left out."""
        for node, values in list(incompatibility.terms.items()):
            known = self._nodes[node].incompatibilities
            if values == self._nodes[node].everything:
                del incompatibility.terms[node]
            elif incompatibility not in known:
                known.append(incompatibility)
            self._changed.append(node)
        if not incompatibility.terms:
            self._refutation = incompatibility

    # What the caller asks.

    def needed(self) -> list[Choice]:
        """Return the candidates whose requirements the search wants to know, the blocking first."""
        with self._use():
            if self._outcome != "need":
                return []
            waiting = self._queue[len(self._decisions) :]
            others = (
                node
                for node, state in enumerate(self._nodes)
                if not state.domain >> state.size and node not in self._queue
            )
            choices = [(node, self._nodes[node].preferred) for node in [*waiting, *others]]
            return [(node, version) for node, version in choices if self._is_unknown(node, version)]

    def _is_unknown(self, node: int, version: int) -> bool:
        state = self._nodes[node]
        return version < state.size and version not in state.requirements

    def solution(self) -> list[Choice]:
        """Return the decisions, in order."""
        with self._use():
            if self._outcome != "solved" or not self._is_current:
                raise RuntimeError("no solution: run() has not returned 'solved'")
            return [(node, version) for node, version, _ in self._decisions]

    def proof(self) -> list[ProofStep]:
        """Return the derivation of the incompatibility without terms, which comes last."""
        with self._use():
            if self._refutation is None:
                raise RuntimeError("no proof: run() has not returned 'unsatisfiable'")
            position: dict[_Incompatibility, int] = {}
            steps: list[ProofStep] = []
            waiting = [self._refutation]
            while waiting:
                top = waiting[-1]
                missing = [parent for parent in top.parents if parent not in position]
                if top in position or not missing:
                    waiting.pop()
                    if top not in position:
                        position[top] = len(steps)
                        steps.append((self._terms(top), self._cause(top, position)))
                else:
                    waiting.extend(missing)
            return steps

    def _terms(self, incompatibility: _Incompatibility) -> tuple[Term, ...]:
        terms = []
        for node, values in incompatibility.terms.items():
            state = self._nodes[node]
            holds = not values >> state.size
            versions = values if holds else state.everything & ~values
            terms.append((node, holds, state.to_bytes(versions)))
        return tuple(terms)

    def _cause(self, top: _Incompatibility, position: dict[_Incompatibility, int]) -> Cause:
        if top.kind == "derived":
            left, right = top.parents
            return ("derived", position[left], position[right])
        if top.kind == "root":
            return ("root", top.node, top.tags[0])
        versions = self._nodes[top.node].to_bytes(top.versions)
        if top.kind == "excluded":
            return ("excluded", top.node, versions, top.tags[0])
        tags = tuple(tag for _, tag in sorted(top.tags.items()))
        return ("requirement", top.node, versions, top.target, tags)

    # Checks.

    @contextmanager
    def _use(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("solver is already running")
        try:
            yield
        finally:
            self._busy.release()

    def _check_node(self, place: str, node: int) -> None:
        if not 0 <= node < len(self._nodes):
            raise ValueError(f"{place}node out of range: {node}")

    def _check_set(self, place: str, node: int, versions: bytes) -> int:
        self._check_node(place, node)
        size = self._nodes[node].size
        mask = int.from_bytes(versions, "little")
        if len(versions) != (size + 7) // 8 or mask >> size:
            raise ValueError(
                f"{place}not a bitset over the {size} candidates of node {node}: "
                f"{len(versions)} bytes"
            )
        return mask

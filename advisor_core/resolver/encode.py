"""Turns requirements into nodes, candidate sets and edges for the engine.

A node is a package in an environment, or an extra of it there: `uvicorn`, `uvicorn[standard]`. Its
candidates are the project's versions by preference. `p[x]` at a version requires `p` at that version;
with several environments `p` in each of them requires the shared `p` at that version, so that one
lockfile can serve all of them while each has its own files, markers and dependencies.

Such a node is *tied*, and what its releases require hangs on a second node at the same version. So
that `p[x]` is where `p` is gets settled without asking for the metadata of any other release.

Every edge and exclusion carries a tag, an index into `facts`, from which a proof is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver import bits
from advisor_core.resolver.candidates import Admission, Candidates
from advisor_core.resolver.facts import Excluded, Fact, Required, Rooted, Tied
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from advisor_core.model import DeclaredRequirement
    from advisor_core.releases import ProjectReleases
    from advisor_core.resolver.interface import Solver
    from advisor_core.resolver.request import ResolutionRequest
    from advisor_core.resolver.restrictions import Restrictions

__all__ = ["SHARED", "Active", "Clause", "Encoding", "Node"]

SHARED = -1
"""Environment index of the node that several environments share."""

Active = tuple[str, tuple[str, ...], str, "str | None", int]
"""Name, extras, specifier, URL and line of a requirement whose marker holds."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What the engine was told under one tag: enough to tell it again."""

    node: int
    bits: bytes
    """A root: allowed. An exclusion: excluded. A requirement: the requiring candidate."""
    target: int | None = None
    allowed: bytes = b""
    root: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """What a node of the engine stands for."""

    name: str
    extra: str | None
    environment: int
    """Index in the request's environments, or `SHARED`."""
    tied: bool = False
    """Requires the same version of two other nodes, and nothing that metadata would tell."""


class Encoding:
    """One build of the engine's problem. Grows as metadata arrives, never shrinks."""

    def __init__(
        self,
        request: ResolutionRequest,
        projects: Mapping[str, ProjectReleases | None],
        *,
        admission_of: Callable[[str], Admission],
        restrictions: Restrictions,
        engine: Solver,
    ) -> None:
        """`projects` is looked at again whenever a name is met; None: no index has it."""
        self.engine = engine
        self.nodes: list[Node] = []
        self.foreseen: dict[tuple[int, int], tuple[str, int] | None] = {}
        """What `look_ahead` has told already, by node and candidate: the release whose metadata it asked
        for; None: nothing more is to be told."""
        self.facts: list[Fact] = []
        self.clauses: list[list[Clause]] = []
        """Per fact: a tag of the engine is an index into both."""
        self._request = request
        self._projects = projects
        self._admission_of = admission_of
        self._restrictions = restrictions
        self._ids: dict[Node, int] = {}
        self._candidates: dict[tuple[str, int], Candidates | None] = {}
        self._matches: dict[tuple[str, int, str], bytes] = {}
        self._judged: set[tuple[str, int]] = set()
        self._several = len(request.environments) > 1

    def candidates(self, node: int) -> Candidates | None:
        """Return the candidates of a node; None when no index has the package."""
        found = self.nodes[node]
        return self._candidates_of(found.name, max(found.environment, 0))

    def first_candidates(self, name: str) -> tuple[int, Candidates] | None:
        """Return the first environment that has a node of a package, with the candidates there."""
        for (package, environment), candidates in self._candidates.items():
            if package == name and candidates is not None:
                return environment, candidates
        return None

    def is_missing(self, name: str) -> bool:
        """Return whether no index has the package."""
        return self._projects.get(name) is None

    def releases(self, name: str) -> ProjectReleases:
        """Return the project of a package that an index has; KeyError otherwise."""
        found = self._projects[name]
        if found is None:
            raise KeyError(name)
        return found

    def add_root(self, declared: DeclaredRequirement, environment: int) -> None:
        """Require what the manifest declares, in one environment."""
        label = self._request.environments[environment].name if self._several else None
        requirement = declared.requirement
        goals = self._goals(
            requirement.name, requirement.extras, requirement.specifier, environment
        )
        clauses = [Clause(node, allowed, root=True) for node, allowed in goals]
        tag = self._fact(Rooted(declared, label), clauses)
        for node, allowed in goals:
            self.engine.add_root(node, allowed, tag)

    def expand(self, node: int, candidate: int, active: Sequence[Active]) -> None:
        """Give the engine everything that a candidate requires.

        `active` are the requirements whose marker holds in the node's environment, with its extra.
        """
        own = self.nodes[node]
        edges: list[tuple[int, bytes, int]] = []
        here = bits.single(len(self._candidates_of(own.name, own.environment) or ()), candidate)
        parent = own.name if own.extra is None else f"{own.name}[{own.extra}]"
        for name, extras, specifier, _url, _line in active:
            missing = self._projects[name] is None
            for goal, allowed in self._goals(name, extras, specifier, own.environment):
                extra = self.nodes[goal].extra
                fact = Required(parent, name, specifier, extra, missing=missing)
                self._edge(edges, fact, node, here, goal, allowed)
        self.engine.add_requirements(node, candidate, edges)

    def expand_without_metadata(self, node: int, candidate: int) -> bool:
        """Give the engine what a candidate requires, if that is known without metadata. Return whether."""
        own = self.nodes[node]
        if not own.tied and own.environment != SHARED:
            return False
        edges: list[tuple[int, bytes, int]] = []
        if own.tied:
            here = bits.single(len(self._candidates_of(own.name, own.environment) or ()), candidate)
            same = self.node(own.name, None, SHARED if own.extra is None else own.environment)
            needs = self._node(Node(own.name, own.extra, own.environment))
            for other in (same, needs):
                self._edge(edges, Tied(own.name), node, here, other, here)
        self.engine.add_requirements(node, candidate, edges)
        return True

    def exclude(self, node: int, candidate: int, reason: str, *, unknown: bool) -> None:
        """Rule out one candidate of a node, for good."""
        own = self.nodes[node]
        size = len(self._candidates_of(own.name, max(own.environment, 0)) or ())
        environment = self._label(own.environment)
        fact = Excluded(own.name, reason, environment, unknown=unknown)
        self._exclude(node, bits.single(size, candidate), fact)

    def node(self, name: str, extra: str | None, environment: int) -> int:
        """Return the id of the node that a requirement asks for, made at the first call."""
        tied = environment != SHARED and (extra is not None or self._several)
        return self._node(Node(name, extra, environment, tied))

    def _node(self, node: Node) -> int:
        """Return the node's id, made at the first call with everything that rules candidates out."""
        found = self._ids.get(node)
        if found is not None:
            return found
        name, environment = node.name, node.environment
        candidates = self._candidates_of(name, max(environment, 0))
        identity = self.engine.add_node(len(candidates) if candidates is not None else 0)
        self._ids[node] = identity
        self.nodes.append(node)
        if candidates is not None and environment != SHARED:
            if (name, environment) in self._judged:
                self._exclude_unusable(identity, candidates)
            elif candidates.hidden:
                fact = Excluded(name, "are pre-releases", self._label(environment))
                self._exclude(identity, candidates.hidden, fact)
            self._constrain(identity, candidates)
        return identity

    def exclude_misfit(self, node: int, candidate: int) -> bool:
        """Rule out every release without a usable file, if the candidate is one. Return whether it is.

        Files are judged only when the search comes to one that does not fit: most projects' newest
        release does, and then nothing else of the project is ever looked at.
        """
        own = self.nodes[node]
        candidates = self._candidates_of(own.name, own.environment)
        if candidates is None or candidates.misfit(candidates.position(candidate)) is None:
            return False
        self._judged.add((own.name, own.environment))
        for identity, other in enumerate(self.nodes):
            if (other.name, other.environment) == (own.name, own.environment):
                self._exclude_unusable(identity, candidates)
        return True

    def _exclude_unusable(self, identity: int, candidates: Candidates) -> None:
        own = self.nodes[identity]
        for unusable, reason in candidates.unusable:
            self._exclude(
                identity, unusable, Excluded(own.name, reason, self._label(own.environment))
            )

    def _constrain(self, identity: int, candidates: Candidates) -> None:
        own = self.nodes[identity]
        for excluded, fact in self._restrictions.exclusions(own.name, own.environment, candidates):
            if any(excluded):
                self._exclude(identity, excluded, fact)

    def _goals(
        self, name: str, extras: Sequence[str], specifier: str, environment: int
    ) -> list[tuple[int, bytes]]:
        """Return the nodes and sets that a requirement asks for: the package, then its extras."""
        allowed = self._matching(name, environment, specifier)
        return [(self.node(name, extra, environment), allowed) for extra in (None, *extras)]

    def _matching(self, name: str, environment: int, specifier: str) -> bytes:
        key = (name, environment, specifier)
        found = self._matches.get(key)
        if found is None:
            candidates = self._candidates_of(name, environment)
            found = self._matches[key] = (
                candidates.matching(specifier) if candidates is not None else b""
            )
        return found

    def _candidates_of(self, name: str, environment: int) -> Candidates | None:
        key = (name, environment)
        if key not in self._candidates:
            releases = self._projects[name]
            self._candidates[key] = (
                None
                if releases is None
                else Candidates(
                    releases,
                    environment=self._request.environments[environment],
                    policy=self._request.policy,
                    admission=self._admission_of(name),
                )
            )
        return self._candidates[key]

    def _label(self, environment: int) -> str | None:
        if not self._several or environment == SHARED:
            return None
        return self._request.environments[environment].name

    def _edge(
        self,
        edges: list[tuple[int, bytes, int]],
        fact: Fact,
        node: int,
        here: bytes,
        target: int,
        allowed: bytes,
    ) -> None:
        edges.append((target, allowed, self._fact(fact, [Clause(node, here, target, allowed)])))

    def _exclude(self, node: int, excluded: bytes, fact: Fact) -> None:
        self.engine.exclude(node, excluded, self._fact(fact, [Clause(node, excluded)]))

    def _fact(self, fact: Fact, clauses: list[Clause]) -> int:
        self.facts.append(fact)
        self.clauses.append(clauses)
        return len(self.facts) - 1

"""From a proof that no stack exists to a smallest set of facts that prove it.

The leaves of the engine's proof are a conflict. Facts that belong together (what one package's releases
require of another; one line of the manifest) form a group; each group is left out in turn, and stays
out when the rest still conflicts (deletion filter; Junker 2004, QuickXplain, section 2). What remains
is minimal: without any one group there would be a stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver import bits
from advisor_core.resolver.facts import Constrained, Excluded, Fact, Required, Rooted, Tied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from advisor_core.resolver.encode import Encoding
    from advisor_core.resolver.interface import Solver

__all__ = ["minimise_conflict"]

_TIED = ("tied",)
"""Group of what cannot be otherwise: an extra is of the same release as its package."""

_MAX_GROUPS = 2000
"""Groups that are tried one by one. A larger conflict is told as it is, unminimised."""

_MAX_CONFLICTS = 20_000
"""Search effort for one try; past it the group is kept, which is safe."""


def minimise_conflict(encoding: Encoding, *, engine: Callable[[], Solver]) -> tuple[int, ...]:
    """Return the tags of a minimal conflict, in the order in which the facts were met.

    First the manifest's lines are left out, each with every fact met still there; then the facts that
    the remaining proof rests on.
    """
    core = set(_leaf_tags(encoding.engine))
    known = set(range(len(encoding.facts)))
    groups = _group_tags(encoding, core)
    if len(groups) <= _MAX_GROUPS:
        for key, tags in groups.items():
            if key[0] == "root":
                proof = _find_conflict(encoding, known.difference(tags), engine=engine)
                if proof is not None:
                    known.difference_update(tags)
                    core = proof
        for key, tags in _group_tags(encoding, core).items():
            smaller = core.difference(tags)
            if key != _TIED and _find_conflict(encoding, smaller, engine=engine) is not None:
                core = smaller
    return tuple(sorted(core))


def _group_tags(encoding: Encoding, tags: set[int]) -> dict[tuple[str, ...], list[int]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for tag in sorted(tags):
        groups.setdefault(_group(encoding.facts[tag]), []).append(tag)
    return groups


def _group(fact: Fact) -> tuple[str, ...]:
    match fact:
        case Rooted(declared=declared):
            return ("root", str(declared.origin), declared.text)
        case Required(parent=parent, name=name):
            return ("requires", parent.partition("[")[0], name)
        case Excluded(name=name, reason=reason):
            return ("excluded", name, reason)
        case Constrained(name=name, text=text):
            return ("constrained", name, text)
        case Tied():
            return _TIED


def _leaf_tags(solver: Solver) -> Iterable[int]:
    for _terms, cause in solver.proof():
        if cause[0] == "root":
            yield cause[2]
        elif cause[0] == "excluded":
            yield cause[3]
        elif cause[0] == "requirement":
            yield from cause[4]


def _find_conflict(
    encoding: Encoding, tags: set[int], *, engine: Callable[[], Solver]
) -> set[int] | None:
    """Return the facts of a proof that these alone leave no stack, None if they leave one.

    Every other requirement is taken not to exist.
    """
    solver = engine()
    sizes = [len(encoding.candidates(node) or ()) for node in range(len(encoding.nodes))]
    for size in sizes:
        solver.add_node(size)
    edges: dict[tuple[int, int], list[tuple[int, bytes, int]]] = {}
    for tag in sorted(tags):
        for clause in encoding.clauses[tag]:
            if clause.root:
                solver.add_root(clause.node, clause.bits, tag)
            elif clause.target is None:
                solver.exclude(clause.node, clause.bits, tag)
            else:
                for candidate in bits.indexes(clause.bits):
                    edges.setdefault((clause.node, candidate), []).append(
                        (clause.target, clause.allowed, tag)
                    )
    for (node, candidate), wanted in edges.items():
        solver.add_requirements(node, candidate, wanted)
    while True:
        outcome = solver.run(conflict_budget=_MAX_CONFLICTS)
        if outcome != "need":
            return set(_leaf_tags(solver)) if outcome == "unsatisfiable" else None
        for node, candidate in solver.needed():
            solver.add_requirements(node, candidate, ())

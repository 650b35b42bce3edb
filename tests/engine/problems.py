"""Small problems for solvers: a driver, the brute-force oracle, and a checker of proofs.

Nothing here knows how a solver works: the oracle reads the definition of the answer literally.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from advisor_core.resolver.interface import Choice, Outcome, ProofStep, Solver

Edge = tuple[int, int, int]
"""(target, allowed versions as an int, tag)"""


@dataclass(frozen=True)
class Problem:
    """Nodes and everything that is true of them. Sets of versions are ints, bit i is version i."""

    sizes: tuple[int, ...]
    roots: tuple[Edge, ...]
    requirements: dict[Choice, tuple[Edge, ...]] = field(default_factory=dict)
    """A candidate that is left out requires nothing."""
    excluded: tuple[Edge, ...] = ()

    def edges(self, choice: Choice) -> tuple[Edge, ...]:
        return self.requirements.get(choice, ())

    def candidates(self) -> Iterator[Choice]:
        return ((n, v) for n, size in enumerate(self.sizes) for v in range(size))

    def to_bytes(self, node: int, versions: int) -> bytes:
        return versions.to_bytes((self.sizes[node] + 7) // 8, "little")

    def from_bytes(self, versions: bytes) -> int:
        return int.from_bytes(versions, "little")


def order_of_decision(problem: Problem, chosen: dict[int, int]) -> list[Choice]:
    """Return the nodes reached, breadth first, with what is chosen for them.

    A node that is reached and not chosen ends the list with version -1.
    """
    queue = list(dict.fromkeys(node for node, _, _ in problem.roots))
    order = []
    for node in queue:
        if node not in chosen:
            return [*order, (node, -1)]
        order.append((node, chosen[node]))
        for target, _, _ in problem.edges((node, chosen[node])):
            if target not in queue:
                queue.append(target)
    return order


def is_valid(problem: Problem, chosen: dict[int, int]) -> bool:
    """Whether this is an answer: closed, nothing superfluous, everything required holds."""
    order = order_of_decision(problem, chosen)
    if dict(order) != chosen:
        return False
    required = [edge for choice in order for edge in problem.edges(choice)]
    return all(
        mask >> chosen[node] & 1 for node, mask, _ in [*problem.roots, *required]
    ) and not any(node in chosen and mask >> chosen[node] & 1 for node, mask, _ in problem.excluded)


def brute_force(problem: Problem) -> list[Choice] | None:
    """Return the first answer in the order of solvers, by looking at all assignments."""
    absent = -1
    answers = []
    for values in itertools.product(*(range(absent, size) for size in problem.sizes)):
        chosen = {node: value for node, value in enumerate(values) if value != absent}
        if is_valid(problem, chosen):
            answers.append(order_of_decision(problem, chosen))
    # Two answers differ first at one node: what is before it is equal, and determines which it is.
    return min(answers, key=lambda order: [version for _, version in order], default=None)


Policy = Callable[[list[Choice]], list[Choice]]
"""Which of the needed candidates are loaded before the next run; must hold the first."""


def load_first(needed: list[Choice]) -> list[Choice]:
    return needed[:1]


def load_all(needed: list[Choice]) -> list[Choice]:
    return needed


def load_last_first(needed: list[Choice]) -> list[Choice]:
    return needed[::-1]


def add_problem(solver: Solver, problem: Problem, *, exclusions: bool = True) -> None:
    """Tell all but the requirements of candidates."""
    for node, size in enumerate(problem.sizes):
        assert solver.add_node(size) == node
    for node, mask, tag in problem.excluded if exclusions else ():
        solver.exclude(node, problem.to_bytes(node, mask), tag)
    for node, mask, tag in problem.roots:
        solver.add_root(node, problem.to_bytes(node, mask), tag)


def load(solver: Solver, problem: Problem, choice: Choice) -> None:
    """Tell the requirements of one candidate."""
    edges = problem.edges(choice)
    solver.add_requirements(
        *choice, [(target, problem.to_bytes(target, mask), tag) for target, mask, tag in edges]
    )


def finish(solver: Solver, problem: Problem, policy: Policy = load_all) -> Outcome:
    """Run until solved or not, loading what is needed."""
    loaded = 0
    while (outcome := solver.run()) == "need":
        for choice in policy(solver.needed()):
            load(solver, problem, choice)
        loaded += 1
        assert loaded <= sum(problem.sizes), "no progress"
    return outcome


def solve(solver: Solver, problem: Problem, policy: Policy = load_all) -> list[Choice] | None:
    """Return the solution, or None after checking the proof that there is none."""
    add_problem(solver, problem)
    return answer(solver, problem, finish(solver, problem, policy))


def answer(solver: Solver, problem: Problem, outcome: Outcome) -> list[Choice] | None:
    """Read the solution, or check the proof and return None."""
    if outcome == "solved":
        return solver.solution()
    assert outcome == "unsatisfiable"
    check_proof(problem, solver.proof())
    return None


def check_proof(problem: Problem, proof: list[ProofStep]) -> None:
    """Check that every leaf is true, and every other step follows by one resolution."""
    known: list[dict[int, int]] = []  # node to values, bit `size` stands for absent
    for terms, cause in proof:
        values = {}
        for node, holds, versions in terms:
            mask = problem.from_bytes(versions)
            values[node] = mask if holds else everything(problem, node) & ~mask
            assert 0 < values[node] < everything(problem, node)
        if cause[0] == "derived":
            assert max(cause[1], cause[2]) < len(known)
            assert follows(problem, values, known[cause[1]], known[cause[2]])
        else:
            assert values == leaf_values(problem, cause)
        known.append(values)
    assert known[-1] == {}


def everything(problem: Problem, node: int) -> int:
    return (2 << problem.sizes[node]) - 1


def follows(
    problem: Problem, values: dict[int, int], left: dict[int, int], right: dict[int, int]
) -> bool:
    """Whether the terms exclude nothing that the two do not: resolution on one of their nodes."""

    def within(node: int, *, pivot: int) -> bool:
        here, a, b = (terms.get(node, everything(problem, node)) for terms in (values, left, right))
        return here & ~(a | b if node == pivot else a & b) == 0

    nodes = {*values, *left, *right}
    return any(all(within(node, pivot=pivot) for node in nodes) for pivot in {*left, *right})


def leaf_values(problem: Problem, cause: tuple[object, ...]) -> dict[int, int]:
    """Return what the terms of a leaf must be, after checking that it is true."""
    match cause:
        case ("root", int(node), int(tag)):
            (mask,) = {m for n, m, t in problem.roots if (n, t) == (node, tag)}
            return drop_full(problem, {node: everything(problem, node) & ~mask})
        case ("excluded", int(node), bytes(versions), int(tag)):
            assert (node, problem.from_bytes(versions), tag) in problem.excluded
            return {node: problem.from_bytes(versions)}
        case ("requirement", int(node), bytes(versions), int(target), tuple(tags)):
            mask = problem.from_bytes(versions)
            listed = [v for v in range(problem.sizes[node]) if mask >> v & 1]
            assert len(listed) == len(tags) > 0
            allowed = {
                allowed
                for version, tag in zip(listed, tags, strict=True)
                for to, allowed, edge_tag in problem.edges((node, version))
                if (to, edge_tag) == (target, tag)
            }
            assert len(allowed) == 1
            forbidden = everything(problem, target) & ~allowed.pop()
            if target == node:
                assert mask & ~forbidden == 0
                return {node: mask}
            return drop_full(problem, {node: mask, target: forbidden})
    raise AssertionError(cause)


def drop_full(problem: Problem, values: dict[int, int]) -> dict[int, int]:
    return {n: mask for n, mask in values.items() if mask != everything(problem, n)}


def pigeonhole(pigeons: int, holes: int) -> Problem:
    """Each pigeon is a root that chooses a hole; a hole is a node that takes one pigeon.

    Without a solution when there are more pigeons than holes, and then hard to refute.
    """
    return Problem(
        sizes=(holes,) * pigeons + (pigeons,) * holes,
        roots=tuple((pigeon, (1 << holes) - 1, pigeon) for pigeon in range(pigeons)),
        requirements={
            (pigeon, hole): ((pigeons + hole, 1 << pigeon, 100),)
            for pigeon in range(pigeons)
            for hole in range(holes)
        },
    )


def release_train(depth: int, size: int) -> Problem:
    """A chain of packages each pinning the next to its own version; only the oldest can be used.

    Nothing can be concluded before all versions of all packages have been looked at.
    """
    everyone = (1 << size) - 1
    return Problem(
        sizes=(size,) * depth,
        roots=((0, everyone, 1),),
        requirements={
            (node, version): ((node + 1, 1 << version, version),)
            for node in range(depth - 1)
            for version in range(size)
        },
        excluded=((depth - 1, everyone >> 1, 9),),
    )

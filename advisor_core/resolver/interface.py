"""What a solver is asked and answers: shared by the C engine and its Python twin. No code.

A problem is made of nodes with candidates 0..size-1, the most preferred first; who uses the solver
knows what a node stands for. Sets of candidates are bytes: candidate i is
`b[i >> 3] >> (i & 7) & 1`, ceil(size / 8) bytes, excess bits 0. Tags are any 64-bit integers;
proofs carry them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Cause", "Choice", "Outcome", "ProofStep", "Solver", "Term"]

Choice: TypeAlias = tuple[int, int]
"""(node, version)"""

Outcome: TypeAlias = Literal["solved", "unsatisfiable", "need", "budget", "cancelled"]

Term: TypeAlias = tuple[int, bool, bytes]
"""(node, holds, versions): the node is one of the versions; with holds False: it is none of them,
that is absent or another version."""

Cause: TypeAlias = (
    tuple[Literal["root"], int, int]
    | tuple[Literal["excluded"], int, bytes, int]
    | tuple[Literal["requirement"], int, bytes, int, tuple[int, ...]]
    | tuple[Literal["derived"], int, int]
)
"""Why the terms of a step cannot all hold:
("root", node, tag); ("excluded", node, versions, tag);
("requirement", node, versions, target, tags), the tags in the order of the versions;
("derived", left, right), the positions of two earlier steps."""

ProofStep: TypeAlias = tuple[tuple[Term, ...], Cause]


class Solver(Protocol):
    """Finds the first valid choice of candidates, or proves that there is none.

    Nodes are decided one after another: the roots as they were added, then, breadth first, the
    nodes that chosen candidates require, in the order of their lists. Each takes its most preferred
    candidate with which the choices before it can still be completed. A node that nobody requires
    is absent.

    Every number is checked: ValueError names the one that is out of range, and nothing was changed.
    While a method but `cancel` runs, every other method and counter raises RuntimeError.
    MemoryError leaves the solver intact.
    """

    def add_node(self, size: int, /) -> int:
        """Add a node with candidates 0..size-1. Returns its id: 0, 1, 2 and so on."""

    def add_root(self, node: int, allowed: bytes, tag: int, /) -> None:
        """Require the node from outside, to be one of `allowed`; again for another condition."""

    def exclude(self, node: int, versions: bytes, tag: int, /) -> None:
        """Say that these candidates cannot be used; at any time before or between runs.

        Cheapest right after `add_node`.
        """

    def add_requirements(
        self, node: int, version: int, requirements: Sequence[tuple[int, bytes, int]], /
    ) -> None:
        """Tell all requirements of a candidate: (node, allowed, tag) each. Once per candidate."""

    def run(self, *, conflict_budget: int = -1, deadline_seconds: float | None = None) -> Outcome:
        """Search until there is an outcome; after "need", "budget", "cancelled" goes on from there.

        "need": the requirements of the candidates in `needed` are to be told (the first blocks).
        "budget": `conflict_budget` (negative: none) or `deadline_seconds` is used up.
        "cancelled": by `cancel`. The C engine lets go of the GIL and handles signals.
        """

    def cancel(self) -> None:
        """Have the present run, or else the next one, return "cancelled"; from any thread."""

    def needed(self) -> list[Choice]:
        """Return the candidates whose requirements the search wants to know.

        First the one that blocks, then for every other required, undecided node the one it would
        choose now. Empty unless the last run returned "need".
        """

    def solution(self) -> list[Choice]:
        """Return the chosen candidates in the order of decision; exactly the nodes reached.

        Raises RuntimeError when nothing is solved, or something was added since.
        """

    def proof(self) -> list[ProofStep]:
        """Return why there is no solution: steps whose terms cannot all hold.

        The last step has no terms. A derived step comes after the two it is derived from, by
        resolution on one node: there its term is their union (no term when that is everything), for
        any other node their intersection. A requirement with one term has no allowed candidate, or
        is on its own node.
        Raises RuntimeError when no run returned "unsatisfiable", OverflowError when the proof is
        too long to be kept (C engine, tens of millions of resolutions).
        """

    @property
    def conflicts(self) -> int:
        """Conflicts met so far."""

    @property
    def decisions(self) -> int:
        """Decisions made so far, counting those taken back."""

    @property
    def propagations(self) -> int:
        """How often the candidates of a node became fewer by a conclusion."""

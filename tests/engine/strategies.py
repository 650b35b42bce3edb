"""Random problems, small enough for brute force and dense enough to have conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.problems import Edge, Problem
from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy


def edges_to(sizes: list[int], *, some: bool) -> SearchStrategy[Edge]:
    """A requirement on any node; with `some`, of at least one version."""

    def masks(node: int) -> SearchStrategy[Edge]:
        lowest = 1 if some and sizes[node] else 0
        mask = st.integers(lowest, (1 << sizes[node]) - 1) if sizes[node] else st.just(0)
        return st.tuples(st.just(node), mask, st.integers(0, 2**40))

    return st.integers(0, len(sizes) - 1).flatmap(masks)


@st.composite
def problems(draw: DrawFn, *, nodes: int = 5, size: int = 3, edges: int = 3) -> Problem:
    sizes = draw(st.lists(st.integers(0, size), min_size=1, max_size=nodes))
    roots = draw(st.lists(edges_to(sizes, some=True), max_size=3, unique_by=lambda edge: edge[2]))
    candidates = [(node, version) for node, count in enumerate(sizes) for version in range(count)]
    requirements = {
        candidate: tuple(
            draw(
                st.lists(
                    edges_to(sizes, some=draw(st.integers(0, 9)) > 0),
                    max_size=edges,
                    unique_by=lambda edge: edge[2],
                )
            )
        )
        for candidate in candidates
    }
    excluded = draw(st.lists(edges_to(sizes, some=False), max_size=2))
    return Problem(tuple(sizes), tuple(roots), requirements, tuple(excluded))

"""Large problems, seeded, on which setting up the search takes longer than a small budget."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from advisor_core.resolver.problem_file import read_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.resolver.problem import Problem


def many_terms(packages: int = 100, versions: int = 50, terms: int = 2000) -> Problem:
    """Return packages that require the next three, under terms of three conditions."""
    draw = random.Random(1)

    def condition() -> dict[str, Any]:
        return {"package": f"p{draw.randrange(packages)}", "versions": _range(draw, versions)}

    graph = {
        f"p{index}": {
            f"{version}.0": {
                "requires": [
                    f"p{target}>={max(0, version - draw.randrange(versions))}"
                    for target in range(index + 1, min(packages, index + 4))
                ]
            }
            for version in range(versions)
        }
        for index in range(packages)
    }
    return _read(
        graph,
        terms=[
            {"when": [condition() for _ in range(3)], "score": draw.randrange(1, 20)}
            for _ in range(terms)
        ],
    )


def circle(packages: int = 3000, versions: int = 20) -> Problem:
    """Return packages each of which requires the next, the last one the first."""
    graph = {
        f"p{index}": {
            f"{version}.0": {"requires": [f"p{(index + 1) % packages}>={max(0, version - 3)}"]}
            for version in range(versions)
        }
        for index in range(packages)
    }
    return _read(graph)


def many_pairs(packages: int = 400, versions: int = 100, pairs: int = 3000) -> Problem:
    """Return a binary tree of requirements, under pairs of ranges."""
    draw = random.Random(1)
    graph = {
        f"p{index}": {
            f"{version}.0": {
                "requires": [f"p{at}" for at in (2 * index + 1, 2 * index + 2) if at < packages]
            }
            for version in range(versions)
        }
        for index in range(packages)
    }
    drawn = []
    for _ in range(pairs):
        a, b = draw.sample(range(packages), 2)
        drawn.append(
            {
                "a": f"p{a}",
                "a_versions": _range(draw, versions),
                "b": f"p{b}",
                "b_versions": _range(draw, versions),
                "score": draw.randrange(1, 20),
            }
        )
    return _read(graph, pairs=drawn)


SHAPES: dict[str, Callable[[], Problem]] = {
    "terms": many_terms,
    "circle": circle,
    "pairs": many_pairs,
}


def _range(draw: random.Random, versions: int) -> list[str]:
    low = draw.randrange(versions)
    return [f"{version}.0" for version in range(low, draw.randrange(low, versions) + 1)]


def _read(graph: dict[str, Any], **more: Any) -> Problem:
    document = {"format": "thoth-problem/1", "name": "shape", "roots": ["p0"], "packages": graph}
    return read_problem(json.dumps(document | more).encode(), place="shape.json")

"""The conflict-driven solver in C beside its Python twin, on generated problems and problem files.

    python benchmarks/solver.py [--rounds 5] [--problem FILE.json.gz ...]

CPU milliseconds for one resolution with all metadata at hand, asked for candidate by candidate as
in real use; the median of interleaved rounds, and the ratio of the medians. A problem file is a
`thoth-problem/1`; its scores are ignored. The twin is left out (`-`) where it takes too long.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.version import Version

from advisor_core._engine import Solver as CompiledSolver
from advisor_core.resolver.reference import Solver as ReferenceSolver

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.resolver.interface import Choice, Solver

Edge = tuple[int, bytes, int]


@dataclass
class Problem:
    """Nodes, and what their candidates require."""

    name: str
    sizes: list[int]
    roots: list[Edge]
    requirements: dict[Choice, list[Edge]]
    is_small: bool = True
    """Whether the twin can do it in seconds."""


def to_bytes(size: int, versions: int) -> bytes:
    return versions.to_bytes((size + 7) // 8, "little")


def release_train(depth: int, size: int, *, is_small: bool) -> Problem:
    """Each package pins the next to its own version; only the oldest of the last can be used."""
    one = [to_bytes(size, 1 << version) for version in range(size)]
    requirements = {
        (node, version): [(node + 1, one[version], version)]
        for node in range(depth - 1)
        for version in range(size)
    }
    requirements |= {
        (depth - 1, v): [] if v == size - 1 else [(0, to_bytes(size, 0), 0)] for v in range(size)
    }
    root = (0, to_bytes(size, (1 << size) - 1), 0)
    return Problem(f"train of {depth} x {size}", [size] * depth, [root], requirements, is_small)


def pigeonhole(holes: int, *, is_small: bool) -> Problem:
    """One pigeon more than holes: without a solution, and hard to see."""
    pigeons = holes + 1
    requirements: dict[Choice, list[Edge]] = {}
    for pigeon in range(pigeons):
        for hole in range(holes):
            one = to_bytes(pigeons, 1 << pigeon)
            requirements[pigeon, hole] = [(pigeons + hole, one, 0)]
            requirements[pigeons + hole, pigeon] = []
    roots = [(pigeon, to_bytes(holes, (1 << holes) - 1), pigeon) for pigeon in range(pigeons)]
    sizes = [holes] * pigeons + [pigeons] * holes
    return Problem(f"{pigeons} pigeons", sizes, roots, requirements, is_small)


def read_problem(path: Path) -> Problem:
    """Read the packages and roots of a problem file; requirements on unknown names are left out."""
    content = path.read_bytes()
    data = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    packages = data["packages"]
    names = list(packages)
    versions = [sorted(packages[name], key=Version, reverse=True) for name in names]
    masks: dict[tuple[int, str], bytes] = {}

    def edges(entries: list[object]) -> list[Edge]:
        found = []
        for tag, entry in enumerate(entries):
            requirement = Requirement(
                entry["requirement"] if isinstance(entry, dict) else str(entry)
            )
            wanted = [f"{requirement.name}[{extra}]" for extra in sorted(requirement.extras)]
            for name in [*wanted, requirement.name]:
                if name in packages:
                    node, specifier = names.index(name), requirement.specifier
                    if (node, str(specifier)) not in masks:
                        bits = sum(
                            1 << i
                            for i, v in enumerate(versions[node])
                            if specifier.contains(v, prereleases=True)
                        )
                        masks[node, str(specifier)] = to_bytes(len(versions[node]), bits)
                    found.append((node, masks[node, str(specifier)], tag))
        return found

    requirements = {
        (node, i): edges(packages[name][version].get("requires", []))
        for node, name in enumerate(names)
        for i, version in enumerate(versions[node])
    }
    return Problem(path.name, [len(own) for own in versions], edges(data["roots"]), requirements)


def resolve(problem: Problem, make: Callable[[], Solver]) -> Solver:
    solver = make()
    for size in problem.sizes:
        solver.add_node(size)
    for root in problem.roots:
        solver.add_root(*root)
    while solver.run() == "need":
        for choice in solver.needed():
            solver.add_requirements(*choice, problem.requirements[choice])
    return solver


def measure(problem: Problem, rounds: int) -> tuple[float, float | None, int]:
    """Return the medians of C and the twin in milliseconds, and the conflicts met."""
    engines = [CompiledSolver, ReferenceSolver][: 1 + problem.is_small]
    times: list[list[float]] = [[] for _ in engines]
    conflicts = 0
    for _ in range(rounds):
        for engine, own in zip(engines, times, strict=True):
            before = time.process_time_ns()
            solver = resolve(problem, engine)
            own.append((time.process_time_ns() - before) / 1e6)
            conflicts = solver.conflicts
    medians = [statistics.median(own) for own in times]
    return medians[0], medians[1] if len(medians) > 1 else None, conflicts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--problem", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    problems = [
        *map(read_problem, arguments.problem),
        release_train(10, 50, is_small=True),
        release_train(5, 2000, is_small=False),
        release_train(300, 200, is_small=False),
        pigeonhole(7, is_small=True),
        pigeonhole(11, is_small=False),
    ]
    print(f"{'what':24} | {'C ms':>9} | {'Python ms':>9} | {'ratio':>6} | conflicts")
    for problem in problems:
        ours, twin, conflicts = measure(problem, arguments.rounds)
        peer, ratio = ("-", "-") if twin is None else (f"{twin:.2f}", f"{twin / ours:.0f}")
        print(f"{problem.name:24} | {ours:9.3f} | {peer:>9} | {ratio:>6} | {conflicts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

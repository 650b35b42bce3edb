"""The predictors beside thoth-adviser 0.56.3: `what | ours | peer | ratio`, in CPU seconds.

    python benchmarks/predictors.py --peer-folder thoth-adviser --peer-python peer/bin/python \
        --problem s1-500.json.gz

The peer's folder holds `bench.py` and `g_tf.json`: the graph of tensorflow and flask, dependencies
expanded to versions, which both programs get with one score table. Four tables:

    stacks    complete, valid, scored and pairwise different stacks per CPU second; one in a thousand
              of ours is validated and scored again here, from the graph alone
    gap       best score within --short seconds, beside the proved optimum
    walk      on --problem, at equal CPU: seeds on which a predictor beats random walk
    learning  on --problem: the score after 1,000 and after 100,000 stacks

Rounds are interleaved and medians are shown. What is not given is skipped with a message.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from optimal import check
from optimal_instances import load_graph

from advisor_core._engine import Optimizer, Predictor, Problem
from advisor_core.predictors import PREDICTORS
from advisor_core.resolver.problem_encoding import encode_problem
from advisor_core.resolver.problem_file import read_problem

ROOTS = ("tensorflow", "flask")
SCALE = 1000
"""The peer's points are thousandths; ours are whole."""

PEER_NAMES = {
    "hill-climbing": "hill",
    "random-walk": "random",
    "approximating-latest": "latest",
    "monte-carlo-tree-search": "mcts",
    "temporal-difference": "td",
    "adaptive-simulated-annealing": "anneal",
    "sampling": "sampling",
}
AT_LEAST = {
    "hill-climbing": 400_000,
    "random-walk": 200_000,
    "monte-carlo-tree-search": 50_000,
    "temporal-difference": 50_000,
}
"""Stacks per CPU second."""

TELLING_APART = 512 * 1024 * 1024
"""Bytes for the hashes of some 25 million stacks."""

ANNEALING_BEAM = 100
"""The peer's annealing completes no stack in a second with more."""

TABLE_SCRIPT = """
import json, sys
graph = json.load(open(sys.argv[1]))["g"]
score = lambda name, version: hash((name, version)) % 1000 - 500
print(json.dumps({n: {v: score(n, v) for v in releases} for n, releases in graph.items()}))
"""


class Ours:
    """A problem, ready to be searched."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Read and compile the document."""
        self.encoded = encode_problem(read_problem(json.dumps(document).encode(), place="p"), [1])
        self.problem = Problem(**self.encoded.arrays)

    def optimum(self) -> int:
        """Return the proved optimum."""
        answer = Optimizer(self.problem).run()
        assert answer["stacks"][0][1] == answer["upper_bound"], "not proved"
        return answer["upper_bound"]

    def run(self, name: str, **budgets: object) -> tuple[dict[str, Any], float]:
        """Return what the engine answers and the CPU seconds it took."""
        numbers = {node: number for number, node in enumerate(self.encoded.nodes)}
        options = PREDICTORS[name]().engine_options(numbers)
        start = time.process_time()
        answer = Predictor(self.problem).run(name, **options, **budgets)
        return answer, time.process_time() - start


def read_document(peer: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the peer's graph and the same as a document with the peer's score table."""
    path = str(peer / "g_tf.json")
    graph = json.loads(Path(path).read_text())["g"]
    scores = subprocess.run(
        [sys.executable, "-c", TABLE_SCRIPT, path],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        check=True,
    )

    def requirement(name: str, versions: list[str]) -> str:
        if not versions:
            return "no-such-package"  # such a release cannot be used, by the peer neither
        excluded = [version for version in graph[name] if version not in versions]
        return name + ",".join(f"!={version}" for version in excluded)

    document = {
        "format": "thoth-problem/1",
        "name": "tensorflow-flask",
        "roots": list(ROOTS),
        "packages": {
            name: {
                version: {"requires": [requirement(*dependency) for dependency in dependencies]}
                for version, dependencies in releases.items()
            }
            for name, releases in graph.items()
        },
        "unary": json.loads(scores.stdout),
    }
    return graph, document


def check_sample(
    graph: dict[str, Any], unary: dict[str, dict[str, int]], score: int, stack: dict[str, str]
) -> None:
    """Raise AssertionError unless the graph allows the stack, and the table gives this score."""
    reached, queue = set(ROOTS), list(ROOTS)
    while queue:
        name = queue.pop()
        for dependency, versions in graph[name][stack[name]]:
            assert stack[dependency] in versions, (name, dependency)
            if dependency not in reached:
                reached.add(dependency)
                queue.append(dependency)
    assert reached == stack.keys(), "not exactly the packages that the roots reach"
    assert score == sum(unary[name][version] for name, version in stack.items())


def run_peer(options: argparse.Namespace, name: str, seconds: float) -> tuple[float, float]:
    """Return (different stacks per CPU second, best score or -inf) of the peer."""
    beam = ANNEALING_BEAM if name == "adaptive-simulated-annealing" else -1
    arguments = ["g_tf.json", ",".join(ROOTS), PEER_NAMES[name], 10**7, beam, seconds, 1]
    done = subprocess.run(
        [options.peer_python, "bench.py", *map(str, arguments)],
        cwd=options.peer_folder,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,  # its timer may go off when it has ended already, which kills it
    )
    found = re.search(r"uniq (\d+) in \S+ cpu (\S+) .* best (\S+)@", done.stdout)
    assert found is not None, done.stdout + done.stderr
    best = float(found[3]) * SCALE if found[1] != "0" else float("-inf")
    return int(found[1]) / float(found[2]), best


def print_stacks(
    options: argparse.Namespace, ours: Ours, graph: dict[str, Any], unary: dict[str, Any]
) -> None:
    """Print how many different stacks a CPU second gives."""
    checked = 0
    for name in PEER_NAMES:
        rates, peer_rates = [], []
        for seed in range(options.rounds):
            answer, seconds = ours.run(
                name,
                seed=seed,
                deadline_seconds=options.seconds,
                sample=10_000,
                memory_budget=TELLING_APART,
            )
            assert answer["counted_all"]
            rates.append(answer["different"] / seconds)
            for values, score in answer["sample"]:
                check_sample(graph, unary, score, ours.encoded.decode(values))
            checked += len(answer["sample"])
            if options.peer_python:
                peer_rates.append(run_peer(options, name, options.seconds)[0])
        rate = median(rates)
        least = f" (at least {AT_LEAST[name]})" if name in AT_LEAST else ""
        print_row(f"{name}, stacks/s{least}", f"{rate:.0f}", peer_rates, rate, "{:.0f}")
    print(f"{checked} stacks validated and scored again from the graph", file=sys.stderr)


def print_gap(options: argparse.Namespace, ours: Ours) -> None:
    """Print the best score in a short time, and how far that is from the optimum."""
    optimum = ours.optimum()
    for name in PEER_NAMES:
        best, peer_best = [], []
        for seed in range(options.rounds):
            answer, _ = ours.run(name, seed=seed, deadline_seconds=options.short)
            best.append(answer["stacks"][0][1])
            if options.peer_python:
                peer_best.append(run_peer(options, name, options.short)[1])
        score = median(best)
        cell = f"{score:.0f}, gap {optimum - score:.0f} (worst {optimum - min(best):.0f})"
        title = f"{name}, score in {options.short:g} s, optimum {optimum}"
        print_row(title, cell, peer_best, score, "{:.0f}")


def print_row(title: str, cell: str, peer: list[float], value: float, form: str) -> None:
    """Print one row; without the peer's numbers its cells are empty."""
    if not peer or median(peer) == float("-inf"):
        print(f"{title} | {cell} | {'none' if peer else ''} | ", flush=True)
        return
    theirs = median(peer)
    ratio = f"{value / theirs:.1f}" if theirs > 0 else ""
    print(f"{title} | {cell} | {form.format(theirs)} | {ratio}", flush=True)


def print_walk(options: argparse.Namespace, document: dict[str, Any], ours: Ours) -> None:
    """Print on how many seeds each predictor beats random walk at equal CPU."""
    optimum = ours.optimum()
    walks = [best_score(ours, document, "random-walk", seed, options) for seed in range(10)]
    for name in sorted(PREDICTORS):
        scores = [best_score(ours, document, name, seed, options) for seed in range(10)]
        wins = sum(score > walk for score, walk in zip(scores, walks, strict=True))
        title = f"{document['name']}, {name} in {options.seconds:g} s, optimum {optimum}"
        print(
            f"{title} | median {median(scores):.0f}, {min(scores)} to {max(scores)}"
            f" | random walk {median(walks):.0f}, {min(walks)} to {max(walks)} | {wins} of 10",
            flush=True,
        )


def best_score(
    ours: Ours, document: dict[str, Any], name: str, seed: int, options: argparse.Namespace
) -> int:
    """Return the best score within the time, scored again from the document."""
    answer, _ = ours.run(name, seed=seed, deadline_seconds=options.seconds)
    values, score = answer["stacks"][0]
    check(document, score, ours.encoded.decode(values))
    return score


def print_learning(document: dict[str, Any], ours: Ours) -> None:
    """Print scores after few and after many stacks."""
    for name in ("temporal-difference", "monte-carlo-tree-search"):
        few, many = (
            [ours.run(name, seed=s, stack_budget=n)[0]["stacks"][0][1] for s in range(10)]
            for n in (1_000, 100_000)
        )
        higher = sum(more > less for less, more in zip(few, many, strict=True))
        title = f"{document['name']}, {name} after 100,000 stacks and after 1,000"
        print(f"{title} | median {median(many):.0f} | {median(few):.0f} | {higher} of 10 higher")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-folder", type=Path, help="holds bench.py, graph.py and g_tf.json")
    parser.add_argument("--peer-python", help="an interpreter that has thoth-adviser 0.56.3")
    parser.add_argument("--problem", action="append", default=[], help="a thoth-problem/1 file")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--short", type=float, default=0.3, metavar="SECONDS")
    parser.add_argument("--parts", default="stacks,gap,walk,learning")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if options.peer_python:
        # The child runs in the peer's folder.
        options.peer_python = str(Path(options.peer_python).absolute())
    else:
        print("skipped: no --peer-python, so nothing of thoth-adviser", file=sys.stderr)
    print("what | ours | peer | ratio\n---|---|---|---")
    if options.peer_folder is None:
        print("skipped: no --peer-folder, so no stacks and no gap", file=sys.stderr)
    else:
        graph, document = read_document(options.peer_folder)
        ours = Ours(document)
        if "stacks" in parts:
            print_stacks(options, ours, graph, document["unary"])
        if "gap" in parts:
            print_gap(options, ours)
    if not options.problem:
        print("skipped: no --problem, so no walk and no learning", file=sys.stderr)
    for path in options.problem:
        document = load_graph(path)
        ours = Ours(document)
        if "walk" in parts:
            print_walk(options, document, ours)
        if "learning" in parts:
            print_learning(document, ours)


if __name__ == "__main__":
    main()

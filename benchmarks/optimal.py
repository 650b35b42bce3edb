"""The engine beside toulbar2, CP-SAT and clingo: `what | ours | peer | ratio`, in CPU seconds.

    python benchmarks/optimal.py --graph S1=s1.json.gz --graph S6=s6.json.gz --terms 500 --seeds 1-3
    python benchmarks/optimal.py --problem s2-50.json.gz --peers toulbar2,cp-sat,clingo
    python benchmarks/optimal.py --graph S1=s1.json.gz --graph S6=s6.json.gz --mix S1+S6 --terms 2000 --chart

`--chart` shows ours over time: the gap as a share of (root bound - score of newest-first). Growth is
read from several `--terms`, `--mix` (packages) and `--newest` (versions of each package).

Instances: the problem files named, and pair terms laid over the graphs named (recipe in
`optimal_instances.py`); `NAME+NAME` is the union of two graphs. Ours counts everything after the
arrays are made (`load+encode` is shown apart); a peer gets the instance already reduced to version
classes, each run in a process of its own, import and building not counted. Every answer of ours is
scored and validated again from the document, and compared with what a peer proved. A run that does
not finish in --budget shows its best score and bound. Ratios are of medians of --rounds interleaved
rounds. Peers that are not installed are skipped with a message.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from optimal_instances import keep_newest, load_graph, make_instance, merge_graphs
from optimal_peers import PEERS, reduce_instance
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from advisor_core._engine import Optimizer, Predictor, Problem
from advisor_core.resolver.problem_encoding import encode_problem
from advisor_core.resolver.problem_file import read_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

Run = tuple[Any, ...]
"""Score, bound, CPU seconds, nodes; ours also CPU seconds of loading and the stack."""

CHART_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

MODULES = {"toulbar2": "pytoulbar2", "cp-sat": "ortools", "clingo": "clingo"}


def run_ours(document: dict[str, Any], budget: float) -> Run:
    """Return (score, bound, CPU seconds of solving, nodes, CPU seconds of loading, stack)."""
    content = json.dumps(document).encode()
    start = time.process_time()
    encoded = encode_problem(read_problem(content, place="instance"), [1])
    problem = Problem(**encoded.arrays)
    loaded = time.process_time()
    answer = Optimizer(problem).run(deadline_seconds=budget)
    seconds = time.process_time() - loaded
    stacks = answer["stacks"]
    score = stacks[0][1] if stacks else None
    stack = encoded.decode(stacks[0][0]) if stacks else None
    return score, answer["upper_bound"], seconds, answer["nodes"], loaded - start, stack


def chart(name: str, document: dict[str, Any]) -> None:
    """Print CPU seconds, score, bound and gap of runs with ever later deadlines."""
    encoded = encode_problem(read_problem(json.dumps(document).encode(), place="instance"), [1])
    problem = Problem(**encoded.arrays)
    root = Optimizer(problem).run(node_budget=0)["upper_bound"]
    newest = Predictor(problem).run("latest", stack_budget=1)["stacks"][0][1]
    print(f"{name}: root bound {root}, newest-first {newest}")
    for seconds in CHART_SECONDS:
        start = time.process_time()
        answer = Optimizer(problem).run(deadline_seconds=seconds)
        used = time.process_time() - start
        score = answer["stacks"][0][1] if answer["stacks"] else newest
        share = (answer["upper_bound"] - score) / max(1, root - newest)
        bar = "#" * round(min(1.0, share) * 50)
        print(f"{used:6.2f} s {score:7} <= {answer['upper_bound']:7} {share:7.1%} {bar}")
        if answer["status"] == "optimal":
            break


def check(document: dict[str, Any], score: int, stack: dict[str, str]) -> None:
    """Raise AssertionError unless the stack is valid and scores what is claimed."""
    points = sum(document["unary"].get(name, {}).get(version, 0) for name, version in stack.items())
    for pair in document["pairs"]:
        if (
            stack.get(pair["a"]) in pair["a_versions"]
            and stack.get(pair["b"]) in pair["b_versions"]
        ):
            points += pair["score"]
    assert points == score, f"claimed {score}, counted {points}"
    reached, queue = set(), list(document["roots"])
    while queue:
        requirement = Requirement(queue.pop())
        names = [f"{requirement.name}[{extra}]" for extra in requirement.extras]
        for name in [*(name for name in names if name in document["packages"]), requirement.name]:
            assert SpecifierSet(str(requirement.specifier)).contains(stack[name], prereleases=True)
            if name not in reached:
                reached.add(name)
                queue += document["packages"][name][stack[name]]["requires"]
    assert reached == stack.keys(), "not exactly the packages that the roots reach"


def in_process(function: Callable[..., Run], *arguments: object) -> Run | None:
    """Run a function in a process of its own; return what it returns, or None when it died."""
    context = multiprocessing.get_context("fork")
    reading, writing = context.Pipe(duplex=False)
    child = context.Process(target=_call, args=(writing, function, arguments))
    child.start()
    writing.close()
    try:
        return reading.recv()
    except EOFError:
        return None
    finally:
        child.join()


def _call(writing: Connection, function: Callable[..., Run], arguments: tuple[object, ...]) -> None:
    # toulbar2 writes to the standard output.
    sys.stdout.flush()
    with Path("/dev/null").open("w") as silence:
        os.dup2(silence.fileno(), 1)
    writing.send(function(*arguments))
    writing.close()


def shown(result: Run | None, budget: float) -> str:
    """Return one cell: seconds and nodes, or how far it came."""
    if result is None:
        return "failed"
    score, bound, seconds, nodes = result[:4]
    if score is not None and score == bound:
        return f"{seconds:.4f} s, {nodes} nodes"
    return f"> {budget:g} s: {score}, bound {bound}"


def compare(
    name: str, document: dict[str, Any], peers: list[str], *, rounds: int, budget: float
) -> None:
    """Print the rows of one instance."""
    reduced = reduce_instance(document) if peers else None
    results = {peer: [] for peer in ("ours", *peers)}
    for _ in range(rounds):
        results["ours"].append(in_process(run_ours, document, budget))
        for peer in peers:
            results[peer].append(in_process(PEERS[peer], reduced, budget))
    ours = median_run(results["ours"])
    check(document, ours[0], ours[5])
    loading = median(run[4] for run in results["ours"])
    if not peers:
        print(f"{name} = {ours[0]} | {shown(ours, budget)} (load+encode {loading:.4f} s) | | ")
    for peer in peers:
        theirs = median_run(results[peer])
        ratio = ""
        if theirs is not None and theirs[0] is not None:
            if theirs[0] == theirs[1]:
                assert ours[0] <= theirs[0] <= ours[1], (
                    f"{peer} proved {theirs[0]}, ours {ours[:2]}"
                )
                if ours[0] == ours[1]:
                    ratio = f"{ours[2] / theirs[2]:.2f}"
            else:
                assert theirs[0] <= ours[1], f"{peer} found {theirs[0]}, our bound is {ours[1]}"
        cell = f"{shown(ours, budget)} (load+encode {loading:.4f} s)"
        print(
            f"{name} = {ours[0]} | {cell} | {peer}: {shown(theirs, budget)} | {ratio}", flush=True
        )


def median_run(runs: list[Run | None]) -> Run | None:
    """Return the run with the median time, or None when all failed."""
    finished = sorted((run for run in runs if run is not None), key=lambda run: run[2])
    return finished[len(finished) // 2] if finished else None


def instances(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (name, document)."""
    for path in options.problem:
        yield Path(path).name, load_graph(path)
    graphs = dict(item.split("=", 1) for item in options.graph)
    names = options.mix or list(graphs)
    first, _, last = options.seeds.partition("-")
    for name in names:
        whole = merge_graphs([load_graph(graphs[part]) for part in name.split("+")])
        for newest, terms in itertools.product(options.newest or [None], options.terms):
            graph = whole if newest is None else keep_newest(whole, newest)
            for seed in range(int(first), int(last or first) + 1):
                document = make_instance(graph, terms=terms, seed=seed, shape=options.shape)
                size = "" if newest is None else f"-newest{newest}"
                yield f"{name}{size}-{terms}-{options.shape}-{seed}", document


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", action="append", default=[], help="a problem file, as it is")
    parser.add_argument("--graph", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--mix", action="append", default=[], metavar="NAME[+NAME]")
    parser.add_argument("--terms", type=int, action="append", default=[])
    parser.add_argument("--seeds", default="1", metavar="FIRST[-LAST]")
    parser.add_argument("--shape", choices=["box", "point", "core"], default="box")
    parser.add_argument("--peers", default="toulbar2", metavar="NAME[,NAME]")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=40.0, metavar="SECONDS")
    parser.add_argument("--newest", type=int, action="append", metavar="VERSIONS")
    parser.add_argument("--chart", action="store_true", help="ours alone, over time")
    options = parser.parse_args()
    if options.chart:
        for name, document in instances(options):
            chart(name, document)
        return
    peers = [peer for peer in options.peers.split(",") if peer]
    for peer in list(peers):
        if importlib.util.find_spec(MODULES[peer]) is None:
            print(f"skipped: {MODULES[peer]} is not installed", file=sys.stderr)
            peers.remove(peer)
    if not options.problem and not options.graph:
        print("skipped: no --problem and no --graph", file=sys.stderr)
    print("what | ours | peer | ratio")
    print("---|---|---|---")
    for name, document in instances(options):
        compare(name, document, peers, rounds=options.rounds, budget=options.budget)


if __name__ == "__main__":
    main()

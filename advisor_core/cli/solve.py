"""`thoth solve`: the best stacks of a problem file, with what is proved of them."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.cli.inputs import ArgumentParser
from advisor_core.errors import InputError
from advisor_core.report.terminal import for_terminal
from advisor_core.resolver.conflict import explain_conflict
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import MAXIMUM_FILE_BYTES, read_problem
from advisor_core.resolver.why_not import explain_why_not, find_asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.resolver.conflict import ScoredConflict
    from advisor_core.resolver.optimize import Answer, ScoredStack
    from advisor_core.resolver.problem import Problem

__all__ = ["run"]

MAXIMUM_COUNT = 10_000
"""Of stacks asked for at once: each keeps a value for every package in memory."""

MAXIMUM_DIVERSE = 500
"""Of stacks kept apart: each makes the problem larger by as many hidden packages as there are packages."""

_EXPLAIN_SECONDS = 10.0
"""For making a conflict minimal when no budget is given. It takes a tenth of a second for 50 packages."""

_PREDICTORS = (
    "adaptive-simulated-annealing",
    "approximating-latest",
    "hill-climbing",
    "latest",
    "monte-carlo-tree-search",
    "package-combinations",
    "random-walk",
    "sampling",
    "temporal-difference",
)
"""The names of `predictors.registry`, spelled here so that `--help` need not import it."""

_EXIT_CODES = {"unsatisfiable": 1, "unknown": 4}


def run(words: Sequence[str]) -> int:
    """Solve the problem file that the words name; print the answer. Return the exit code."""
    options = _parser().parse_args(list(words))
    problem = read_problem(_read(options.problem), place=options.problem)
    start = time.monotonic()
    asked = find_asked(problem, options.why_not) if options.why_not is not None else None
    answer, distances = _solve(problem, options)
    left = None
    if options.budget is not None:
        left = max(start + options.budget - time.monotonic(), 0.0)
    conflict = None
    if answer.status == "unsatisfiable":
        conflict = explain_conflict(
            problem, budget_seconds=_EXPLAIN_SECONDS if left is None else left
        )
    told = None
    if asked is not None and conflict is None:
        told = explain_why_not(
            problem, asked, best=answer, budget_seconds=left, node_budget=options.nodes
        )
    if options.json:
        value = _as_json(answer)
        if distances is not None:
            value["distances"] = distances
        if conflict is not None:
            value |= {"conflict": conflict.to_json(), "explanation": str(conflict)}
        if told is not None:
            value["why_not"] = told.to_json()
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    else:
        _print(answer, problem.name or options.problem, conflict)
        if told is not None:
            sys.stdout.write(_as_comment(told.explanation))
    if answer.engine != "c":
        sys.stderr.write("thoth: the pure Python engine answered; the C extension was not used\n")
    return _EXIT_CODES.get(answer.status, 0)


def _solve(problem: Problem, options: argparse.Namespace) -> tuple[Answer, list[list[int]] | None]:
    """Return the answer, and the distances of its stacks where they were asked to be far apart."""
    settings = dict(_setting(text) for text in options.predictor_config)
    if options.predictor != "exact":
        if options.diverse is not None:
            raise InputError.single("--diverse", "only the exact search keeps stacks apart")
        from advisor_core.predictors import make_predictor, predict

        found = predict(
            problem,
            make_predictor(options.predictor, settings),
            seed=options.seed,
            count=options.count,
            budget_seconds=options.budget,
            stack_budget=options.nodes,
        )
        return found.answer, None
    if settings:
        raise InputError.single(
            "--predictor-config",
            "the exact search has no parameters",
            hint="name the search with --predictor",
        )
    if options.diverse is not None:
        if options.count > MAXIMUM_DIVERSE:
            raise InputError.single("--count", f"more than {MAXIMUM_DIVERSE} with --diverse")
        from advisor_core.resolver.diverse import optimize_diverse

        diverse = optimize_diverse(
            problem,
            count=options.count,
            distance=options.diverse,
            budget_seconds=options.budget,
            node_budget=options.nodes,
        )
        return diverse.answer, diverse.distances
    answer = optimize(
        problem, count=options.count, budget_seconds=options.budget, node_budget=options.nodes
    )
    return answer, None


def _setting(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise InputError.single(
            "--predictor-config",
            f"not NAME=VALUE: {text!r}",
            hint="docs/predictors.md lists the parameters",
        )
    return name.strip().replace("-", "_"), value.strip()


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(MAXIMUM_FILE_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise InputError.single(path, f"cannot be read: {reason}") from exc
    return content


def _as_json(answer: Answer) -> dict[str, object]:
    value = answer.to_json()
    if answer.status in _EXIT_CODES:
        value |= {"message": answer.explanation, "hint": _hint(answer)}
    return value


def _hint(answer: Answer) -> str:
    if answer.status == "unknown":
        return "give it a larger --budget or --nodes"
    return "loosen a requirement of the roots"


def _as_comment(text: str) -> str:
    return "".join(f"# {for_terminal(line)}\n" for line in text.splitlines())


def _print(answer: Answer, name: str, conflict: ScoredConflict | None) -> None:
    write = sys.stdout.write
    if not answer.stacks:
        explanation = answer.explanation if conflict is None else str(conflict)
        first, *rest = explanation.splitlines()
        sys.stderr.write(f"thoth: {for_terminal(name)}: {for_terminal(first)}\n")
        sys.stderr.write("".join(f"  {for_terminal(line)}\n" for line in rest))
        sys.stderr.write(f"  hint: {_hint(answer)}\n")
        return
    for rank, found in enumerate(answer.stacks, start=1):
        title = f"# {rank} of {len(answer.stacks)}: " if len(answer.stacks) > 1 else "# "
        write(f"{title}{_points(answer, found)}\n")
        for package, version in found.stack.items():
            write(f"{for_terminal(package)}=={for_terminal(version)}\n")
    milliseconds = answer.seconds * 1000
    sys.stderr.write(f"thoth: {answer.explanation} {milliseconds:.1f} ms\n")


def _points(answer: Answer, found: ScoredStack) -> str:
    text = f"score {found.score}"
    if len(found.scores) > 1:
        names = zip(answer.level_names, found.scores, strict=True)
        text = ", ".join(f"{for_terminal(name)}: {score}" for name, score in names)
    if answer.status == "optimal":
        return f"{text}, optimal" if found is answer.stacks[0] else text
    return f"{text}, no stack scores more than {answer.upper_bound}"


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="thoth solve",
        description="Find the best stack of a problem file, and prove that it is.",
    )
    parser.add_argument("problem", metavar="PROBLEM", help="thoth-problem/1, .json or .json.gz")
    parser.add_argument(
        "--count", type=_count, default=1, metavar="K", help="so many stacks, best first"
    )
    parser.add_argument(
        "--diverse",
        type=_count,
        metavar="D",
        help="each further stack is the best that differs in D packages or more from all before",
    )
    parser.add_argument(
        "--why-not",
        metavar="PACKAGE[==VERSION]",
        help="say what the best stack with this loses, and through what; or why there is none",
    )
    parser.add_argument(
        "--budget", type=_seconds, metavar="SECONDS", help="answer with the best found by then"
    )
    parser.add_argument(
        "--nodes",
        type=_nodes,
        metavar="N",
        help="visit at most N search nodes; with a predictor, propose at most N different stacks",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="for searches that draw; exact does not"
    )
    parser.add_argument(
        "--predictor",
        choices=("exact", *_PREDICTORS),
        default="exact",
        metavar="NAME",
        help=f"the search: exact (default), which proves, or {', '.join(_PREDICTORS)}",
    )
    parser.add_argument(
        "--predictor-config",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the predictor; may be given several times",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MAXIMUM_COUNT:
        raise argparse.ArgumentTypeError(f"not between 1 and {MAXIMUM_COUNT}: {text!r}")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds >= 0:
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}")
    return seconds


def _nodes(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise argparse.ArgumentTypeError(f"not a number of nodes: {text!r}")
    return number

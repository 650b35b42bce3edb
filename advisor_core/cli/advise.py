"""`thoth advise`: the best stack of a project, with its proof and its reasons."""

from __future__ import annotations

import argparse
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from advisor_core.advising.advise import advise_target
from advisor_core.advising.category import SearchOptions
from advisor_core.advising.inputs import open_inputs
from advisor_core.cli.inputs import ArgumentParser, InputOptions, add_input_options, open_input
from advisor_core.cli.project_lock import find_project_lock, tools_for, with_project_lock
from advisor_core.config.model import RECOMMENDATION_TYPES
from advisor_core.errors import NoStackError, StoreError, ToolFailure
from advisor_core.knowledge.urls import data_folder, default_database_url, missing_file
from advisor_core.report.terminal import for_terminal
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor_core.advising.settings import AdviceInputs
    from advisor_core.cli.inputs import Opened
    from advisor_core.outcome import LockOutcome

__all__ = ["DEFAULT_BUDGET_SECONDS", "add_advice_options", "open_advice", "run"]

DEFAULT_COUNT = 4
"""Stacks computed: the advised one and the best alternatives."""

MAXIMUM_COUNT = 100

DEFAULT_BUDGET_SECONDS = 60.0
"""Most advice takes well under a second; past this, the best stack found so far is the answer."""


def run(words: Sequence[str]) -> int:
    """Advise on what the options name; print the advice. Return the exit code."""
    options = _parser().parse_args(list(words))
    with open_advice(options) as (asked, inputs):
        opened, tool = _choose_lock(asked, options)
        try:
            outcome = _advise(opened, inputs, tool, options)
        except ToolFailure as failure:
            said = f"{failure}; this is about pylock.toml, which pip and uv install from"
            sys.stderr.write(f"thoth: note: {for_terminal(said)}\n")
            opened = asked
            outcome = _advise(asked, inputs, None, options)
        if options.db:
            from advisor_core.knowledge.record import record_answers

            record_answers(options.db, outcome.answers, sources=opened.sources)
    if outcome.conflict is not None:
        raise NoStackError(outcome.conflict.explanation, hint=outcome.conflict.hint)
    outcome = _keep(outcome)
    if options.write and outcome.new_text is not None:
        from advisor_core.cli.write import write_atomically

        write_atomically(opened.lockfile_path, outcome.new_text)
    if options.json:
        import json

        from advisor_core.report.advice_json import outcome_as_json

        text = (outcome.new_text or b"").decode()
        answer = outcome_as_json(outcome, lockfile=None if options.write else text)
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        _print(outcome, options)
    if outcome.engine != "c":
        sys.stderr.write("thoth: the pure Python engine answered; the C extension was not used\n")
    return 0


def _advise(
    opened: Opened, inputs: AdviceInputs, tool: str | None, options: argparse.Namespace
) -> LockOutcome:
    return advise_target(
        opened.target,
        access=opened.access,
        settings=inputs,
        policy=opened.policy,
        previous=opened.previous,
        declarations=opened.declarations,
        tools=tools_for(tool, options.index_url),
    )


def _choose_lock(opened: Opened, options: argparse.Namespace) -> tuple[Opened, str | None]:
    """Return what was opened with the lock that the project has, and the tool that writes it."""
    tool, notes = (None, []) if options.offline else find_project_lock(opened, options.index_url)
    for note in notes:
        sys.stderr.write(f"thoth: note: {for_terminal(note)}\n")
    return (opened if tool is None else with_project_lock(opened, tool)), tool


def _keep(outcome: LockOutcome) -> LockOutcome:
    """Keep the advice with its problem; that this fails is only worth a note."""
    from advisor_core.advising.storing import AdviceFolder, pack_advice

    assert outcome.advice is not None  # noqa: S101 - advise_target gives one with every stack
    advice, stored = pack_advice(outcome.advice)
    try:
        AdviceFolder(data_folder() / "advice").keep(stored)
    except StoreError as exc:
        sys.stderr.write(f"thoth: note: {for_terminal(str(exc))}\n")
    return replace(outcome, advice=advice)


@contextmanager
def open_advice(options: argparse.Namespace) -> Iterator[tuple[Opened, AdviceInputs]]:
    """Open the project, the index and the knowledge that parsed options name."""
    given = InputOptions.from_namespace(options)
    if options.predictor is not None:
        from advisor_core.predictors import make_predictor

        make_predictor(options.predictor, {})  # a name that is none is told before any work
    with (
        open_input(given, environment=options.runtime, overlays=True, advising=True) as opened,
        open_inputs(
            options.db or default_database_url(),
            prescriptions=options.prescription,
            options=SearchOptions(
                count=options.count,
                budget_seconds=options.budget,
                predictor=options.predictor,
                seed=options.seed,
            ),
            recommendation_type=options.type,
        ) as make,
    ):
        absent = missing_file(options.db)
        notes = opened.notes
        if absent is not None:
            notes += (f"--db: no such file yet, so nothing is known from before: {absent!r}",)
        for note in dict.fromkeys(notes):
            sys.stderr.write(f"thoth: note: {for_terminal(note)}\n")
        yield opened, make(opened.sources).configured(opened.configuration.advice)


def _print(outcome: LockOutcome, options: argparse.Namespace) -> None:
    from advisor_core.report.advice_terminal import print_advice

    assert outcome.advice is not None  # noqa: S101 - advise_target gives one with every stack
    if options.diff:
        from advisor_core.cli.diff import format_changes

        sys.stdout.write(format_changes(outcome.advice.changes) or "no difference\n")
        return
    print_advice(outcome.advice, stream=sys.stdout, explain=options.explain_score)
    if options.explain_score:
        from advisor_core.report.score_formula import formula_text
        from advisor_core.scoring.weights import weight_set

        sys.stdout.write(f"\n{formula_text(weight_set(outcome.advice.recommendation_type))}\n")
    sys.stdout.flush()


def add_advice_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides which stack is best, and how long to look for it."""
    advice = parser.add_argument_group("advice")
    advice.add_argument(
        "-t",
        "--type",
        choices=RECOMMENDATION_TYPES,
        help="what is best (default: the environment's recommendation_type, else stable)",
    )
    advice.add_argument(
        "-r",
        "--runtime",
        metavar="ENV",
        help="advise on the lockfile of this runtime environment of .thoth.yaml",
    )
    advice.add_argument(
        "--prescription",
        action="extend",
        nargs="+",
        default=[],
        metavar="FILE_OR_DIR",
        help="prescriptions beside those that come with the project",
    )
    advice.add_argument(
        "--budget",
        type=_seconds,
        default=DEFAULT_BUDGET_SECONDS,
        metavar="SECONDS",
        help=f"answer with the best found by then (default: {DEFAULT_BUDGET_SECONDS:.0f})",
    )
    advice.add_argument(
        "--predictor",
        metavar="NAME",
        help="propose with this search of `thoth solve` instead of the exact one, which still bounds",
    )
    advice.add_argument("--seed", type=int, default=0, metavar="N", help="of the predictor")


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="thoth advise",
        description="Find the best stack of a project, prove it, and say why.",
    )
    add_input_options(parser, short_requirements=False)
    add_advice_options(parser)
    output = parser.add_argument_group("output")
    output.add_argument(
        "--count",
        type=_count,
        default=DEFAULT_COUNT,
        metavar="N",
        help=f"so many stacks, best first (default: {DEFAULT_COUNT})",
    )
    output.add_argument(
        "--diff", action="store_true", help="print what would change, and only that"
    )
    output.add_argument("--write", action="store_true", help="write the lockfile")
    output.add_argument(
        "--explain-score", action="store_true", help="print the formula and every part of the score"
    )
    output.add_argument("--json", action="store_true", help="print one JSON object instead")
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

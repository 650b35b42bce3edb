"""`thoth why PACKAGE`: why a package is at its version, and what another one would cost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from advisor_core.advising.advise import advise_in_detail
from advisor_core.advising.asking import ask_why
from advisor_core.cli.advise import add_advice_options, open_advice
from advisor_core.cli.inputs import ArgumentParser, add_input_options
from advisor_core.errors import NoStackError
from advisor_core.report.terminal import for_terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from advisor_core.advising.asking import Told

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Advise on a project, and explain what is asked of a package. Return the exit code."""
    options = _parser().parse_args(list(words))
    options.count = 1
    with open_advice(options) as (opened, inputs):
        detail = advise_in_detail(
            opened.target,
            access=opened.access,
            settings=inputs,
            policy=opened.policy,
            previous=opened.previous,
            declarations=opened.declarations,
        )
        conflict = detail.outcome.conflict
        if conflict is not None:
            raise NoStackError(conflict.explanation, hint=conflict.hint)
        assert detail.outcome.advice is not None  # noqa: S101 - there is one with every stack
        opened.access.give_up_after(options.budget)
        told = ask_why(
            detail.categories,
            detail.outcome.advice.packages,
            options.package,
            access=opened.access,
            environments=opened.target.environments,
            budget_seconds=options.budget,
        )
    if options.json:
        sys.stdout.write(json.dumps(_as_json(told), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(for_terminal(told.explanation) + "\n")
    sys.stdout.flush()
    return 0


def _as_json(told: Told) -> dict[str, object]:
    package = told.package
    return {
        "status": "ok",
        "asked": told.text,
        "version": None if package is None else package.version,
        "points": None if package is None else package.points,
        "required_by": list(told.required_by),
        "why_not": None if told.why_not is None else told.why_not.to_json(),
        "explanation": told.explanation,
    }


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(
        prog="thoth why",
        description="Say why a package is at its version, or why another release is not chosen.",
    )
    parser.add_argument(
        "package", metavar="PACKAGE", help="a name, or a requirement: numpy, numpy==2.1, numpy<2"
    )
    add_input_options(parser, short_requirements=False)
    add_advice_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser

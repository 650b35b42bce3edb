"""An advice for a terminal: tables that read without colour too. Everything foreign is made safe."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from advisor_core.report.terminal import for_terminal

if TYPE_CHECKING:
    from typing import TextIO

    from advisor_core.advice import Advice, ShownJustification

__all__ = ["SHOWN_JUSTIFICATIONS", "headline", "print_advice"]

SHOWN_JUSTIFICATIONS = 10
"""Justifications shown at once; `--explain-score` and `--json` have all."""


def headline(advice: Advice) -> str:
    """Return what the answer is, in one or two sentences."""
    best = advice.products[0]
    if best.status == "optimal":
        proof = f"proved: no valid stack scores more than {best.upper_bound:,}"
    else:
        proof = f"{best.status}: no valid stack scores more than {best.upper_bound:,}"
    if advice.keeps_lock:
        start = f"Keep the present lockfile: it scores {best.score:,}"
    else:
        start = f"Score {best.score:,}"
        if advice.present is not None and advice.present.score is not None:
            start += f", {best.score - advice.present.score:+,} against the present lockfile"
        elif advice.newest_score is not None:
            start += f", {best.score - advice.newest_score:+,} against the newest-first stack"
    return f"{start} ({proof})."


def print_advice(advice: Advice, *, stream: TextIO, explain: bool = False) -> None:
    """Write the advice; `explain` adds the points of every release."""
    console = Console(file=stream, highlight=False, soft_wrap=False)
    console.print(Text(headline(advice)))
    console.print()
    console.print(_packages(advice, explain=explain))
    _print_environments(console, advice)
    _print_justifications(console, advice, explain=explain)
    _print_alternatives(console, advice)
    for message in advice.stack_info:
        console.print(Text(f"{message.type.lower()}: {for_terminal(message.message)}"))
    console.print(Text(_size(advice)))


def _packages(advice: Advice, *, explain: bool) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for column in ("Package", "Version", "Locked", "Points", "Why not newer"):
        table.add_column(column, justify="right" if column == "Points" else "left")
    for package in advice.packages:
        name = (
            package.name
            if package.category == "default"
            else f"{package.name} ({package.category})"
        )
        newer = package.not_chosen[0] if package.not_chosen else None
        why = "" if newer is None else f"{newer.version}: {'; '.join(newer.reasons)}"
        if explain:
            why = "\n".join(
                [
                    *(
                        f"{part.points:+,} {part.name}: {said.message}"
                        for part in package.parts
                        for said in part.justifications
                    ),
                    *([package.seen] if package.seen and not package.points else []),
                    *([why] if why else []),
                ]
            )
        table.add_row(
            Text(for_terminal(name)),
            Text(for_terminal(package.version)),
            Text(for_terminal(package.locked or "")),
            Text(f"{package.points:,}"),
            Text(for_terminal(why)),
        )
    return table


def _print_justifications(console: Console, advice: Advice, *, explain: bool) -> None:
    said = advice.products[0].justifications
    if not said:
        return
    shown = said if explain else said[:SHOWN_JUSTIFICATIONS]
    console.print(Text("Because"))
    for each in shown:
        console.print(Text(f"  {_line(each)}"))
    if len(said) > len(shown):
        console.print(
            Text(f"  and {len(said) - len(shown)} more: --explain-score and --json have all")
        )
    console.print()


def _line(shown: ShownJustification) -> str:
    said = shown.justification
    points = f"{said.points:+,} " if said.points else ""
    avoided = "avoided: " if shown.effect == "avoided" else ""
    link = f" <{said.link}>" if said.link else ""
    source = f" [{said.source}]" if said.source else ""
    return for_terminal(f"{said.type.lower()}: {points}{avoided}{said.message}{source}{link}")


def _print_environments(console: Console, advice: Advice) -> None:
    if not advice.environments:
        return
    console.print(Text("Environments"))
    for name, score, alone in advice.environments:
        short = (
            "its best"
            if score == alone
            else f"{alone - score:,} points short of {alone:,}, the best found for it alone"
        )
        console.print(Text(for_terminal(f"  {name}: {score:,}, {short}")))
    console.print()


def _print_alternatives(console: Console, advice: Advice) -> None:
    others = [*advice.products[1:], *advice.diverse]
    if not others:
        return
    console.print(Text("Alternatives"))
    best = advice.products[0].score
    for each in others:
        changes = ", ".join(
            f"{name} {here or 'absent'}" for name, (_first, here) in each.differences.items()
        )
        console.print(Text(for_terminal(f"  {each.score:,} ({each.score - best:+,}): {changes}")))
    console.print()


def _size(advice: Advice) -> str:
    search = advice.search
    known = (
        "no advisories"
        if advice.advisories_as_of is None
        else f"advisories as of {datetime.fromtimestamp(advice.advisories_as_of, UTC):%Y-%m-%d}"
    )
    return (
        f"{search.combinations:,} combinations"
        if search.combinations < 10**9
        else f"{search.combinations:.3g} combinations".replace("e+", "e")
    ) + (
        f" of {search.existing:,} releases of {search.packages:,} packages, settled with "
        f"{search.nodes:,} search nodes and the metadata of {search.loaded:,} releases; "
        f"{advice.recommendation_type}, {known}, engine: {search.engine}."
    )

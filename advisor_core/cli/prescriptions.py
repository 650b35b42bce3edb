"""`thoth prescriptions`: check prescriptions, and say in English what one does."""

from __future__ import annotations

import json
import sys
import textwrap
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.cli.inputs import ArgumentParser
from advisor_core.errors import InputError
from advisor_core.pipeline.prescriptions.files import OWN_FOLDER
from advisor_core.report.terminal import for_terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from advisor_core.errors import Fault
    from advisor_core.pipeline.prescriptions.model import Unit
    from advisor_core.pipeline.units.interface import Option

__all__ = ["run"]

_WIDTH = 100


def run(words: Sequence[str]) -> int:
    """Do what the words say. Return the exit code."""
    options = _parser().parse_args(list(words))
    command: str = options.command
    return _validate(options) if command == "validate" else _explain(options)


def _validate(options: argparse.Namespace) -> int:
    from advisor_core.pipeline.prescriptions.validate import validate_prescriptions
    from advisor_core.pipeline.registry import BUILT_IN_NAMES

    paths = [Path(path) for path in options.path]
    found = validate_prescriptions(paths, built_in=BUILT_IN_NAMES)
    if options.json:
        answer: dict[str, object] = {
            "status": "error" if found.faults else "ok",
            "files": found.files,
            "units": len(found.units),
            "faults": [_as_json(fault) for fault in found.faults],
            "notes": [_as_json(note) for note in found.notes],
        }
        if found.faults:
            answer["message"] = (
                f"{_count(len(found.faults), 'fault')} in {_count(found.files, 'file')}"
            )
            answer["hint"] = "docs/prescriptions.md describes every key"
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return InputError.exit_code if found.faults else 0
    if options.show_unit_names:
        for kind, name in found.units:
            sys.stdout.write(f"{kind} {for_terminal(name)}\n")
    for note in found.notes:
        sys.stderr.write(f"note: {for_terminal(str(note))}\n")
    for fault in found.faults:
        sys.stderr.write(f"{for_terminal(str(fault))}\n")
    summary = f"{_count(len(found.units), 'unit')} in {_count(found.files, 'file')}"
    if found.faults:
        sys.stderr.write(f"thoth: {_count(len(found.faults), 'fault')}; {summary} could be read\n")
        return InputError.exit_code
    sys.stdout.write(f"{summary}: no faults\n")
    return 0


def _as_json(fault: Fault) -> dict[str, object]:
    file, _, line = fault.place.rpartition(":")
    has_line = bool(file) and line.isdecimal()
    return {
        "file": file if has_line else fault.place,
        "line": int(line) if has_line else None,
        "message": fault.message,
        "hint": fault.hint,
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _explain(options: argparse.Namespace) -> int:
    from advisor_core.pipeline.registry import BUILT_IN

    wanted: str = options.unit
    units = _read_units([OWN_FOLDER, *(Path(path) for path in options.prescription)])
    _, _, short = wanted.rpartition(".")
    found = [unit for unit in units if unit.name in {wanted, short}]
    texts = [_explain_prescription(unit) for unit in found]
    if wanted in BUILT_IN:
        texts.append(_explain_built_in(wanted))
    if not texts:
        names = [*(unit.name for unit in units), *BUILT_IN]
        close = get_close_matches(wanted, names, 3)
        hint = (
            f"did you mean {', '.join(close)}?" if close else "name its folder with --prescription"
        )
        raise InputError.single(
            "thoth prescriptions explain", f"no such unit: {wanted!r:.80}", hint=hint
        )
    if options.json:
        answer = {"status": "ok", "units": [{"name": text[0], "text": text[1:]} for text in texts]}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return 0
    sys.stdout.write("\n\n".join("\n".join(map(_fill, text)) for text in texts) + "\n")
    return 0


def _fill(paragraph: str) -> str:
    return textwrap.fill(
        for_terminal(paragraph), _WIDTH, break_long_words=False, break_on_hyphens=False
    )


def _read_units(paths: Sequence[Path]) -> list[Unit]:
    from advisor_core.pipeline.prescriptions.load import read_files

    return [unit for file in read_files(paths) for unit in file.units]


def _explain_prescription(unit: Unit) -> list[str]:
    from advisor_core.pipeline.prescriptions.explain import explain_unit

    return explain_unit(unit)


def _explain_built_in(name: str) -> list[str]:
    from advisor_core.pipeline.registry import BUILT_IN

    cls = BUILT_IN[name]
    text = [f"{name} (one of the {cls.kind} that come with the project)", cls.__doc__ or ""]
    if cls.manual:
        text.append("It is used only when it is configured.")
    return text + [_describe_option(key, option) for key, option in cls.options.items()]


def _describe_option(key: str, option: Option) -> str:
    """Return `severity (low or high, low when not given): the least one`."""
    told = " or ".join(option.choices) or str(option.type)
    default = option.default
    if option.required:
        told += ", must be given"
    elif isinstance(default, bool):
        told += f", {str(default).lower()} when not given"
    elif isinstance(default, list | tuple):
        told += f", {', '.join(map(str, default)) or 'none'} when not given"
    elif default is not None:
        told += f", {default} when not given"
    return f"{key} ({told}){f': {option.help}' if option.help else ''}"


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="thoth prescriptions", description="Check and explain prescriptions."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    validate = commands.add_parser(
        "validate",
        prog="thoth prescriptions validate",
        help="report every fault of every file",
        description="Report every fault of every file, with its line.",
    )
    validate.add_argument("path", nargs="+", metavar="FILE_OR_DIR")
    validate.add_argument("--show-unit-names", action="store_true", help="print every unit's name")
    validate.add_argument("--json", action="store_true", help="print one JSON object instead")
    explain = commands.add_parser(
        "explain",
        prog="thoth prescriptions explain",
        help="say in English what a unit does",
        description="Say in English when a unit is used and what it does.",
    )
    explain.add_argument("unit", metavar="UNIT", help="the name of a unit")
    explain.add_argument(
        "--prescription",
        action="extend",
        nargs="+",
        default=[],
        metavar="FILE_OR_DIR",
        help="prescriptions beside those that come with the project",
    )
    explain.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser

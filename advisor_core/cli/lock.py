"""`thoth lock`: the newest valid stack of a project, as a lockfile on stdout."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from advisor_core.cli.inputs import ArgumentParser, InputOptions, add_input_options, open_input
from advisor_core.cli.project_lock import beside, find_project_lock, read_previous, tools_for
from advisor_core.errors import InputError, NoStackError
from advisor_core.lockfiles.formats import LOCK_FORMATS, TOOL_FORMATS
from advisor_core.locking import lock_target
from advisor_core.manifests.pins import move_pins, without_pins
from advisor_core.report.terminal import for_terminal
from advisor_core.values import replace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from advisor_core.cli.inputs import Opened
    from advisor_core.model import Manifest
    from advisor_core.outcome import LockOutcome

__all__ = ["run"]

MOVED_PINS = "manifest"
"""The format that is no lockfile: the manifest, with its exact pins moved."""


def run(words: Sequence[str]) -> int:
    """Lock what the options name; print or write the lockfile."""
    options = _parser().parse_args(list(words))
    if options.all:
        from advisor_core.cli.lock_all import lock_all

        return lock_all(options, InputOptions.from_namespace(options))
    # A requirements file has no groups: what a project's developers need is no part of it.
    everything = options.format != "requirements"
    with open_input(InputOptions.from_namespace(options), everything=everything) as opened:
        form, note = _choose_format(options, opened)
        for each in dict.fromkeys((*opened.notes, *note)):
            sys.stderr.write(f"thoth: note: {for_terminal(each)}\n")
        target = opened.target
        if options.format == MOVED_PINS:
            target = replace(target, manifest=without_pins(target.manifest))
        if options.universal:
            outcome = _lock_universally(options, opened, form)
        else:
            outcome = lock_target(
                target,
                access=opened.access,
                policy=opened.policy,
                previous=_previous(form, options, opened),
                lock_format="requirements" if form == MOVED_PINS else form,
                compare=False,
                tools=tools_for(form, options.index_url),
            )
        if options.db:
            from advisor_core.knowledge.record import record_answers

            record_answers(options.db, outcome.answers, sources=opened.sources)
    if outcome.conflict is not None:
        raise NoStackError(outcome.conflict.explanation, hint=outcome.conflict.hint)
    text = outcome.new_text or b""
    if form == MOVED_PINS:
        text = _move_pins(opened.target.manifest, outcome)
    if options.output:
        from advisor_core.cli.write import write_atomically

        write_atomically(options.output, text)
    if options.json:
        _print_json(outcome, text, output=options.output)
    elif not options.output:
        sys.stdout.buffer.write(text)
        sys.stdout.flush()
    if outcome.engine != "c":
        sys.stderr.write("thoth: the pure Python engine answered; the C extension was not used\n")
    return 0


def _lock_universally(options: argparse.Namespace, opened: Opened, form: str | None) -> LockOutcome:
    """Return a lock with a stack for each environment."""
    from advisor_core.universal import can_be_universal, lock_universally

    if not can_be_universal(opened.target, form):
        raise InputError.single(
            "--universal",
            "needs several runtime environments and a pylock.toml",
            hint="declare them in .thoth.yaml, leave --python and --platform out, --format pylock",
        )
    return lock_universally(
        opened.target,
        access=opened.access,
        policy=opened.policy,
        previous=_previous("pylock", options, opened),
        compare=False,
    )


def _move_pins(manifest: Manifest, outcome: LockOutcome) -> bytes:
    """Return the manifest with its exact pins at the decided versions."""
    versions = {
        name: pin.version for stack in outcome.stacks.values() for name, pin in stack.pins.items()
    }
    changed = move_pins(manifest, versions)
    for path in sorted(changed.keys() - {manifest.path}):
        sys.stderr.write(
            f"thoth: note: {for_terminal(path)} has pins of its own: thoth lock {path} "
            f"--format {MOVED_PINS} moves them\n"
        )
    return changed.get(manifest.path, manifest.files[manifest.path])


def _choose_format(options: argparse.Namespace, opened: Opened) -> tuple[str | None, list[str]]:
    """Return the format of the lockfile, with a note where it is not the one that is there.

    It is the one asked for; else that of the file to write; else that of the lock that is beside a
    `pyproject.toml`, if its tool is installed. None: the one that belongs to the manifest.
    """
    manifest = opened.target.manifest
    chosen: str | None = options.format
    if chosen in TOOL_FORMATS and manifest.kind != "pyproject":
        hint = (
            f"{chosen} locks a pyproject.toml; leave --format out for the format of this manifest"
        )
        raise InputError.single(manifest.path, f"not a project that {chosen} locks", hint=hint)
    if chosen is not None or manifest.kind != "pyproject":
        return chosen, []
    written = os.path.basename(options.output) if options.output else None  # noqa: PTH119
    if written is None:
        return find_project_lock(opened, options.index_url)
    return next((tool for tool, name in TOOL_FORMATS.items() if name == written), None), []


def _previous(form: str | None, options: argparse.Namespace, opened: Opened) -> bytes | None:
    """Return the lockfile that is replaced, or else the one of that format beside the manifest."""
    if form == MOVED_PINS:
        return None
    replaced = read_previous(options.output)
    if replaced is not None:
        return replaced
    if form not in TOOL_FORMATS:
        return opened.previous
    return read_previous(beside(opened, TOOL_FORMATS[form]))


def _print_json(outcome: LockOutcome, text: bytes, *, output: str | None) -> None:
    import json

    packages = {
        name: pin.version for stack in outcome.stacks.values() for name, pin in stack.pins.items()
    }
    skipped = {
        name: dict(versions)
        for stack in outcome.stacks.values()
        for name, versions in stack.skipped.items()
    }
    answer = {
        "status": "ok",
        "packages": dict(sorted(packages.items())),
        "categories": {
            name: {pin.name: pin.version for pin in stack.pins.values()}
            for name, stack in outcome.stacks.items()
        },
        "by_environment": {
            name: {
                pin.name: pin.version for stack in stacks.values() for pin in stack.pins.values()
            }
            for name, stacks in outcome.by_environment.items()
        },
        "environments": [
            {"name": each.name, "python": each.python, "platform": each.platform}
            for each in outcome.target.environments
        ],
        "skipped": skipped,
        "engine": outcome.engine,
        "lockfile": None if output else text.decode(),
    }
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="thoth lock",
        description="Print a lockfile: the newest valid stack of a project, no scores.",
    )
    add_input_options(parser)
    parser.add_argument(
        "--format",
        choices=(*LOCK_FORMATS, *TOOL_FORMATS, MOVED_PINS),
        help="form of the lockfile (default: the one that is there, or belongs to the manifest); "
        f"{MOVED_PINS}: the manifest itself, its exact pins moved",
    )
    parser.add_argument(
        "--universal",
        action="store_true",
        help="a stack for each runtime environment in one pylock.toml, not one for all of them",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="write the lockfiles of all projects in a repository, its overlays and exports",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write the lockfile here")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser

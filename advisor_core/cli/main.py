"""`thoth`: finds the command, runs it, and turns errors into exit codes. Commands are imported lazily.

Exit codes: 0 answer; 1 no stack exists; 2 the input is wrong; 3 network or index failure; 4 nothing
found within the budget; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from advisor_core import __version__
from advisor_core.errors import InputError, ThothError, message_and_hint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main", "program"]

_USAGE = """\
usage: thoth COMMAND [OPTIONS]

Keeps Python projects on the best software stack that can be shown to work.

commands:
  lock    print a lockfile: the newest valid stack, no scores
  advise  find the best stack, prove it, and say why
  why     why a package is at its version, and what another one would cost
  diff    what changed between two lockfiles
  verify  whether a lockfile fits its manifest, exists, installs, and lacks nothing
  provenance   whether its files come from the declared indexes
  config  check .thoth.yaml, show what holds for each environment, draft a first one
  solve   print the best stack of a problem file, proved
  kb      the knowledge base: take in advisories
  prescriptions   check prescriptions, and say in English what one does

  thoth COMMAND --help   the options of a command
  thoth --version        the version, and which engine runs (c or python)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return run_guarded(_run, list(sys.argv[1:] if arguments is None else arguments))


def program() -> int:
    """Be the program `thoth`: run the command line of this process, which ends with it."""
    # What it makes lives as long as it does: looking for cycles again and again is 5 of 75 ms.
    gc.set_threshold(100_000)
    # `timeout`, service managers and CI ask so: it is told as an interruption is.
    signal.signal(signal.SIGTERM, _be_interrupted)
    return main()


def _be_interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _run(words: Sequence[str]) -> int:
    if not words or words[0] in {"-h", "--help", "help"}:
        sys.stdout.write(_USAGE)
        return 0 if words else 2
    if words[0] in {"-V", "--version"}:
        from advisor_core.resolver.solve import engine_name

        sys.stdout.write(f"thoth {__version__} (engine: {engine_name()})\n")
        return 0
    command = _find_command(words[0])
    if command is None:
        hint = "thoth --help lists them"
        raise InputError.single("thoth", f"no such command: {words[0]!r}", hint=hint)
    return command(words[1:])


def run_guarded(command: Callable[[Sequence[str]], int], words: Sequence[str]) -> int:
    """Run a command; say its errors on stderr, or as one JSON object when `--json` was asked for."""
    try:
        return _run_telling_errors(command, words)
    except BrokenPipeError:
        # The reader went away (`thoth lock | head`): nothing is left to be said to anyone.
        sys.stderr.close()
        return 0
    except OSError as exc:
        # Whatever could fail while reading or fetching is an error of ours: this is standard output.
        _give_up_output()
        place = exc.filename or "standard output"
        sys.stderr.write(f"thoth: {place}: cannot be written: {exc.strerror or exc}\n")
        return InputError.exit_code


def _run_telling_errors(command: Callable[[Sequence[str]], int], words: Sequence[str]) -> int:
    try:
        return command(words)
    except ThothError as exc:
        report_error(exc, as_json="--json" in words)
        return exc.exit_code
    except KeyboardInterrupt:
        if "--json" in words:
            _print_outcome("error", "interrupted", "")
        sys.stderr.write("thoth: interrupted\n")
        return 130


def report_error(error: ThothError, *, as_json: bool) -> None:
    """Write an error for a person, or for a program."""
    if as_json:
        status = {1: "unsatisfiable", 4: "unknown"}.get(error.exit_code, "error")
        _print_outcome(status, *message_and_hint(error))
        return
    from advisor_core.report.terminal import for_terminal

    sys.stderr.write(f"thoth: {for_terminal(str(error))}\n")
    if error.hint:
        sys.stderr.write(f"  hint: {for_terminal(error.hint)}\n")


def _print_outcome(status: str, message: str, hint: str) -> None:
    import json

    answer = {"status": status, "message": message, "hint": hint}
    # Names of files may hold bytes that are no text: they are spelled out, as JSON is UTF-8.
    text = json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _give_up_output() -> None:
    """Let the interpreter's last flush, which would fail as well, go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _find_command(name: str) -> Callable[[Sequence[str]], int] | None:
    if name == "lock":
        from advisor_core.cli.lock import run

        return run
    if name == "advise":
        from advisor_core.cli.advise import run

        return run
    if name == "why":
        from advisor_core.cli.why import run

        return run
    if name == "diff":
        from advisor_core.cli.diff import run

        return run
    if name == "verify":
        from advisor_core.cli.verify import run

        return run
    if name == "provenance":
        from advisor_core.cli.verify import run_provenance

        return run_provenance
    if name == "config":
        from advisor_core.cli.config import run

        return run
    if name == "solve":
        from advisor_core.cli.solve import run

        return run
    if name == "kb":
        from advisor_core.cli.kb import run

        return run
    if name == "prescriptions":
        from advisor_core.cli.prescriptions import run

        return run
    return None

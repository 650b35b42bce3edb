"""`thoth`: finds the command, runs it, and turns errors into exit codes. Commands are imported lazily.

Exit codes: 0 answer; 1 no stack exists; 2 the input is wrong; 3 network or index failure; 4 nothing
found within the budget; 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from advisor_core import __version__
from advisor_core.errors import ThothError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

_USAGE = """\
usage: thoth COMMAND [OPTIONS]

Keeps Python projects on the best software stack that can be shown to work.

commands:
  lock    print a lockfile: the newest valid stack, no scores
  solve   print the best stack of a problem file, proved

  thoth COMMAND --help   the options of a command
  thoth --version        the version, and which engine runs (c or python)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in {"-h", "--help", "help"}:
        sys.stdout.write(_USAGE)
        return 0 if words else 2
    if words[0] in {"-V", "--version"}:
        from advisor_core.resolver.solve import engine_name

        sys.stdout.write(f"thoth {__version__} (engine: {engine_name()})\n")
        return 0
    command = _find_command(words[0])
    if command is None:
        sys.stderr.write(f"thoth: no such command: {words[0]!r}\n  hint: thoth --help lists them\n")
        return 2
    return run_guarded(command, words[1:])


def run_guarded(command: Callable[[Sequence[str]], int], words: Sequence[str]) -> int:
    """Run a command; say its errors on stderr, or as one JSON object when `--json` was asked for."""
    try:
        return command(words)
    except ThothError as exc:
        report_error(exc, as_json="--json" in words)
        return exc.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("thoth: interrupted\n")
        return 130
    except BrokenPipeError:
        # The reader went away (`thoth lock | head`): nothing is left to be said to anyone.
        sys.stderr.close()
        return 0


def report_error(error: ThothError, *, as_json: bool) -> None:
    """Write an error for a person, or for a program."""
    if as_json:
        import json

        status = {1: "unsatisfiable", 4: "unknown"}.get(error.exit_code, "error")
        answer = {"status": status, "message": str(error), "hint": error.hint}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    from advisor_core.report.terminal import for_terminal

    sys.stderr.write(f"thoth: {for_terminal(str(error))}\n")
    if error.hint:
        sys.stderr.write(f"  hint: {for_terminal(error.hint)}\n")


def _find_command(name: str) -> Callable[[Sequence[str]], int] | None:
    if name == "lock":
        from advisor_core.cli.lock import run

        return run
    if name == "solve":
        from advisor_core.cli.solve import run

        return run
    return None

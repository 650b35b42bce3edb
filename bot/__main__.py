"""The command line of the App: `thoth-bot`."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells have it."""


_SETTINGS = "Settings come from the environment and from .env; see docs/app.md."

_SERVICE = {
    "serve": "be the App in one process: webhook and work",
    "web": "serve the webhook alone (PostgreSQL)",
    "worker": "do the work alone (PostgreSQL)",
    "migrate": "bring the database up to date",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = _make_parser()
    options = parser.parse_args(arguments)
    if options.command != "local":
        return _run_service(options)
    if options.path is not None and options.example is not None:
        parser.error("name a repository or --example, not both")
    if options.path is None and options.example is None:
        options.path = "."
    # Imported here so that --help and usage errors answer at once.
    from bot.local.command import run_local  # noqa: PLC0415

    try:
        return run_local(
            options.path,
            example=options.example,
            as_json=options.json,
            offline=options.offline,
            db=options.db,
        )
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the next run goes on from here\n")
        return _leave(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone. Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run_service(options: argparse.Namespace) -> int:
    """Run one of the service's commands; return its exit code. Errors are told on stderr."""
    # Imported here so that --help answers at once, and `local` needs nothing of a service.
    from advisor_core.errors import InputError, ThothError  # noqa: PLC0415
    from bot.commands import receive, service  # noqa: PLC0415

    commands: dict[str, Callable[[], int]] = {
        "serve": service.run_serve,
        "web": service.run_web,
        "worker": service.run_worker,
        "migrate": service.run_migrate,
        "receive": lambda: receive.run_receive(options.event, options.payload),
    }
    try:
        return _leave(commands[options.command]())
    except ThothError as error:
        sys.stderr.write(f"error: {error}\n")
        if error.hint and not isinstance(error, InputError):
            sys.stderr.write(f"hint: {error.hint}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"error: {error.strerror or error}\n")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED


def _leave(code: int) -> int:
    """Return the exit code, or end the process at once when abandoned work is still running.

    An interpreter that shuts down while a thread of its own writes to stderr aborts; nothing is lost
    by ending at once, because every file is replaced as a whole.
    """
    from bot.jobs.background import is_work_left  # noqa: PLC0415

    if is_work_left():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="thoth-bot",
        description="Keeps Python repositories on the best stack that can be shown to work.",
    )
    parser.add_argument("--version", action="version", version=f"thoth-bot {version('thoth-app')}")
    commands = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", dest="command"
    )
    local = commands.add_parser(
        "local",
        help="do on a local git repository what the App would",
        description="Reads the committed HEAD of a git repository, computes better lockfiles, "
        "puts each on a branch of its own and prints the pull request. HEAD, index and working "
        "tree stay untouched, and nothing is pushed.",
    )
    local.add_argument("path", nargs="?", metavar="PATH", help="the repository (default: .)")
    local.add_argument(
        "--example",
        nargs="?",
        const="",
        metavar="DIR",
        help="make a small repository in DIR (default: a temporary folder) and run on it",
    )
    local.add_argument("--offline", action="store_true", help="use the cache of the index alone")
    local.add_argument(
        "--db",
        metavar="URL",
        help="keep what the index says in this database (default: SQLite in the user's data folder)",
    )
    local.add_argument("--json", action="store_true", help="print one JSON object")
    for name, text in _SERVICE.items():
        commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}. {_SETTINGS}"
        )
    receive = commands.add_parser(
        "receive",
        help="take a webhook's payload from a file, as if GitHub had sent it",
        description="Stores the payload as a delivery; `serve` or `worker` does the work.",
    )
    receive.add_argument("event", metavar="EVENT", help="such as push")
    receive.add_argument("payload", metavar="PAYLOAD.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())

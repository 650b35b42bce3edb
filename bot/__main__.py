"""The command line of the App: `thoth-bot`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells have it."""

WRONG_INPUT = 2
"""Exit code for a wrong command line, and for an output that cannot be written."""

_SETTINGS = "Settings come from the environment and from .env; see docs/app.md."

_SERVICE = {
    "serve": "be the App in one process: webhook and work",
    "web": "serve the webhook alone (PostgreSQL)",
    "worker": "do the work alone (PostgreSQL)",
    "migrate": "bring the database up to date",
}


class _UsageError(SystemExit):
    """The command line is wrong. Ends the program as argparse does."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(WRONG_INPUT)
        self.message = message
        self.hint = hint


class _Parser(argparse.ArgumentParser):
    """A parser that leaves it to the caller to tell what is wrong, so that `--json` holds then too."""

    def error(self, message: str) -> NoReturn:
        """Raise _UsageError."""
        raise _UsageError(f"{self.prog}: {message}", f"{self.prog} --help lists the options")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except KeyboardInterrupt:
        return _tell_interrupted(words)


def _run(words: list[str]) -> int:
    parser = _make_parser()
    try:
        options = parser.parse_args(words)
        if options.command == "local" and None not in (options.path, options.example):
            parser.error("name a repository or --example, not both")
    except _UsageError as error:
        sys.stderr.write(f"error: {error.message}\nhint: {error.hint}\n")
        if "--json" in words:
            _print_error(error.message, error.hint)
        raise
    if options.command != "local":
        return _run_service(options)
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
    except BrokenPipeError:
        # Whoever read our output has gone.
        _give_up_output()
        return 0
    except OSError as error:
        # Errors of files and networks were told already: this is standard output.
        _give_up_output()
        sys.stderr.write(f"error: standard output cannot be written: {error.strerror or error}\n")
        return WRONG_INPUT


def _tell_interrupted(words: list[str]) -> int:
    sys.stderr.write("interrupted; the next run goes on from here\n")
    if "--json" in words:
        _print_error("interrupted", "run again; the next run goes on from here")
    return _leave(INTERRUPTED)


def _print_error(message: str, hint: str) -> None:
    sys.stdout.write(json.dumps({"status": "error", "message": message, "hint": hint}) + "\n")
    sys.stdout.flush()


def _give_up_output() -> None:
    """Let the interpreter's last flush, of which Python would complain, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run_service(options: argparse.Namespace) -> int:
    """Run one of the service's commands; return its exit code. Errors are told on stderr."""
    # Imported here so that --help answers at once, and `local` needs nothing of a service.
    from advisor_core.errors import InputError, ThothError  # noqa: PLC0415
    from bot.commands import receive, secret, service, setup  # noqa: PLC0415

    commands: dict[str, Callable[[], int]] = {
        "serve": service.run_serve,
        "web": service.run_web,
        "worker": service.run_worker,
        "migrate": service.run_migrate,
        "setup": lambda: setup.run_setup(
            address=options.address, name=options.name, organization=options.organization
        ),
        "secret": lambda: secret.run_secret(
            options.action, getattr(options, "origin", None), getattr(options, "repository", None)
        ),
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
    parser = _Parser(
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
    setup = commands.add_parser(
        "setup",
        help="say how to make the GitHub App and connect it",
        description=f"Says how to make the GitHub App and connect it. {_SETTINGS}",
    )
    setup.add_argument(
        "--address", metavar="URL", help="where GitHub reaches the server: https://thoth.example"
    )
    setup.add_argument(
        "--name", default="Thoth", metavar="NAME", help="of the App (default: Thoth)"
    )
    setup.add_argument("--organization", metavar="NAME", help="that is to own the App")
    secret = commands.add_parser(
        "secret",
        help="keep credentials of package indexes, encrypted",
        description="Keeps user and password of a package index, encrypted with THOTH_SECRET_KEY. They "
        f"are read from standard input: the user, then the password. {_SETTINGS}",
    )
    actions = secret.add_subparsers(required=True, metavar="ACTION", dest="action")
    actions.add_parser("list", help="for which indexes and repositories credentials are kept")
    for name, text in (("set", "keep credentials"), ("remove", "forget them")):
        action = actions.add_parser(name, help=text)
        action.add_argument("origin", metavar="ORIGIN", help="such as https://pypi.example")
        action.add_argument(
            "--repository", metavar="OWNER/NAME", help="for this repository (default: every one)"
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

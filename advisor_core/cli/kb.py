"""`thoth kb`: the knowledge base, by hand."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from advisor_core.cli.inputs import ArgumentParser
from advisor_core.errors import InputError, StoreError
from advisor_core.report.terminal import for_terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from advisor_core.advisories.importing import ImportReport

__all__ = ["database_url", "day", "parse", "present_database_url", "print_json", "run"]

_USAGE = """\
usage: thoth kb COMMAND [OPTIONS]

The knowledge base: what indexes, advisories and checks said.

commands:
  info        what it holds
  import-osv  take in advisories in the OSV format
  sync        ask the indexes for new releases of the packages that it knows
  export      write what may travel into one file, or copy the whole (--backup)
  import      take in a file that `export` wrote
  advice      the newest advice that the App gave, or the problem file of one
  prune       delete what ended long ago, and give back the room

  thoth kb COMMAND --help   the options of a command
"""

_SHOWN_SKIPPED = 10
"""Documents that could not be read are named up to here; `--json` names all."""


def run(words: Sequence[str]) -> int:
    """Run the command of the knowledge base that the words name; return the exit code."""
    if not words or words[0] in {"-h", "--help"}:
        sys.stdout.write(_USAGE)
        return 0 if words else 2
    command = _COMMANDS.get(words[0])
    if command is None:
        hint = "thoth kb --help lists them"
        raise InputError.single("thoth kb", f"no such command: {words[0]!r}", hint=hint)
    return command(words[1:])


def _import_osv(words: Sequence[str]) -> int:
    from advisor_core.advisories.download import DEFAULT_OSV_URL
    from advisor_core.advisories.importing import import_osv
    from advisor_core.cli.progress import open_line
    from advisor_core.knowledge.ownership import announce
    from advisor_core.knowledge.store import Store

    parser = ArgumentParser(
        prog="thoth kb import-osv",
        description="Take in advisories in the OSV format: all of them, or nothing.",
    )
    parser.add_argument(
        "source",
        nargs="?",
        default=DEFAULT_OSV_URL,
        metavar="PATH|URL",
        help="a folder, a .zip, JSON lines, or one document (default: OSV's export of PyPI)",
    )
    options = parse(parser, words)
    with (
        Store.open(database_url(options)) as store,
        announce(store.path, "thoth kb import-osv"),
        open_line() as show,
    ):
        report = import_osv(store, options.source, progress=show)
    if options.json:
        print_json(_import_as_json(report))
    else:
        _print_import(report)
    return 0


def _print_import(report: ImportReport) -> None:
    write = sys.stdout.write
    changes = report.changes
    write(
        f"{report.documents} documents: {len(changes.added)} new advisories, {len(changes.changed)} "
        f"changed, {changes.same} known, {report.withdrawn} withdrawn\n"
        f"advisories as of {day(changes.data_at)}\n"
    )
    if changes.outdated:
        write(f"{len(changes.outdated)} older than what is known: not taken\n")
    if report.unread:
        write(
            f"{len(report.unread)} name versions that are not PEP 440, which concern nothing: "
            f"{', '.join(report.unread[:5])}{', ...' if len(report.unread) > 5 else ''}\n"
        )
    for place, reason in report.skipped[:_SHOWN_SKIPPED]:
        sys.stderr.write(f"thoth: passed over: {for_terminal(place)}: {for_terminal(reason)}\n")
    more = len(report.skipped) - _SHOWN_SKIPPED
    if more > 0:
        sys.stderr.write(f"thoth: passed over: {more} more\n")


def _import_as_json(report: ImportReport) -> dict[str, object]:
    changes = report.changes
    return {
        "status": "ok",
        "source": report.source,
        "documents": report.documents,
        "added": list(changes.added),
        "changed": list(changes.changed),
        "same": changes.same,
        "outdated": list(changes.outdated),
        "withdrawn": report.withdrawn,
        "unread": list(report.unread),
        "skipped": [{"place": place, "reason": reason} for place, reason in report.skipped],
        "as_of": changes.data_at,
    }


def parse(parser: ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """Add the options that all commands have, and parse."""
    parser.add_argument(
        "--db", metavar="URL", help="the knowledge base (default: a SQLite file of the user's own)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser.parse_args(list(words))


def database_url(options: argparse.Namespace) -> str:
    """Return the URL of the knowledge base that the options name."""
    from advisor_core.knowledge.urls import default_database_url

    named: str | None = options.db
    return named or default_database_url()


def present_database_url(options: argparse.Namespace) -> str:
    """Return the URL as `database_url` does, for a command that makes no sense without what is there.

    Raises StoreError when a file that is named is not there.
    """
    from advisor_core.knowledge.urls import missing_file

    path = missing_file(options.db)
    if path is not None:
        hint = (
            "name the file of a knowledge base; `thoth kb import-osv`, `sync` and `import` make one"
        )
        raise StoreError(f"--db: no such file: {path!r}", hint=hint)
    return database_url(options)


def print_json(value: dict[str, object]) -> None:
    """Print one JSON object, in one line of UTF-8."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def day(moment: int) -> str:
    """Return the date of a moment (epoch seconds) in UTC."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def _later(name: str) -> Callable[[Sequence[str]], int]:
    """Return a command whose module is imported when it runs."""

    def run_command(words: Sequence[str]) -> int:
        from advisor_core.cli import kb_commands

        command: Callable[[Sequence[str]], int] = getattr(kb_commands, name)
        return command(words)

    return run_command


_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "import-osv": _import_osv,
    "info": _later("run_info"),
    "sync": _later("run_sync"),
    "export": _later("run_export"),
    "import": _later("run_import"),
    "advice": _later("run_advice"),
    "prune": _later("run_prune"),
}

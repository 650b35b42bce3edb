"""`thoth kb info|advice|sync|export|import|prune`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from advisor_core.cli.inputs import ArgumentParser
from advisor_core.cli.kb import database_url, day, parse, present_database_url, print_json
from advisor_core.cli.progress import open_line
from advisor_core.errors import IndexFailure, InputError
from advisor_core.knowledge.ownership import announce
from advisor_core.knowledge.store import Store
from advisor_core.report.terminal import for_terminal
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.knowledge.advice import AdviceRecord

__all__ = ["run_advice", "run_export", "run_import", "run_info", "run_prune", "run_sync"]

KEPT_DAYS = 180
"""`prune` keeps what ended since."""

_SHOWN_FAILURES = 10

_LISTED_ADVICE = 50


def run_info(words: Sequence[str]) -> int:
    """Print the knowledge base in numbers."""
    options = parse(
        ArgumentParser(prog="thoth kb info", description="Print what the knowledge base holds."),
        words,
    )
    with Store.open(present_database_url(options)) as store:
        info = store.info()
    if options.json:
        print_json({"status": "ok", **_plain(info)})
        return 0
    write = sys.stdout.write
    write(f"{for_terminal(info.url)}\nschema {info.revision}, {info.size_bytes / 1e6:.1f} MB\n")
    asked = "never" if info.last_seen_at is None else day(info.last_seen_at)
    known = "none imported" if info.advisories_as_of is None else day(info.advisories_as_of)
    write(f"indexes last asked: {asked}\nadvisories as of: {known}\n")
    for name, count in info.counts.items():
        if count:
            write(f"{count:>10} {name}\n")
    return 0


def run_export(words: Sequence[str]) -> int:
    """Write what may travel into one file, or a copy of the whole."""
    parser = ArgumentParser(
        prog="thoth kb export",
        description="Write releases, metadata, advisories and public observations into one file that another "
        "installation imports. Repositories, advice and private observations stay here.",
    )
    parser.add_argument("file", metavar="FILE", help="replaced only when all went well")
    parser.add_argument(
        "--backup",
        action="store_true",
        help="copy the whole SQLite file instead, everything private with it, while it is in use",
    )
    parser.add_argument(
        "--with-private",
        action="store_true",
        help="also what CI said of private repositories, without their names: for whoever may know it",
    )
    options = parse(parser, words)
    path = Path(options.file)
    with Store.open(present_database_url(options)) as store, open_line() as show:
        if options.backup:
            store.back_up(
                path, progress=lambda left, total: show(f"copying: {total - left} of {total} pages")
            )
            told: dict[str, object] = {"file": options.file, "bytes": path.stat().st_size}
        else:
            manifest = store.export(path, with_private=options.with_private)
            told = {
                "file": options.file,
                "bytes": path.stat().st_size,
                **msgspec.to_builtins(manifest),
            }
    if options.json:
        print_json({"status": "ok", **told})
    else:
        sys.stdout.write(f"{for_terminal(options.file)}: {path.stat().st_size / 1e6:.1f} MB\n")
    return 0


def run_import(words: Sequence[str]) -> int:
    """Take in a file that `export` wrote."""
    parser = ArgumentParser(
        prog="thoth kb import",
        description="Take in a file that `thoth kb export` wrote: all of it, or nothing. What is known "
        "here and newer stays.",
    )
    parser.add_argument("file", metavar="FILE")
    options = parse(parser, words)
    with (
        Store.open(database_url(options)) as store,
        announce(store.path, "thoth kb import"),
    ):
        done = store.import_file(Path(options.file))
    if options.json:
        print_json({"status": "ok", **_plain(done)})
    else:
        sys.stdout.write(
            f"{done.packages} packages: {done.releases_added} new releases, metadata of "
            f"{done.metadata_added}; {done.advisories_added} new advisories, {done.advisories_changed} "
            f"changed; {done.observations} observations\n"
        )
    return 0


def run_advice(words: Sequence[str]) -> int:
    """List the advice that is kept, or write the problem file of one."""
    parser = ArgumentParser(
        prog="thoth kb advice",
        description="List the newest advice that the App gave; with an ID, write its problem file, "
        "with which `thoth solve` gives the same stack, score, bound and status again.",
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="of one advice, as listed")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write it (default: ID.problem.json.gz)"
    )
    options = parse(parser, words)
    with Store.open(present_database_url(options)) as store:
        if options.id is None:
            listed = store.list_advice(limit=_LISTED_ADVICE)
            _print_advice(listed, as_json=options.json)
            return 0
        found = store.advice(options.id)
    if found is None:
        hint = "thoth kb advice lists the newest"
        raise InputError.single("ID", f"no such advice: {options.id[:40]!r}", hint=hint)
    from advisor_core.cli.write import write_atomically

    path = options.output or f"{found.id}.problem.json.gz"
    write_atomically(path, found.problem)
    if options.json:
        answer = json.loads(found.answer)
        print_json({"status": "ok", "file": path, **_advice_row(found), "answer": answer})
    else:
        sys.stdout.write(
            f"{path}: {found.status}, score {found.score}, bound {found.upper_bound}\n"
        )
    return 0


def _print_advice(listed: Sequence[AdviceRecord], *, as_json: bool) -> None:
    if as_json:
        print_json({"status": "ok", "advice": [_advice_row(each) for each in listed]})
        return
    for each in listed:
        repository = "-" if each.forge_id is None else str(each.forge_id)
        sys.stdout.write(
            f"{each.id}  {day(each.created_at)}  repository {repository}  "
            f"{for_terminal(each.purpose)}  {each.status}  {each.score}/{each.upper_bound}\n"
        )


def _advice_row(each: AdviceRecord) -> dict[str, object]:
    return {
        "id": each.id,
        "created_at": each.created_at,
        "repository": each.forge_id,
        "purpose": each.purpose,
        "outcome": each.status,
        "score": each.score,
        "upper_bound": each.upper_bound,
    }


def run_prune(words: Sequence[str]) -> int:
    """Delete what ended long ago, and give back the room."""
    parser = ArgumentParser(
        prog="thoth kb prune",
        description="Delete releases that indexes have not listed for long, old advice and handled events, "
        "then give back the room. Advisories and observations stay.",
    )
    parser.add_argument(
        "--older-than",
        type=_days,
        default=KEPT_DAYS,
        metavar="DAYS",
        help=f"keep what ended since (default: {KEPT_DAYS})",
    )
    options = parse(parser, words)
    with Store.open(present_database_url(options)) as store, announce(store.path, "thoth kb prune"):
        pruned = store.prune(int(time.time()) - options.older_than * 86_400)
        store.compact()
    if options.json:
        print_json({"status": "ok", **_plain(pruned)})
    else:
        sys.stdout.write(
            f"deleted: {pruned.releases} releases, {pruned.files} files, {pruned.advice} advice, "
            f"{pruned.events} events\n"
        )
    return 0


def run_sync(words: Sequence[str]) -> int:
    """Ask the indexes for new releases, and record them."""
    from advisor_core.knowledge.syncing import sync_packages

    parser = ArgumentParser(
        prog="thoth kb sync",
        description="Ask the index for the releases of packages, and record what is new.",
    )
    parser.add_argument(
        "packages", nargs="*", metavar="PACKAGE", help="(default: all that are known of the index)"
    )
    parser.add_argument(
        "--index-url",
        metavar="URL",
        help="(default: THOTH_INDEX_URL, else https://pypi.org/simple)",
    )
    options = parse(parser, words)
    names = [_name(each) for each in options.packages]
    with (
        Store.open(database_url(options)) as store,
        announce(store.path, "thoth kb sync"),
        open_line() as show,
    ):
        done = asyncio.run(
            sync_packages(
                store,
                names,
                index_url=options.index_url,
                progress=lambda count, total: show(
                    f"asking the index: {count} of {total} packages"
                ),
            )
        )
    if options.json:
        print_json({"status": "ok", **_plain(done)})
    else:
        sys.stdout.write(
            f"{done.asked} packages: {done.recorded.releases_added} new releases, "
            f"{done.recorded.releases_vanished} vanished\n"
        )
    for name, reason in done.failed[:_SHOWN_FAILURES]:
        sys.stderr.write(f"thoth: {for_terminal(name)}: {for_terminal(reason)}\n")
    if done.failed and len(done.failed) == done.asked:
        raise IndexFailure(
            f"none of {done.asked} packages could be asked for: {done.failed[0][1]}",
            hint="check the network and --index-url; nothing was changed",
        )
    return 0


def _plain(value: object) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(
        {name: getattr(value, name) for name in value.__slots__},  # type: ignore[attr-defined]
        enc_hook=lambda each: {name: getattr(each, name) for name in each.__slots__},
    )
    return plain


def _days(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100_000:
        raise ValueError
    return number


def _name(text: str) -> str:
    if not text or not text[0].isalnum() or not text.isascii():
        raise InputError.single("thoth kb sync", f"not the name of a package: {text!r}")
    return normalize_name(text)

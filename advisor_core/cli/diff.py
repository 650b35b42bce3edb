"""`thoth diff OLD NEW`: what changed between two lockfiles."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from advisor_core.cli.inputs import ArgumentParser
from advisor_core.errors import InputError
from advisor_core.lockfiles.difference import lock_difference
from advisor_core.lockfiles.formats import format_of, read_lock
from advisor_core.manifests.interface import MAX_FILE_BYTES
from advisor_core.report.terminal import for_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.lockfiles.interface import LockedVersions

__all__ = ["format_changes", "run"]


def run(words: Sequence[str]) -> int:
    """Compare two lockfiles. Return 0, whether they differ or not."""
    parser = ArgumentParser(
        prog="thoth diff",
        description="Print what changed between two lockfiles, of the same format or not.",
    )
    parser.add_argument("old", metavar="OLD", help="a lockfile of any format that is read")
    parser.add_argument("new", metavar="NEW", help="the same, or another format")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    options = parser.parse_args(list(words))
    changes = lock_difference(_read(options.old), _read(options.new))
    if options.json:
        rows = [
            {"package": row.package, "category": row.category, "old": row.old, "new": row.new}
            for row in changes
        ]
        sys.stdout.write(json.dumps({"status": "ok", "changes": rows}) + "\n")
    else:
        sys.stdout.write(format_changes(changes) or "no difference\n")
    sys.stdout.flush()
    return 0


class _Row(Protocol):
    """A change of a lockfile, with or without its reason."""

    @property
    def package(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def old(self) -> str | None: ...
    @property
    def new(self) -> str | None: ...


def format_changes(changes: Sequence[_Row]) -> str:
    """Return one line per change: `- name 1`, `+ name 2`, `~ name 1 -> 2`, with other categories named."""
    lines = []
    for row in changes:
        where = "" if row.category == "default" else f" ({row.category})"
        if row.old is None:
            text = f"+ {row.package} {row.new}{where}"
        elif row.new is None:
            text = f"- {row.package} {row.old}{where}"
        else:
            text = f"~ {row.package} {row.old} -> {row.new}{where}"
        lines.append(for_terminal(text) + "\n")
    return "".join(lines)


def _read(path: str) -> LockedVersions:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise InputError.single(path, f"cannot be read: {reason}") from exc
    if len(data) > MAX_FILE_BYTES:
        raise InputError.single(path, f"larger than {MAX_FILE_BYTES} bytes")
    return read_lock(format_of(path), data, path)

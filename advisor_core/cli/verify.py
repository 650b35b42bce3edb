"""`thoth verify` and `thoth provenance`: whether a lockfile is true.

Exit code 0 when no error was found (warnings may be); 2 when the lockfile is wrong.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.cli.inputs import ArgumentParser, InputOptions, add_input_options, open_input
from advisor_core.errors import InputError
from advisor_core.index.access import open_access
from advisor_core.lockfiles.formats import TOOL_FORMATS, format_of, read_entries
from advisor_core.locking import with_binary_rules
from advisor_core.manifests.interface import MAX_FILE_BYTES
from advisor_core.report.terminal import for_terminal
from advisor_core.verification.sources import OpenSource
from advisor_core.verification.verify import verify_lock, verify_provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.cli.inputs import Opened
    from advisor_core.lockfiles.entries import LockedFile
    from advisor_core.verification.findings import Finding

__all__ = ["run", "run_provenance"]


def run(words: Sequence[str]) -> int:
    """Check everything about a lockfile; return the exit code."""
    return _run(
        words,
        "verify",
        "Check that a lockfile fits its manifest, that its files exist on the declared indexes and "
        "install in each runtime environment, and that nothing required is missing.",
    )


def run_provenance(words: Sequence[str]) -> int:
    """Check where the files of a lockfile come from; return the exit code."""
    return _run(
        words,
        "provenance",
        "Check that the files of a lockfile come from the indexes that the manifest declares.",
    )


def _run(words: Sequence[str], name: str, description: str) -> int:
    parser = ArgumentParser(prog=f"thoth {name}", description=description)
    add_input_options(parser)
    parser.add_argument(
        "--lockfile", metavar="FILE", help="lockfile to check (default: the one of the manifest)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    options = parser.parse_args(list(words))
    inputs = InputOptions.from_namespace(options)
    with open_input(inputs) as opened, ExitStack() as stack:
        for note in dict.fromkeys(opened.notes):
            sys.stderr.write(f"thoth: note: {for_terminal(note)}\n")
        lock = _read_lock(opened, options.lockfile)
        sources = [
            OpenSource(
                source,
                stack.enter_context(
                    open_access((source,), pins={}, offline=inputs.offline, files=opened.files)
                ),
            )
            for source in opened.sources
        ]
        if name == "provenance":
            findings = verify_provenance(lock, opened.target, sources)
        else:
            policy = with_binary_rules(opened.policy, opened.target.manifest)
            findings = verify_lock(lock, opened.target, sources, policy=policy)
    _print(findings, lock, opened, as_json=options.json)
    return InputError.exit_code if any(each.is_error for each in findings) else 0


def _read_lock(opened: Opened, named: str | None) -> LockedFile:
    """Return the lockfile. Raises InputError when there is none, or with all its faults."""
    path, place = _locate(opened, named)
    try:
        with Path(place).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as exc:
        hint = f"make it: thoth lock -o {os.path.basename(path)}"  # noqa: PTH119 - a name to show
        raise InputError.single(path, "no such lockfile", hint=hint) from exc
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise InputError.single(path, f"cannot be read: {reason}") from exc
    if len(data) > MAX_FILE_BYTES:
        raise InputError.single(path, f"larger than {MAX_FILE_BYTES} bytes")
    return read_entries(format_of(path), data, path)


def _locate(opened: Opened, named: str | None) -> tuple[str, str]:
    """Return the lockfile as it is called, and where it is on disk."""
    if named is not None:
        return named, named
    own, place = opened.target.lockfile, opened.lockfile_path
    if opened.target.manifest.kind == "pyproject" and not os.path.exists(place):  # noqa: PTH110
        for name in TOOL_FORMATS.values():
            other = os.path.join(os.path.dirname(place), name)  # noqa: PTH118, PTH120
            if os.path.exists(other):  # noqa: PTH110
                return own.removesuffix("pylock.toml") + name, other
    return own, place


def _print(findings: Sequence[Finding], lock: LockedFile, opened: Opened, *, as_json: bool) -> None:
    errors = [each for each in findings if each.is_error]
    if as_json:
        answer = {
            "status": "error" if errors else "ok",
            "lockfile": lock.path,
            "manifest": opened.target.manifest.path,
            "environments": [each.name for each in opened.target.environments],
            "packages": len(lock.entries),
            "findings": [_as_json(each) for each in findings],
        }
        if errors:
            answer["message"] = "\n".join(str(each) for each in errors)
            answer["hint"] = "\n".join(dict.fromkeys(each.hint for each in errors))
        text = json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
        sys.stdout.write(text + "\n")
    else:
        for each in findings:
            kind = "error" if each.is_error else "warning"
            sys.stdout.write(for_terminal(f"{kind}: {each}\n  hint: {each.hint}\n"))
        warnings = len(findings) - len(errors)
        count = f"{len(lock.entries)} entries, {len(errors)} errors, {warnings} warnings"
        sys.stdout.write(for_terminal(f"{lock.path}: {count}\n"))
    sys.stdout.flush()


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": str(finding.code),
        "severity": "error" if finding.is_error else "warning",
        "file": finding.origin.file,
        "line": finding.origin.line,
        "key": finding.origin.key,
        "package": finding.package,
        "environments": list(finding.environments),
        "message": finding.message,
        "hint": finding.hint,
    }

"""`thoth lock --all`: every project of a repository locked in one process and written in its place.

What the App would propose with newest-first: projects in folders, overlays, layers and exports. The indexes
are asked once for all of them.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.errors import InputError, NoStackError
from advisor_core.index.access import index_pins, list_sources, open_access
from advisor_core.manifests import DiskFiles
from advisor_core.report.terminal import for_terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from advisor_core.cli.inputs import InputOptions
    from advisor_core.index.progress import Progress
    from advisor_core.locking import IndexAccess, Tools
    from advisor_core.model import Manifest
    from advisor_core.outcome import LockOutcome

__all__ = ["lock_all"]


def lock_all(options: argparse.Namespace, inputs: InputOptions) -> int:
    """Lock every project below a folder; write what changed and say so.

    Raises InputError for options that only one lockfile can have, NoStackError when a project has no
    stack: the others are written all the same.
    """
    folder = _folder(options, inputs)
    files = DiskFiles(folder)
    from advisor_core.cli.progress import open_progress
    from advisor_core.project_tools.tools import ProjectTools
    from advisor_core.proposal import propose

    with ExitStack() as stack:
        progress = stack.enter_context(open_progress())
        proposal = propose(
            files,
            open_access=_share_access(files, inputs, stack, progress),
            policy=inputs.policy,
            tools=_tools(ProjectTools(index_url=inputs.index_url)),
        )
    for note in proposal.notes:
        sys.stderr.write(f"thoth: note: {for_terminal(note)}\n")
    written: dict[str, str] = {}
    for outcome in proposal.outcomes:
        for path, text in outcome.files.items():
            written[path] = "unchanged"
            if text != files.read(path):
                _write(folder, path, text)
                written[path] = "written"
    conflicts = [each for each in proposal.outcomes if each.conflict is not None]
    if not conflicts or not options.json:
        _print(written, as_json=options.json)
    if conflicts:
        raise _no_stack(conflicts)
    return 0


def _folder(options: argparse.Namespace, inputs: InputOptions) -> str:
    """Return the folder. Raises InputError with the options that have no sense here."""
    given = {
        "-o": options.output,
        "--format": options.format,
        "--universal": options.universal,
        "-r": inputs.requirements,
        "--python": inputs.python,
        "--platform": inputs.platform,
        "--db": options.db,
    }
    wrong = [name for name, value in given.items() if value]
    if wrong:
        hint = "leave it out, or lock one project: thoth lock PATH"
        raise InputError.single("--all", f"has no use for {', '.join(wrong)}", hint=hint)
    if not Path(inputs.path).is_dir():
        raise InputError.single(inputs.path, "not a folder", hint="name the repository's folder")
    return inputs.path


def _share_access(
    files: DiskFiles, inputs: InputOptions, stack: ExitStack, progress: Progress | None
) -> Callable[[Manifest], AbstractContextManager[IndexAccess]]:
    """Return what opens the indexes of a manifest: once for all manifests that name the same ones."""
    opened: dict[object, IndexAccess] = {}

    @contextmanager
    def share(manifest: Manifest) -> Iterator[IndexAccess]:
        sources = list_sources(manifest, inputs.index_url, inputs.extra_index_urls)
        pins = index_pins(manifest, sources)
        key = (sources, tuple(sorted(pins.items())))
        if key not in opened:
            opened[key] = stack.enter_context(
                open_access(
                    sources, pins=pins, offline=inputs.offline, progress=progress, files=files
                )
            )
        yield opened[key]

    return share


def _tools(tools: Tools) -> Callable[[Manifest], Tools]:
    return lambda _manifest: tools


def _write(folder: str, path: str, text: bytes) -> None:
    from advisor_core.cli.write import write_atomically

    write_atomically(str(Path(folder, path)), text)


def _print(written: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        import json

        answer = {"status": "ok", "files": dict(sorted(written.items()))}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        for path, what in sorted(written.items()):
            sys.stdout.write(f"{for_terminal(path)}: {what}\n")
    sys.stdout.flush()


def _no_stack(conflicts: list[LockOutcome]) -> NoStackError:
    """Return the error that tells every project without a stack."""
    told = [
        f"{outcome.target.manifest.path}:\n{outcome.conflict.explanation}"
        for outcome in conflicts
        if outcome.conflict is not None
    ]
    first = conflicts[0].conflict
    return NoStackError("\n\n".join(told), hint="" if first is None else first.hint)

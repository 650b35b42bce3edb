"""`thoth-bot local`: does on a local git repository what the App would."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.errors import InputError, ThothError, message_and_hint
from bot.conversation.package_texts import read_wish
from bot.conversation.quoting import plain
from bot.jobs.background import in_thread
from bot.jobs.update import further_paths, update_repository
from bot.local.example import make_example
from bot.local.forge import LocalForge
from bot.local.output import LocalResult, Shown, result_as_data, write_json, write_text
from bot.local.repository import open_repository
from bot.managers.groups import is_for_group
from bot.managers.security import security_branch
from bot.managers.update import UpdateEvent, branch_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from advisor_core.locking import IndexAccess
    from advisor_core.model import Manifest
    from advisor_core.wish import Wish
    from bot.jobs.update import ProjectFiles, Proposal, UpdateReport

__all__ = ["advise", "run_local"]

CONFLICT_EXIT_CODE = 1


def run_local(
    path: str | None,
    *,
    example: str | None = None,
    as_json: bool = False,
    offline: bool = False,
    db: str | None = None,
    propose: Callable[..., Proposal] | None = None,
    clock: Callable[[], float] = time.time,
) -> int:
    """Run on the repository at `path`, or on the example if `example` is given; return exit code.

    `example` is the folder to make it in, empty for a temporary one. `propose` computes lockfiles;
    called with the files, and a `Wish` if there is one;
    by default the advisor does, with `offline` from its cache alone, and what the indexes said is
    kept in the knowledge base at `db`. Errors are told on stderr, with `as_json` also on stdout.
    """
    learnt: list[Proposal] = []
    try:
        if example is not None:
            path = str(make_example(Path(example) if example else None))
            _say(f"example repository: {path}")
        result, failure, conflict = asyncio.run(
            _run(
                path or ".",
                propose or partial(advise, offline=offline, learnt=learnt, db=db),
                clock,
            )
        )
    except (ThothError, OSError) as error:
        return _tell_error(error, as_json=as_json)
    for remark in result.remarks:
        _say(f"note: {remark}")
    data = result_as_data(result)
    if failure is not None:
        return _tell_error(failure, as_json=as_json, further=data)
    if as_json:
        write_json(data, stream=sys.stdout)
    else:
        write_text(result, stream=sys.stdout)
    sys.stdout.flush()
    _keep(learnt, db)
    return CONFLICT_EXIT_CODE if conflict else 0


def advise(
    files: ProjectFiles,
    wish: Wish | None = None,
    *,
    offline: bool,
    learnt: list[Proposal],
    db: str | None,
) -> Proposal:
    """Find the best stack of every target, as far as `wish` goes; add the proposal to `learnt`."""
    # Slow to import, and not needed to say that there is no repository.
    from advisor_core.advising.inputs import open_inputs  # noqa: PLC0415
    from advisor_core.cli.progress import open_progress  # noqa: PLC0415
    from advisor_core.index.access import (  # noqa: PLC0415
        index_pins,
        list_sources,
        open_access,
    )
    from advisor_core.knowledge.urls import default_database_url  # noqa: PLC0415
    from advisor_core.project_tools.tools import ProjectTools  # noqa: PLC0415
    from advisor_core.proposal import propose  # noqa: PLC0415

    def open_index(manifest: Manifest) -> AbstractContextManager[IndexAccess]:
        sources = list_sources(manifest)
        pins = index_pins(manifest, sources)
        return open_access(sources, pins=pins, offline=offline, progress=progress, files=files)

    with open_progress() as progress, open_inputs(db or default_database_url()) as make:
        proposal = propose(
            files,
            open_access=open_index,
            advise=lambda manifest: make(list_sources(manifest)),
            wish=wish,
            tools=lambda manifest: ProjectTools(refusal=_tool_refusal(manifest, offline=offline)),
        )
    learnt.append(proposal)
    return proposal


def _tool_refusal(manifest: Manifest, *, offline: bool) -> str | None:
    """Return why a project's own tool is not run: it would ask what nothing else here asks."""
    if offline:
        return "its tool would use the network"
    if not manifest.sources and os.environ.get("THOTH_INDEX_URL"):
        return "its tool would ask PyPI, not THOTH_INDEX_URL"
    return None


def _keep(proposals: list[Proposal], url: str | None) -> None:
    """Write what the indexes said to the knowledge base. That it fails is only worth a note."""
    if not any(outcome.answers.projects for each in proposals for outcome in each.outcomes):
        return
    from advisor_core.index.access import list_sources  # noqa: PLC0415 - as above
    from advisor_core.knowledge.record import record_answers  # noqa: PLC0415 - imports SQL
    from advisor_core.knowledge.urls import default_database_url  # noqa: PLC0415

    try:
        for outcome in (outcome for each in proposals for outcome in each.outcomes):
            sources = list_sources(outcome.target.manifest)
            record_answers(url or default_database_url(), outcome.answers, sources=sources)
    except ThothError as error:
        _say(f"note: what the indexes said is not kept: {error}")


async def _run(
    path: str, propose: Callable[..., Proposal], clock: Callable[[], float]
) -> tuple[LocalResult, InputError | None, bool]:
    """Return what stands afterwards, what is wrong in the files, whether no stack exists."""
    forge = LocalForge(open_repository(path), clock)
    await forge.base()
    with forge.store.locked():
        report = await update_repository(
            forge, event=UpdateEvent("manual"), propose=in_thread(propose)
        )
        result = await _look(forge, report)
    conflict = any(outcome.status == "conflict" for outcome in report.facts.outcomes)
    return result, report.failure, conflict


async def _look(forge: LocalForge, report: UpdateReport) -> LocalResult:
    """Return what stands in the repository after the run."""
    lockfiles = {
        branch: (
            outcome.target.lockfile,
            *further_paths(report.facts.outcomes, outcome.target.lockfile),
        )
        for outcome in report.facts.outcomes
        for branch in (
            branch_name(outcome.target.lockfile),
            security_branch(outcome.target.lockfile),
        )
    }
    standing = []
    for each in await forge.pull_requests():
        state = await forge.branch_state(each.branch, report.base)
        wish = read_wish(each.body) if is_for_group(each.branch) else None
        paths = (wish[0],) if wish is not None else lockfiles.get(each.branch, ())
        if each.state == "open" and paths and state is not None:
            texts: dict[str, bytes] = {}
            for path in paths:
                content = await forge.read_file(state.head, path)
                texts |= {path: content} if content is not None else {}
            standing.append(Shown(each, texts))
    uncommitted = [
        f"{plain(path)} has uncommitted changes; Thoth read the committed one"
        for path in forge.uncommitted(report.base.head, report.read)
    ]
    engines = {outcome.engine for outcome in report.facts.outcomes}
    slow = ["the pure Python engine answered; the C extension was not used"]
    return LocalResult(
        repository=str(forge.repository.path),
        pull_requests=tuple(standing),
        check_runs=await forge.check_runs(report.base.head),
        actions=report.actions,
        remarks=(
            *uncommitted,
            *report.facts.notes,
            *forge.store.notes,
            *(slow if engines - {"c"} else []),
        ),
    )


def _tell_error(
    error: Exception, *, as_json: bool, further: dict[str, object] | None = None
) -> int:
    """Tell of an error on stderr, with `as_json` also on stdout; return its exit code."""
    if isinstance(error, OSError) and not isinstance(error, ThothError):
        hint = "nothing is lost: when there is room and permission, run again"
        error = InputError.single(str(error.filename or "output"), _reason(error), hint=hint)
    if not isinstance(error, ThothError):
        raise error
    _say(f"error: {error}")
    if error.hint:
        _say(f"hint: {error.hint}")
    if as_json:
        status = {1: "unsatisfiable", 4: "unknown"}.get(error.exit_code, "error")
        message, hint = message_and_hint(error)
        data = {"status": status, "message": message, "hint": hint, **(further or {})}
        write_json(data, stream=sys.stdout)
    return error.exit_code


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _say(text: str) -> None:
    """Write a line on stderr, without what a terminal would act on."""
    for line in text.splitlines():
        sys.stderr.write(f"{plain(line, limit=2000)}\n")
    sys.stderr.flush()

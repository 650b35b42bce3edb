"""Proposes a manifest with which a stack exists, when a person presses "Loosen" on a conflict."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.manifests.loosen import loosen_line
from bot.conversation.actions import Close
from bot.forge import NewCommit
from bot.jobs.update import CommitFiles, read_style
from bot.managers.loosen import (
    loosen_body,
    loosen_branch,
    loosen_message,
    loosen_title,
    loosened_meanwhile,
)
from bot.perform import perform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.model import DeclaredRequirement
    from advisor_core.outcome import LockOutcome
    from bot.conversation.subjects import Style
    from bot.forge import Base, Forge
    from bot.jobs.update import ProjectFiles, Propose

__all__ = ["close_loosened", "loosen_manifests"]

MOST_TRIES = 6
"""Ways of loosening one manifest that are tried: each is a whole resolution."""


@dataclass(slots=True)
class ChangedFiles:
    """The files of a project with some of them replaced; used as `CommitFiles` is."""

    files: ProjectFiles
    changed: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        """Return what `fetch` does, from a thread; blocks."""
        return self.changed[path] if path in self.changed else self.files.read(path)

    async def fetch(self, path: str) -> bytes | None:
        """Return the content of a file, None when it does not exist. Raises InputError, ForgeError."""
        return self.changed[path] if path in self.changed else await self.files.fetch(path)

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return what `fetch_names` does, from a thread; blocks. No file is added."""
        return self.files.list(folder)

    async def fetch_names(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder, None when there is none."""
        return await self.files.fetch_names(folder)


@dataclass(frozen=True, slots=True)
class Loosened:
    """A way of loosening a manifest that leads to a stack."""

    outcome: LockOutcome
    files: dict[str, bytes]
    lines: tuple[tuple[str, str, str], ...]
    """Place, before, after."""


async def loosen_manifests(forge: Forge, *, propose: Propose) -> int:
    """Open a pull request for each manifest without a stack; return how many could be helped.

    Raises ForgeError, and IndexFailure from `propose`.
    """
    base = await forge.base()
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    try:
        proposal = await propose(files)
    except InputError:
        return 0
    helped = 0
    for outcome in proposal.outcomes:
        if outcome.conflict is None:
            continue
        found = await _find_way(outcome, files, propose)
        if found is not None:
            style = await read_style(forge, base, proposal.configuration.pull_requests)
            await _propose(forge, base, outcome, found, style)
            helped += 1
    return helped


async def close_loosened(
    forge: Forge, base: Base, outcomes: Sequence[LockOutcome]
) -> tuple[Close, ...]:
    """Close what was proposed for manifests that have a stack by now; return what was closed.

    One with a person's commit is left. Raises ForgeError.
    """
    closed = []
    for manifest in [each.target.manifest.path for each in outcomes if each.conflict is None]:
        branch = loosen_branch(manifest)
        state = await forge.branch_state(branch, base)
        if state is None or (state.foreign is not None and not state.contained):
            continue
        reason = loosened_meanwhile(manifest, base.branch)
        closed += [
            Close(each.number, branch, reason)
            for each in await forge.pull_requests([branch])
            if each.branch == branch and each.state == "open"
        ]
    await perform(closed, forge=forge)
    return tuple(closed)


async def _find_way(conflict: LockOutcome, files: CommitFiles, propose: Propose) -> Loosened | None:
    """Return the first way that leads to a stack: one line alone if that is enough, else all."""
    at_fault = conflict.conflict.at_fault if conflict.conflict is not None else ()
    singles = [(declared,) for declared in at_fault[: MOST_TRIES - 1]]
    ways = [*singles, tuple(at_fault)] if len(at_fault) > 1 else singles
    for way in ways:
        loosened = await _loosen(conflict, way, files)
        if loosened is None:
            continue
        changed, lines = loosened
        try:
            proposal = await propose(ChangedFiles(files, changed))
        except InputError:
            continue
        for outcome in proposal.outcomes:
            same = outcome.target.lockfile == conflict.target.lockfile
            if same and outcome.conflict is None and outcome.new_text is not None:
                wanted = {**changed, **outcome.files}
                return Loosened(outcome, wanted, lines)
    return None


async def _loosen(
    conflict: LockOutcome, way: tuple[DeclaredRequirement, ...], files: CommitFiles
) -> tuple[dict[str, bytes], tuple[tuple[str, str, str], ...]] | None:
    """Return the changed files and lines, None when nothing of the way can be loosened."""
    changed: dict[str, bytes] = {}
    lines = []
    for declared in way:
        path = declared.origin.file
        before = changed.get(path) or await files.fetch(path)
        if before is None or path not in conflict.target.manifest.files:
            continue
        after = loosen_line(before, declared, kind=conflict.target.manifest.kind)
        if after is None:
            continue
        changed[path] = after
        number = (declared.origin.line or 1) - 1
        lines.append((str(declared.origin), _line(before, number), _line(after, number)))
    return (changed, tuple(lines)) if changed else None


def _line(text: bytes, number: int) -> str:
    return text.splitlines()[number].decode("utf-8", "replace").strip()


async def _propose(
    forge: Forge, base: Base, conflict: LockOutcome, found: Loosened, style: Style
) -> None:
    branch = loosen_branch(conflict.target.manifest.path)
    state = await forge.branch_state(branch, base)
    if state is not None and state.foreign is not None and not state.contained:
        return  # a person is at work there
    await forge.write_commit(
        NewCommit(
            branch=branch,
            parent=base.head,
            expected_head=state.head if state is not None else None,
            files=found.files,
            message=style.prefixed(loosen_message(found.outcome), of_dependencies=True),
        )
    )
    body = loosen_body(conflict, found.outcome, found.lines)
    title = style.prefixed(loosen_title(found.outcome), of_dependencies=True)
    await forge.open_pull_request(branch, base=base.branch, title=title, body=body)

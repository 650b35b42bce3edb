"""Keeps `requirements.txt` as the Pipfile says, where the configuration asks for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.pipfile_export import export_lockfile, export_manifest
from advisor_core.manifests import read_manifest
from bot.conversation.actions import Nothing, OpenPullRequest
from bot.jobs.background import call_in_thread
from bot.jobs.update import CommitFiles, read_style
from bot.managers.sync import REQUIREMENTS, SYNC_BRANCH, SyncFacts, decide_sync
from bot.perform import perform

if TYPE_CHECKING:
    from advisor_core.config.model import Configuration
    from bot.conversation.actions import Action
    from bot.forge import Base, Forge
    from bot.managers.limits import Allowance

__all__ = ["sync_requirements"]

_MANIFEST = "Pipfile"
_LOCKFILE = "Pipfile.lock"


async def sync_requirements(
    forge: Forge,
    base: Base,
    configuration: Configuration,
    *,
    allowance: Allowance | None = None,
    waits: str = "",
) -> tuple[Action, ...]:
    """Open the pull request, bring it up to date, or close it; return what was done.

    `allowance`: what the limits leave; None: a person asked. `waits`: until when none may be opened, by
    the schedule. Files that are wrong are told by the run for
    the whole repository. Raises ForgeError.
    """
    manager = configuration.manager("pipfile-requirements")
    if manager is None or configuration.mode in {"silent", "advise"}:
        return ()
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    locked = manager.configuration.get("lockfile") is True
    try:
        wanted = await call_in_thread(lambda: _export(files, locked=locked))
        present = await files.fetch(REQUIREMENTS)
    except InputError:
        return ()
    if wanted is None:
        return ()
    pulls = await forge.pull_requests([SYNC_BRANCH])
    mine = (each for each in pulls if each.branch == SYNC_BRANCH and each.state == "open")
    state = await forge.branch_state(SYNC_BRANCH, base)
    at_head = await forge.read_file(state.head, REQUIREMENTS) if state is not None else None
    facts = SyncFacts(
        base=base,
        source=_LOCKFILE if locked else _MANIFEST,
        present=present,
        wanted=wanted if manager.enabled else None,
        state=state,
        at_head=at_head,
        opened=next(mine, None),
    )
    if wanted not in {None, present}:
        style = await read_style(forge, base, configuration.pull_requests)
        facts = replace(facts, style=style)
    actions = decide_sync(facts)
    if waits and any(isinstance(each, OpenPullRequest) for each in actions):
        actions = (Nothing(f"the schedule is closed until {waits}", SYNC_BRANCH, held=True),)
    if allowance is not None:
        actions = tuple(allowance.grant(actions))
    await perform(actions, forge=forge)
    return actions


def _export(files: CommitFiles, *, locked: bool) -> bytes | None:
    """Return what the requirements file is to hold, None where there is nothing to take it from."""
    if files.read(_MANIFEST) is None:
        return None
    manifest = read_manifest(files, _MANIFEST)
    if not locked:
        return export_manifest(manifest)
    lock = files.read(_LOCKFILE)
    return export_lockfile(lock, manifest, _LOCKFILE) if lock is not None else None

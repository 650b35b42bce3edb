"""Merges Thoth's pull requests that are green: those that people asked it for, and automatic ones."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor_core.config.extend import read_project_configuration
from advisor_core.config.model import Configuration
from advisor_core.errors import InputError
from advisor_core.lockfiles.formats import format_of, read_lock
from bot.conversation import replies
from bot.jobs.background import call_in_thread
from bot.jobs.confidence import find_weakest
from bot.jobs.update import CommitFiles
from bot.managers.merging import MergeFacts, decide_merge, largest_update

if TYPE_CHECKING:
    from bot.forge import Base, CommitSha, PullRequest
    from bot.github.forge import GitHubForge
    from bot.jobs.confidence import Seen
    from bot.update_kinds import Update

__all__ = ["merge_green"]


async def merge_green(forge: GitHubForge, *, seen: Seen | None = None) -> int:
    """Merge what is green and asked for; return how many pull requests were merged.

    `seen` tells what CI said of releases; without it none is merged for which that has to be known.
    Raises ForgeError.
    """
    base = await forge.base()
    policy = await _read_policy(forge, base)
    merged = 0
    for pull_request in await forge.pull_requests():
        if pull_request.state == "open" and await _merge_one(
            forge, base, pull_request, policy, seen
        ):
            merged += 1
    return merged


async def _merge_one(
    forge: GitHubForge,
    base: Base,
    pull_request: PullRequest,
    policy: Configuration,
    seen: Seen | None,
) -> bool:
    number = pull_request.number
    thread = await forge.threads.view(number)
    automatic = frozenset(policy.merged_updates)
    if not thread.merge_asked and not automatic:
        await forge.pulls.take_back(pull_request.branch)
        return False
    state = await forge.branch_state(pull_request.branch, base)
    if state is None:
        return False
    update: Update = "major"
    if not thread.merge_asked:
        update = await _update_in(forge, base, number, state.head)
    facts = MergeFacts(
        asked=thread.merge_asked,
        automatic=automatic,
        update=update,
        edited_by=state.foreign,
        checks=await forge.merging.checks(state.head),
        confidence=policy.automerge_confidence or 0,
    )
    verdict = decide_merge(facts)
    if verdict.action == "merge" and facts.confidence and not facts.asked:
        weakest = await find_weakest(forge, base, state.head, policy, seen)
        verdict = decide_merge(replace(facts, weakest=weakest))
        if verdict.action == "doubt":
            text = replies.not_sure(weakest, facts.confidence)
            await forge.comment(number, key=f"doubt:{state.head}", text=text)
    if verdict.action == "stop":
        text = replies.not_green(verdict.failed)
        await forge.comment(number, key=f"red:{state.head}", text=text)
    if verdict.action != "merge":
        await forge.pulls.take_back(pull_request.branch)
        return False
    return await forge.merging.merge(number, state.head)


async def _read_policy(forge: GitHubForge, base: Base) -> Configuration:
    """Return what the base branch says of merging; nothing when it cannot be read."""
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    try:
        configuration, _ = await call_in_thread(lambda: read_project_configuration(files))
    except InputError:
        return Configuration()
    return configuration


async def _update_in(forge: GitHubForge, base: Base, number: int, head: CommitSha) -> Update:
    """Return the largest update in a pull request's lockfiles; `major` when it holds anything else."""
    found: Update = "none"
    order = ("none", "patch", "minor", "major")
    for path in await forge.pulls.changed_paths(number):
        try:
            form = format_of(path)
            before = await forge.read_file(base.head, path)
            after = await forge.read_file(head, path)
            if before is None or after is None:
                return "major"
            kind = largest_update(read_lock(form, before, path), read_lock(form, after, path))
        except InputError:
            return "major"
        found = max(found, kind, key=order.index)
    return found

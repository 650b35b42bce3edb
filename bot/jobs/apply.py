"""Commits advised lockfiles to a person's branch, when a person presses "Apply advice" there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.wish import Wish
from bot.forge import BranchName
from bot.jobs.check import PullFiles
from bot.jobs.update import CommitFiles
from bot.managers.apply import apply_commit, apply_refused
from bot.owners import read_approvers

if TYPE_CHECKING:
    from bot.forge import CommitSha
    from bot.github.forge import GitHubForge
    from bot.jobs.update import Propose

__all__ = ["apply_advice"]


async def apply_advice(
    forge: GitHubForge, number: int, *, author: str, propose: Propose
) -> CommitSha | None:
    """Commit to the pull request's own branch; return the commit, None: there was nothing to do.

    `author` pressed the button. A fork is never written to. Raises ForgeError, and IndexFailure from
    `propose`.
    """
    view = await forge.pulls.view(number)
    if not view.is_open or view.by_thoth or view.from_fork:
        return None
    base = await forge.base()
    policy = base.head if view.base_branch == base.branch else view.base_sha
    loop = asyncio.get_running_loop()
    base_files = CommitFiles(forge, policy, loop)
    if await forge.threads.permission(author) not in {"admin", "write"}:
        approvers = read_approvers(await base_files.fetch("OWNERS"))
        if author.lower() not in approvers:
            key = f"apply-refused:{view.head_sha}:{author.lower()}"
            await forge.comment(number, key=key, text=apply_refused(author))
            return None
    files = PullFiles(head=CommitFiles(forge, view.head_sha, loop), base=base_files)
    try:
        proposal = await propose(files, Wish(only_locks=True))
    except InputError:
        return None  # the check run tells
    branch = BranchName(view.head_branch)
    commit = apply_commit(proposal.outcomes, branch=branch, head=view.head_sha)
    return await forge.write_commit(commit) if commit is not None else None

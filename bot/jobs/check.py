"""Checks a person's pull request: reads its head, with the policy of its base, and says what it found."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.proposal import CONFIGURATION_PATH
from advisor_core.wish import Wish
from bot.jobs.routing import is_watched
from bot.jobs.update import CommitFiles
from bot.managers.check import CheckFacts, decide_checks
from bot.managers.provenance import provenance_checks
from bot.perform import perform

if TYPE_CHECKING:
    from advisor_core.outcome import LockOutcome
    from bot.forge import CheckRun, CommitSha
    from bot.github.forge import GitHubForge
    from bot.jobs.update import Propose

__all__ = ["PullFiles", "check_pull_request"]


@dataclass(slots=True)
class PullFiles:
    """The files of a pull request's head, with the policy of its base; used as `CommitFiles` is.

    Whoever opens a pull request, perhaps from a fork, must not decide what Thoth does: the
    configuration comes from the branch that the person wants to change.
    """

    head: CommitFiles
    base: CommitFiles

    def read(self, path: str) -> bytes | None:
        """Return what `fetch` does, from a thread; blocks."""
        return (self.base if path == CONFIGURATION_PATH else self.head).read(path)

    async def fetch(self, path: str) -> bytes | None:
        """Return the content of a file, None when it does not exist. Raises InputError, ForgeError."""
        return await (self.base if path == CONFIGURATION_PATH else self.head).fetch(path)

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return what `fetch_names` does, from a thread; blocks."""
        return self.head.list(folder)

    async def fetch_names(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder of the head, None when there is none."""
        return await self.head.fetch_names(folder)


async def check_pull_request(
    forge: GitHubForge, number: int, *, propose: Propose
) -> CommitSha | None:
    """Put a check run per environment on the head; return it, None when there is nothing to check.

    Nothing is written to a fork: check runs belong to the repository that the App is installed on.
    Raises ForgeError, and IndexFailure from `propose`.
    """
    view = await forge.pulls.view(number)
    if not view.is_open or view.by_thoth:
        return None
    if not any(map(is_watched, await forge.pulls.changed_paths(number))):
        return None
    base = await forge.base()
    policy = base.head if view.base_branch == base.branch else view.base_sha
    loop = asyncio.get_running_loop()
    files = PullFiles(
        head=CommitFiles(forge, view.head_sha, loop), base=CommitFiles(forge, policy, loop)
    )
    outcomes: tuple[LockOutcome, ...] = ()
    mode = "pull-request"
    more_checks: tuple[CheckRun, ...] = ()
    failure = None
    try:
        proposal = await propose(files, Wish(only_locks=True))
        outcomes, mode = proposal.outcomes, proposal.mode
        more_checks = provenance_checks(outcomes, proposal.provenance, view.head_sha)
    except InputError as error:
        failure = error
    facts = CheckFacts(
        head_sha=view.head_sha,
        outcomes=outcomes,
        faults=failure.faults if failure else (),
        check_runs=await forge.check_runs(view.head_sha),
        mode=mode,
        more_checks=more_checks,
        may_apply=not view.from_fork,
    )
    await perform(decide_checks(facts), forge=forge)
    return view.head_sha

"""Reads what CI says of Thoth's pull requests and of the default branch, as votes on releases.

Whatever an event claims, GitHub is asked: for the branches of this repository that Thoth wrote last, and for
the checks of their heads.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor_core.config.extend import read_project_configuration
from advisor_core.config.model import Configuration
from advisor_core.errors import InputError
from advisor_core.knowledge.check_records import CheckedLock
from advisor_core.knowledge.membership_records import RepositoryRecord
from advisor_core.targets import find_targets
from bot.forge import OWN_PREFIXES
from bot.jobs.background import call_in_thread
from bot.jobs.bisect import Checked, budget, note_trials
from bot.jobs.pins import read_pins
from bot.jobs.update import CommitFiles
from bot.managers.evidence import describe_environment, judge_base, judge_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor_core.model import Target
    from bot.forge import Base, CommitSha, PullRequest
    from bot.github.forge import GitHubForge
    from bot.managers.evidence import CheckResult, Judgement

__all__ = ["Evidence", "read_evidence"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What CI says by now, and what was concluded from it."""

    locks: tuple[CheckedLock, ...] = ()
    go_on: bool = False
    """A red pull request is to be made again with other changes."""


async def read_evidence(
    forge: GitHubForge, *, installation_id: int, clock: Callable[[], float] = time.time
) -> Evidence:
    """Return what the checks say by now; nothing of what has none, or has them running.

    Of red pull requests it says in a comment what was learnt. Raises ForgeError.
    """
    base = await forge.base()
    targets, configuration = await _find_targets(forge, base)
    if not targets:
        return Evidence()
    now = int(clock())
    reading = _Reading(forge, base, targets, installation_id, now)
    locks = await reading.of_base()
    checked: list[Checked] = []
    for pull_request in await forge.pull_requests():
        if pull_request.state == "open" and pull_request.branch.startswith(OWN_PREFIXES):
            checked += await reading.of_pull_request(pull_request)
    proposes = configuration.mode not in {"silent", "advise"}
    runs = budget(configuration) if proposes else 0
    learnt, go_on = await note_trials(forge, checked, runs=runs, now=now)
    return Evidence((*locks, *(each.lock for each in checked), *learnt), go_on)


async def _find_targets(forge: GitHubForge, base: Base) -> tuple[Sequence[Target], Configuration]:
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())

    def find() -> tuple[list[Target], Configuration]:
        configuration, _ = read_project_configuration(files)
        targets = [each.target for each in find_targets(files, configuration)[0]]
        return targets, configuration

    try:
        return await call_in_thread(find)
    except InputError:
        return (), Configuration()


@dataclass(slots=True)
class _Reading:
    """One look at a repository."""

    forge: GitHubForge
    base: Base
    targets: Sequence[Target]
    installation_id: int
    now: int

    async def of_base(self) -> list[CheckedLock]:
        """Return what the default branch's checks say of its lockfiles."""
        results = await self.forge.results.of(self.base.head)
        found = judge_base(results)
        return [
            self._lock(target, self.base.head, found, results, pins, frozenset(), "")
            for target in self.targets
            if found.outcome is not None
            if (pins := await self._pins(self.base.head, target.lockfile))
        ]

    async def of_pull_request(self, pull_request: PullRequest) -> list[Checked]:
        """Return what a pull request's checks say of the lockfiles that it changes."""
        state = await self.forge.branch_state(pull_request.branch, self.base)
        if state is None or state.foreign is not None or not state.single or state.parent is None:
            return []  # what people committed may be the reason too
        results = await self.forge.results.of(state.head)
        found = judge_checks(results, await self._without(state.parent) if results else ())
        if found.outcome is None:
            return []
        checked = []
        for target in self.targets:
            pins = await self._pins(state.head, target.lockfile)
            before = await self._pins(state.parent, target.lockfile)
            changed = frozenset(
                name for name, version in pins.items() if before.get(name) != version
            )
            if pins and pins != before:
                link = self.forge.pulls.link(pull_request.number)
                lock = self._lock(target, state.head, found, results, pins, changed, link)
                checked.append(Checked(pull_request, target.lockfile, before, lock))
        return checked

    async def _pins(self, commit: CommitSha, path: str) -> dict[str, str]:
        try:
            return read_pins(path, await self.forge.read_file(commit, path))
        except InputError:
            return {}

    async def _without(self, parent: CommitSha) -> Sequence[CheckResult]:
        """Return the checks of the commit that a branch began at; where it has none, of the base's head."""
        results = await self.forge.results.of(parent)
        if not results and parent != self.base.head:
            return await self.forge.results.of(self.base.head)
        return results

    def _lock(
        self,
        target: Target,
        commit: CommitSha,
        found: Judgement,
        results: Sequence[CheckResult],
        pins: dict[str, str],
        changed: frozenset[str],
        link: str,
    ) -> CheckedLock:
        repository = self.forge.repository
        assert found.outcome is not None  # noqa: S101 - looked at before
        # Whoever reports a check says when it ended: a time to come would outlast all that follows.
        ended = [min(each.ended_at, self.now) for each in results if each.ended_at is not None]
        return CheckedLock(
            RepositoryRecord(
                repository.repository_id,
                self.installation_id,
                repository.full_name,
                repository.private,
            ),
            commit,
            found.outcome,
            pins,
            max(ended, default=self.now),
            changed,
            describe_environment(target.environments),
            found.certainty,
            link,
        )

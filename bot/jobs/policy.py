"""What the base branch of a repository says to those who command: policy, targets, approvers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor_core.config.extend import read_project_configuration
from advisor_core.config.model import Configuration
from advisor_core.errors import InputError
from advisor_core.targets import find_targets
from bot.jobs.background import call_in_thread
from bot.jobs.update import CommitFiles
from bot.owners import read_approvers

if TYPE_CHECKING:
    from advisor_core.targets import DetectedTarget
    from bot.forge import Base, Forge

__all__ = ["Policy", "read_policy"]


@dataclass(slots=True)
class Policy:
    """What the base branch says."""

    base: Base
    configuration: Configuration = field(default_factory=Configuration)
    failure: InputError | None = None
    targets: tuple[DetectedTarget, ...] = ()
    notes: tuple[str, ...] = ()
    approvers: frozenset[str] = frozenset()

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of all runtime environments."""
        names = (each.name for target in self.targets for each in target.target.environments)
        return tuple(dict.fromkeys(names))


async def read_policy(forge: Forge) -> Policy:
    """Return what the default branch says now. Raises ForgeError."""
    base = await forge.base()
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())

    def read() -> Policy:
        policy = Policy(base, approvers=read_approvers(files.read("OWNERS")))
        try:
            policy.configuration, _ = read_project_configuration(files)
            targets, notes = find_targets(files, policy.configuration)
            policy.targets, policy.notes = tuple(targets), tuple(notes)
        except InputError as error:
            policy.failure = error
        return policy

    return await call_in_thread(read)

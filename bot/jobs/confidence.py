"""How sure it is that the releases of a pull request pass, by what CI said of them here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.model import Environment
from advisor_core.scoring.components.measured import describe_observed
from advisor_core.scoring.estimate import reliable_percent
from advisor_core.scoring.interface import Observed
from advisor_core.targets import find_targets
from bot.jobs.background import call_in_thread
from bot.jobs.pins import read_pins
from bot.jobs.update import CommitFiles
from bot.managers.merging import Weakest

if TYPE_CHECKING:
    from advisor_core.config.model import Configuration
    from bot.forge import Base, CommitSha
    from bot.github.forge import GitHubForge

__all__ = ["Seen", "find_weakest"]

Seen = Callable[[Mapping[str, str], Sequence[Environment]], Awaitable[Mapping[str, Observed]]]
"""Returns what was observed of releases (name to version), by name; unknown ones are left out."""


async def find_weakest(
    forge: GitHubForge, base: Base, head: CommitSha, configuration: Configuration, seen: Seen | None
) -> Weakest:
    """Return the changed release that is least likely to pass. Raises ForgeError.

    Lockfiles of which nothing can be told count as nothing known.
    """
    unknown = Weakest("", "", reliable_percent(0, 0), "")
    if seen is None:
        return unknown
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    try:
        targets, _ = await call_in_thread(lambda: find_targets(files, configuration))
    except InputError:
        return unknown
    found: list[Weakest] = []
    for target in (each.target for each in targets):
        try:
            before = read_pins(target.lockfile, await forge.read_file(base.head, target.lockfile))
            after = read_pins(target.lockfile, await forge.read_file(head, target.lockfile))
        except InputError:
            return unknown
        changed = {name: version for name, version in after.items() if before.get(name) != version}
        observed = await seen(changed, target.environments) if changed else {}
        for name, version in sorted(changed.items()):
            what = observed.get(name, Observed())
            percent = reliable_percent(what.passed, what.failed)
            found.append(Weakest(name, version, percent, describe_observed(what)))
    return min(found, key=lambda each: each.percent, default=unknown)

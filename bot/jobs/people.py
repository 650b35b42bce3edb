"""Who is to look at pull requests: people that the configuration names, and those of CODEOWNERS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.config.pull_requests import CODEOWNERS
from advisor_core.config.schema import MOST_PEOPLE
from advisor_core.errors import InputError
from bot.codeowners import CODEOWNERS_PATHS, read_code_owners
from bot.conversation.actions import People
from bot.jobs.background import call_in_thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.jobs.update import ProjectFiles, Proposal

__all__ = ["find_people"]


async def find_people(
    files: ProjectFiles, proposal: Proposal
) -> tuple[dict[str, People], tuple[str, ...]]:
    """Return who is to look at each lockfile's pull requests, and remarks on what could not be read.

    Raises ForgeError.
    """
    settings = proposal.configuration.pull_requests
    if not (settings.assignees or settings.reviewers):
        return {}, ()
    owners: bytes | None = None
    remarks: tuple[str, ...] = ()
    if CODEOWNERS in {*settings.assignees, *settings.reviewers}:
        try:
            owners = await _read_owners(files)
        except InputError as error:
            remarks = tuple(
                f"no code owner is asked, for {each.place}: {each.message}" for each in error.faults
            )
    lockfiles = [outcome.target.lockfile for outcome in proposal.outcomes]
    # Beside the loop: somebody's file may have a hundred thousand lines.
    named = await call_in_thread(
        lambda: {path: read_code_owners(owners, path) for path in lockfiles}
    )
    found = {}
    for path, names in named.items():
        logins = [each for each in names if "/" not in each]
        found[path] = People(
            _fill_in(settings.assignees, logins)[:MOST_PEOPLE], _fill_in(settings.reviewers, names)
        )
    return found, remarks


async def _read_owners(files: ProjectFiles) -> bytes | None:
    """Return the first CODEOWNERS that is there. Raises InputError."""
    for path in CODEOWNERS_PATHS:
        found = await files.fetch(path)
        if found is not None:
            return found
    return None


def _fill_in(names: Iterable[str], owners: Iterable[str]) -> tuple[str, ...]:
    """Return names, with owners in the place of `CODEOWNERS`; each once."""
    filled = [each for name in names for each in (owners if name == CODEOWNERS else (name,))]
    return tuple(dict.fromkeys(filled))

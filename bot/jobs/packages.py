"""Opens pull requests for single packages, and keeps those that are open up to date."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from bot.conversation.actions import NOBODY
from bot.conversation.package_texts import read_wish
from bot.jobs.people import find_people
from bot.jobs.release_notes import read_notes
from bot.jobs.update import CommitFiles, find_style, further_paths, read_branch
from bot.managers.packages import PackagesFacts, decide_packages, packages_branch
from bot.managers.update import is_for_packages
from bot.perform import perform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.outcome import LockOutcome
    from advisor_core.wish import Wish
    from bot.conversation.actions import Action
    from bot.forge import Base, Forge, PullRequest
    from bot.jobs.update import Proposal, Propose
    from bot.managers.limits import Allowance

__all__ = ["PackagesReport", "propose_packages", "release_of", "renew_packages"]

MOST_RENEWED = 10
"""Open pull requests for packages that one run brings up to date: each is a whole resolution."""


@dataclass(frozen=True, slots=True)
class PackagesReport:
    """What became of a wish."""

    outcomes: tuple[LockOutcome, ...]
    """Those of lockfiles that have one of the packages."""
    actions: tuple[Action, ...]
    moved: frozenset[str]
    """Of the packages that were asked for."""
    known: frozenset[str]
    """Of the same, those that some lockfile has."""


async def propose_packages(forge: Forge, wish: Wish, *, propose: Propose) -> PackagesReport:
    """Open a pull request for each lockfile in which the wish moves something.

    Raises ForgeError, InputError, and IndexFailure from `propose`.
    """
    base = await forge.base()
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    proposal = await propose(files, wish)
    actions: list[Action] = []
    concerned = []
    moved: set[str] = set()
    known: set[str] = set()
    for outcome in proposal.outcomes:
        here = {change.package for change in outcome.changes} & set(wish.only)
        locked = {
            name for stack in outcome.stacks.values() for name in wish.only if name in stack.pins
        }
        known |= here | locked
        if not here and outcome.status != "conflict":
            continue
        concerned.append(outcome)
        moved |= here
        actions += await _bring(forge, base, outcome.target.lockfile, wish, files, proposal)
    return PackagesReport(tuple(concerned), tuple(actions), frozenset(moved), frozenset(known))


async def renew_packages(
    forge: Forge,
    base: Base,
    pull_requests: Sequence[PullRequest],
    *,
    propose: Propose,
    recreate: bool = False,
    rebase: bool = False,
    allowance: Allowance | None = None,
) -> tuple[Action, ...]:
    """Bring those that are open up to date, or close what is there already; return what was done.

    `allowance`: what the limits leave; None: a person asked.
    Raises ForgeError, and IndexFailure from `propose`.
    """
    actions: list[Action] = []
    opened = [
        each for each in pull_requests if each.state == "open" and is_for_packages(each.branch)
    ]
    for each in opened[:MOST_RENEWED]:
        read = read_wish(each.body)
        if read is None:
            continue
        lockfile, wish = read
        if packages_branch(lockfile, wish.only) != each.branch:
            continue  # a person changed the block
        files = CommitFiles(forge, base.head, asyncio.get_running_loop())
        try:
            proposal = await propose(files, wish)
        except InputError:
            continue  # the run for the whole repository tells
        actions += await _bring(
            forge,
            base,
            lockfile,
            wish,
            files,
            proposal,
            opened=each,
            recreate=recreate,
            rebase=rebase,
            allowance=allowance,
        )
    return tuple(actions)


async def release_of(forge: Forge, package: str, *, propose: Propose) -> str | None:
    """Return the release of a package that Thoth proposes in place of the locked one.

    Raises ForgeError, InputError, and IndexFailure from `propose`.
    """
    base = await forge.base()
    proposal = await propose(CommitFiles(forge, base.head, asyncio.get_running_loop()))
    changes = [change for outcome in proposal.outcomes for change in outcome.changes]
    return next(
        (change.new for change in changes if change.package == package and change.new), None
    )


async def _bring(
    forge: Forge,
    base: Base,
    lockfile: str,
    wish: Wish,
    files: CommitFiles,
    proposal: Proposal,
    *,
    opened: PullRequest | None = None,
    recreate: bool = False,
    rebase: bool = False,
    allowance: Allowance | None = None,
) -> tuple[Action, ...]:
    branch = packages_branch(lockfile, wish.only)
    outcome = next((each for each in proposal.outcomes if each.target.lockfile == lockfile), None)
    if opened is None:
        mine = await forge.pull_requests([branch])
        opened = next(
            (each for each in mine if each.branch == branch and each.state == "open"), None
        )
    further = () if outcome is None else further_paths((outcome,), lockfile)
    people, _ = await find_people(files, proposal)
    facts = PackagesFacts(
        base=base,
        branch=branch,
        wish=wish,
        outcome=outcome,
        present=await read_branch(forge, base, branch, lockfile, further, rebase=rebase),
        opened=opened,
        recreate=recreate,
        style=await find_style(forge, base, proposal),
        labels=proposal.configuration.update_labels,
        people=people.get(lockfile, NOBODY),
        releases=await read_notes(forge, () if outcome is None else (outcome,)),
    )
    actions = decide_packages(facts)
    if allowance is not None:
        actions = tuple(allowance.grant(actions))
    await perform(actions, forge=forge)
    return actions

"""Brings one repository's update branches and pull requests up to date, on any forge."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from advisor_core.config.file import CONFIGURATION_PATH
from advisor_core.errors import InputError
from advisor_core.manifests.interface import EXTENDED_PREFIX
from advisor_core.wish import Wish
from bot.clock.openings import closed_until
from bot.conversation.package_texts import read_wish
from bot.conversation.quoting import plain
from bot.conversation.release_notes import NO_NOTES
from bot.conversation.subjects import Style, style_of
from bot.jobs.bisect import Narrowed, narrow
from bot.jobs.people import find_people
from bot.jobs.release_notes import read_notes
from bot.managers.groups import Share, close_empty, decide_share, divide, is_for_group
from bot.managers.limits import Allowance
from bot.managers.packages import held_packages
from bot.managers.provenance import provenance_checks
from bot.managers.security import decide_security, security_branch
from bot.managers.update import (
    BranchFacts,
    Facts,
    branch_name,
    count_open,
    decide,
    is_for_packages,
)
from bot.perform import perform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from advisor_core.abandonment import Abandoned
    from advisor_core.config.model import Configuration
    from advisor_core.config.pull_requests import PullRequestSettings
    from advisor_core.config.rules import PackageRule
    from advisor_core.config.schedule import Schedule
    from advisor_core.outcome import LockOutcome
    from advisor_core.security_outcome import SecurityFix
    from advisor_core.verification.findings import Finding
    from bot.conversation.actions import Action
    from bot.conversation.release_notes import Notes
    from bot.forge import Base, BranchName, CheckRun, CommitSha, Forge, PullRequest
    from bot.managers.update import UpdateEvent

__all__ = [
    "CommitFiles",
    "ProjectFiles",
    "Proposal",
    "Propose",
    "UpdateReport",
    "find_style",
    "further_paths",
    "proposed_branches",
    "read_branch",
    "read_style",
    "update_repository",
]

_MOST_NAMED = 20

_MOST_SHARES = 50
"""Of groups, over all lockfiles: each is a whole resolution."""

_LFS = b"version https://git-lfs.github.com/spec/"
"""How a Git LFS pointer begins (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md)."""


class Proposal(Protocol):
    """What `advisor_core.locking.propose` returns."""

    @property
    def outcomes(self) -> tuple[LockOutcome, ...]:
        """One per target."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the reader, plain text."""

    @property
    def mode(self) -> str:
        """`mode` of the configuration: `silent`, `advise`, `pull-request` or `automerge`."""

    @property
    def fixes(self) -> tuple[SecurityFix, ...]:
        """What could be done about known vulnerabilities, per target of which that is known."""

    @property
    def security_alone(self) -> bool:
        """Whether the configuration asks for security updates and for no other ones."""

    @property
    def security_labels(self) -> tuple[str, ...]:
        """What security pull requests are labelled with."""

    @property
    def rules(self) -> tuple[PackageRule, ...]:
        """`packages` of the configuration."""

    @property
    def provenance(self) -> tuple[tuple[Finding, ...] | None, ...]:
        """Where the files of each lockfile come from; nothing where that is not asked for."""

    @property
    def configuration(self) -> Configuration:
        """All of it."""

    @property
    def abandoned(self) -> tuple[Abandoned, ...]:
        """Packages whose projects have published nothing for years."""


class ProjectFiles(Protocol):
    """The files of a project at a commit."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file from a thread beside the forge's loop; blocks."""

    async def fetch(self, path: str) -> bytes | None:
        """Return the content of a file in the forge's loop."""

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder from a thread beside the forge's loop; blocks."""

    async def fetch_names(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder in the forge's loop."""


class Propose(Protocol):
    """Computes advice."""

    def __call__(self, files: ProjectFiles, wish: Wish | None = None, /) -> Awaitable[Proposal]:
        """Return what is better, as far as `wish` goes. Raises InputError and IndexFailure."""


@dataclass(slots=True)
class CommitFiles:
    """The files of one commit, read through the forge.

    `fetch` is for the forge's loop; `read` for a thread beside it, where this satisfies
    `advisor_core.manifests.interface.Files`.
    """

    forge: Forge
    commit: CommitSha
    loop: asyncio.AbstractEventLoop
    seen: dict[str, bytes | None] = field(default_factory=dict)
    """Everything that was read, by path; None: it does not exist."""

    def read(self, path: str) -> bytes | None:
        """Return what `fetch` does, from a thread; blocks."""
        return asyncio.run_coroutine_threadsafe(self.fetch(path), self.loop).result()

    async def fetch(self, path: str) -> bytes | None:
        """Return the content of a file, None when it does not exist. Raises InputError, ForgeError."""
        if path not in self.seen and path.startswith(EXTENDED_PREFIX):
            repository, _, rest = path.removeprefix(EXTENDED_PREFIX).partition("/")
            self.seen[path] = await self.forge.read_shared(repository, rest)
        elif path not in self.seen:
            content = await self.forge.read_file(self.commit, path)
            if content is not None and content.startswith(_LFS):
                raise InputError.single(
                    plain(path),
                    "stored with Git LFS, so its content is not in the repository",
                    hint="keep manifests and lockfiles out of Git LFS",
                )
            self.seen[path] = content
        return self.seen[path]

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return what `fetch_names` does, from a thread; blocks."""
        return asyncio.run_coroutine_threadsafe(self.fetch_names(folder), self.loop).result()

    async def fetch_names(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder, None when there is none. Raises InputError, ForgeError."""
        return await self.forge.list_folder(self.commit, folder)


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What was found, decided and done."""

    base: Base
    facts: Facts
    actions: tuple[Action, ...]
    read: tuple[str, ...]
    """Paths whose content mattered, sorted."""
    failure: InputError | None = None
    """The repository's files are wrong; the check run says so too."""
    rules: tuple[PackageRule, ...] = ()
    """`packages` of the configuration."""
    schedule: Schedule | None = None
    """`schedule` of the configuration."""
    decided_at: float = 0.0
    """Seconds since the epoch: whether the schedule was open is about this moment."""
    abandoned: tuple[Abandoned, ...] = ()
    """Packages whose projects have published nothing for years."""
    configuration: Configuration | None = None
    """None: the files are wrong."""
    has_configuration: bool = False
    """There is a `.thoth.yaml`."""


async def update_repository(
    forge: Forge,
    *,
    event: UpdateEvent,
    propose: Propose,
    clock: Callable[[], float] = time.time,
) -> UpdateReport:
    """Read, decide and carry out. Raises ForgeError, and IndexFailure from `propose`.

    An InputError of `propose` becomes a check run. `clock`: seconds since the epoch.
    """
    base = await forge.base()
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    proposal: Proposal | None = None
    more_checks: tuple[CheckRun, ...] = ()
    failure = None
    standing = await forge.pull_requests()
    held = held_packages([each for each in standing if not is_for_group(each.branch)])
    shares: tuple[Share, ...] = ()
    try:
        proposal = await _propose_rest(files, held, propose)
        shares = await _propose_shares(files, proposal, propose)
        if shares:
            grouped = {name for share in shares for name in share.wish.only}
            held = tuple(sorted({*held, *grouped}))
            proposal = await _propose_rest(files, held, propose)
        more_checks = provenance_checks(proposal.outcomes, proposal.provenance, base.head)
    except InputError as error:
        failure = error
    outcomes = proposal.outcomes if proposal is not None else ()
    fixes = proposal.fixes if proposal is not None else ()
    names = proposed_branches(outcomes, fixes)
    pull_requests = await forge.pull_requests([*names, *(share.branch for share in shares)])
    known = [*outcomes, *(fix.outcome for fix in fixes)]
    branches = await _read_branches(forge, base, names, known, rebase=event.kind == "rebase")
    for each in pull_requests:
        if (
            each.state == "open"
            and each.branch not in branches
            and not is_for_packages(each.branch)
        ):
            state = await forge.branch_state(each.branch, base)
            if state is not None:
                branches[each.branch] = BranchFacts(state, None, None)
    further = {share.branch: share.further for share in shares}
    for branch, lockfile in _group_branches(shares, pull_requests).items():
        found = await read_branch(
            forge,
            base,
            branch,
            lockfile,
            further.get(branch, ()),
            rebase=event.kind == "rebase",
        )
        if found is not None:
            branches[branch] = found
    narrowed = Narrowed(outcomes)
    if proposal is not None:
        narrowed = await narrow(proposal, pull_requests, files=files, propose=propose, held=held)
        outcomes = narrowed.outcomes
    decided_at = clock()
    facts = Facts(
        base=base,
        outcomes=outcomes,
        faults=failure.faults if failure else (),
        branches=branches,
        pull_requests=pull_requests,
        check_runs=await forge.check_runs(base.head),
        fixes=fixes,
    )
    rules: tuple[PackageRule, ...] = ()
    schedule = None
    if proposal is not None:
        facts = replace(
            facts,
            notes=(*proposal.notes, *_notes_on(held), *narrowed.notes),
            mode=proposal.mode,
            security_alone=proposal.security_alone,
            security_labels=proposal.security_labels,
            waits=closed_until(proposal.configuration.schedule, decided_at),
            security_waits=proposal.configuration.holds_security,
            style=await find_style(forge, base, proposal),
            limits=proposal.configuration.limits,
            deeds=await forge.deeds(),
            labels=proposal.configuration.update_labels,
            releases=await _read_notes(forge, proposal.mode, outcomes, fixes, shares),
        )
        people, unread = await find_people(files, proposal)
        facts = replace(facts, people=people, notes=(*facts.notes, *unread))
        rules, schedule = proposal.rules, proposal.configuration.schedule
    # What is vulnerable comes first: the ordinary update may have to wait for GitHub's limits.
    security = decide_security(event, facts)
    facts = replace(facts, more_checks=(*more_checks, *security.checks))
    allowance = Allowance(facts.limits, facts.deeds, open=count_open(facts))
    actions = (
        *security.actions,
        *decide(event, facts, allowance),
        *_decide_shares(event, shares, facts, allowance),
    )
    await perform(actions, forge=forge)
    return UpdateReport(
        base,
        facts,
        actions,
        tuple(sorted(files.seen)),
        failure,
        rules,
        schedule,
        decided_at,
        abandoned=proposal.abandoned if proposal is not None else (),
        configuration=proposal.configuration if proposal is not None else None,
        has_configuration=await _has_configuration(files),
    )


def _notes_on(held: Sequence[str]) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in held[:_MOST_NAMED])
    more = f" and {len(held) - _MOST_NAMED} more" if len(held) > _MOST_NAMED else ""
    return (f"left where it is, with a pull request of its own: {names}{more}",) if held else ()


async def _has_configuration(files: CommitFiles) -> bool:
    try:
        return await files.fetch(CONFIGURATION_PATH) is not None
    except InputError:
        return True  # it is there, and cannot be read


async def find_style(forge: Forge, base: Base, proposal: Proposal) -> Style:
    """Return how subjects are written; the history is asked for only where it decides something."""
    settings = proposal.configuration.pull_requests
    changes = any(outcome.status == "improved" for outcome in proposal.outcomes)
    if changes or proposal.fixes:
        return await read_style(forge, base, settings)
    return style_of(settings, ())


async def read_style(forge: Forge, base: Base, settings: PullRequestSettings) -> Style:
    """Return how subjects are written here, by the settings and the base branch's newest commits."""
    subjects: tuple[str, ...] = ()
    if settings.conventional != "never":
        subjects = await forge.recent_subjects(base)
    return style_of(settings, subjects)


async def _read_notes(
    forge: Forge,
    mode: str,
    outcomes: Iterable[LockOutcome],
    fixes: Iterable[SecurityFix],
    shares: Iterable[Share],
) -> Notes:
    """Return what projects say of the releases of pull requests that there may be."""
    if mode in {"silent", "advise"}:
        return NO_NOTES
    mended = (fix.outcome for fix in fixes if fix.fixed)
    grouped = (share.outcome for share in shares if share.outcome is not None)
    return await read_notes(forge, [*mended, *outcomes, *grouped])


async def _propose_shares(
    files: CommitFiles, proposal: Proposal, propose: Propose
) -> tuple[Share, ...]:
    """Return what the groups of a configuration bring, each computed on its own."""
    if not proposal.configuration.groups or proposal.mode in {"silent", "advise"}:
        return ()
    changed = [each for each in proposal.outcomes if each.status == "improved" and each.old_text]
    shares = []
    for share in divide(changed, proposal.configuration.groups)[:_MOST_SHARES]:
        alone = await propose(files, share.wish)
        outcome = next(
            (each for each in alone.outcomes if each.target.lockfile == share.lockfile), None
        )
        shares.append(replace(share, outcome=outcome))
    return tuple(shares)


def _group_branches(
    shares: Iterable[Share], pull_requests: Iterable[PullRequest]
) -> dict[BranchName, str]:
    """Return the branches of groups that are to be looked at, each with its lockfile."""
    found = {share.branch: share.lockfile for share in shares}
    for each in pull_requests:
        if each.state == "open" and is_for_group(each.branch):
            wish = read_wish(each.body)
            found.setdefault(each.branch, wish[0] if wish is not None else "")
    return {branch: lockfile for branch, lockfile in found.items() if lockfile}


def _decide_shares(
    event: UpdateEvent, shares: tuple[Share, ...], facts: Facts, allowance: Allowance
) -> list[Action]:
    if facts.faults or facts.mode == "silent":
        return []
    actions: list[Action] = []
    for share in shares:
        actions += decide_share(event, share, facts, allowance)
    return [*actions, *close_empty(shares, facts)]


async def _propose_rest(files: CommitFiles, held: tuple[str, ...], propose: Propose) -> Proposal:
    """Return what is better, with packages that have a pull request of their own left where they are."""
    if not held:
        return await propose(files)
    proposal = await propose(files, Wish(held=held))
    if any(outcome.conflict is not None for outcome in proposal.outcomes):
        return await propose(files)  # the manifest does not allow them to stay
    return proposal


def proposed_branches(
    outcomes: Iterable[LockOutcome], fixes: Iterable[SecurityFix]
) -> dict[BranchName, str]:
    """Return the branches that a run may write, each with the lockfile on it."""
    ordinary = {branch_name(each.target.lockfile): each.target.lockfile for each in outcomes}
    found = (each.outcome.target.lockfile for each in fixes if each.fixed)
    return ordinary | {security_branch(lockfile): lockfile for lockfile in found}


def further_paths(outcomes: Iterable[LockOutcome], lockfile: str) -> tuple[str, ...]:
    """Return the paths of the files that change together with a lockfile."""
    return tuple(
        each.path
        for outcome in outcomes
        if outcome.target.lockfile == lockfile
        for each in outcome.further
    )


async def _read_branches(
    forge: Forge,
    base: Base,
    names: Mapping[BranchName, str],
    outcomes: Sequence[LockOutcome],
    *,
    rebase: bool,
) -> dict[BranchName, BranchFacts]:
    """Return what the forge has on each branch of a lockfile."""
    found = {}
    for branch, lockfile in names.items():
        further = further_paths(outcomes, lockfile)
        read = await read_branch(forge, base, branch, lockfile, further, rebase=rebase)
        if read is not None:
            found[branch] = read
    return found


async def read_branch(
    forge: Forge,
    base: Base,
    branch: BranchName,
    lockfile: str,
    further: Iterable[str] = (),
    *,
    rebase: bool = False,
) -> BranchFacts | None:
    """Return what the forge has on a branch of Thoth's for a lockfile, None when there is none.

    `further`: what changes together with it. With `rebase` one that is not on top of the base's newest
    commit is told to be behind.
    """
    state = await forge.branch_state(branch, base)
    if state is None or state.foreign is not None:
        return BranchFacts(state, None, None) if state is not None else None
    at_head = await forge.read_file(state.head, lockfile)
    at_parent = None
    if state.parent is not None:
        at_parent = await forge.read_file(state.parent, lockfile)
    is_behind = rebase and state.parent != base.head
    texts = {}
    for path in dict.fromkeys(further):
        before = None if state.parent is None else await forge.read_file(state.parent, path)
        texts[path] = (await forge.read_file(state.head, path), before)
    return BranchFacts(state, at_head, at_parent, is_behind, texts)

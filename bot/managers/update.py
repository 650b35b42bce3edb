"""The update manager: one branch and one pull request per lockfile that can be better. Pure.

`decide` compares what the advisor proposes with what the forge has, and asks for the least that
makes them agree. Asked again with nothing changed it asks for nothing.

When a branch is written anew: its lockfile is not the proposed one, or it is no longer one commit
on top of a commit of the base, or the base's lockfile changed since, so that the two would
conflict. A base that moved on otherwise is no reason: it would only make every check run again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from advisor_core.config.pull_requests import Limits
from bot.conversation import messages
from bot.conversation.actions import (
    NOBODY,
    Action,
    Close,
    Comment,
    Nothing,
    OpenPullRequest,
)
from bot.conversation.quoting import code, plain
from bot.conversation.release_notes import NO_NOTES, Notes
from bot.conversation.seen import held_back
from bot.conversation.subjects import Style
from bot.forge import BRANCH_PREFIX, SECURITY_PREFIX, BranchName, NewCommit
from bot.ledger import Deeds
from bot.managers.check_runs import changed_checks, environment_checks, input_check
from bot.managers.limits import Allowance
from bot.managers.loosen import LOOSEN
from bot.managers.opening import bring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.errors import Fault
    from advisor_core.outcome import LockOutcome
    from advisor_core.security_outcome import SecurityFix
    from bot.conversation.actions import People
    from bot.forge import Base, BranchState, CheckRun, PullRequest

__all__ = [
    "PACKAGES_MARK",
    "BranchFacts",
    "Facts",
    "UpdateEvent",
    "branch_name",
    "can_wait",
    "close_unless_edited",
    "count_open",
    "decide",
    "editor_of",
    "is_current",
    "is_declined",
    "is_for_packages",
    "leave_to_person",
]

PACKAGES_MARK = "."
"""Between the branch of a lockfile and the packages that a branch of theirs is for."""

_ADVISES = "The configuration now says `mode: advise`: check runs, and no pull requests."

_WELL_KNOWN = {"Pipfile.lock", "pylock.toml", "requirements.txt"}


@dataclass(frozen=True, slots=True)
class UpdateEvent:
    """Why the manager is asked."""

    kind: Literal["push", "manual", "rebase", "recreate"]
    """`push`: the base branch changed. `manual`: a person asked, by command. `rebase`: a person asked to
    have it on top of the base's newest commit. `recreate`: a person asked to discard what people
    committed to the branch."""


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """A branch of Thoth's, and the lockfile on it."""

    state: BranchState
    at_head: bytes | None
    """The lockfile on the branch; None: missing, or not read because a person committed."""
    at_parent: bytes | None
    """The lockfile where the branch's commit began."""
    is_behind: bool = False
    """A person asked to have it on top of the base's newest commit, and it is not."""
    further: Mapping[str, tuple[bytes | None, bytes | None]] = field(default_factory=dict)
    """Further files that change with the lockfile: on the branch, and where the branch's commit began."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when deciding."""

    base: Base
    outcomes: tuple[LockOutcome, ...] = ()
    notes: tuple[str, ...] = ()
    """What the advisor remarked, for the pull request. Plain text."""
    faults: tuple[Fault, ...] = ()
    """What is wrong in the repository's files; then there are no outcomes."""
    branches: Mapping[BranchName, BranchFacts] = field(default_factory=dict)
    pull_requests: tuple[PullRequest, ...] = ()
    """Thoth's own, the oldest first."""
    check_runs: tuple[CheckRun, ...] = ()
    """Thoth's own, on the base's head."""
    mode: str = "pull-request"
    """`mode` of the configuration."""
    more_checks: tuple[CheckRun, ...] = ()
    """Check runs of other managers, to be put on the base's head."""
    fixes: tuple[SecurityFix, ...] = ()
    """Of the lockfiles of which it is known whether they have vulnerabilities."""
    security_alone: bool = False
    """The configuration asks for no other updates."""
    security_labels: tuple[str, ...] = ()
    waits: str = ""
    """Until when no new pull request may come, by the schedule; plain text. Empty: it may now."""
    style: Style = Style()  # noqa: RUF009 - a value that never changes
    limits: Limits = field(default_factory=Limits)
    deeds: Deeds = field(default_factory=Deeds)
    """What was done in the last 24 hours."""
    labels: tuple[str, ...] = ()
    """Of ordinary updates."""
    people: Mapping[str, People] = field(default_factory=dict)
    """Who is to look at a lockfile's pull requests, by its path."""
    releases: Notes = NO_NOTES
    """What projects say of the releases that are proposed."""
    security_waits: bool = False
    """Pull requests that mend a vulnerability wait too."""


def branch_name(lockfile: str, *, prefix: str = BRANCH_PREFIX) -> BranchName:
    """Return the branch for updates of a lockfile: the same for the same path, for no other."""
    slug = re.sub(r"[^a-z0-9]+", "-", lockfile.lower()).strip("-")[:60] or "lock"
    if lockfile not in _WELL_KNOWN:
        digest = hashlib.sha256(lockfile.encode("utf-8", "surrogateescape")).hexdigest()
        slug = f"{slug}-{digest[:8]}"
    return BranchName(prefix + slug)


def is_for_packages(branch: BranchName) -> bool:
    """Return whether a branch is for single packages, which `bot.managers.packages` looks after."""
    return PACKAGES_MARK in branch


def decide(
    event: UpdateEvent, facts: Facts, allowance: Allowance | None = None
) -> tuple[Action, ...]:
    """Return what to do, in order. `allowance`: what the limits leave to this and to others of the run."""
    if facts.mode == "silent":
        return (Nothing("this repository's configuration asks for silence"),)
    if facts.faults:
        return changed_checks(facts.check_runs, (input_check(facts.faults, facts.base.head),))
    advises = facts.mode == "advise"
    if allowance is None:
        allowance = Allowance(facts.limits, facts.deeds, open=count_open(facts))
    actions: list[Action] = []
    for outcome in facts.outcomes:
        reason = _ADVISES if advises else _withdrawn(outcome, facts)
        if reason is not None:
            actions += _withdraw(outcome, facts, reason)
        else:
            actions += _decide_target(event, outcome, facts, allowance)
    lockfiles = {branch_name(outcome.target.lockfile) for outcome in facts.outcomes}
    for each in facts.pull_requests:
        ordinary = each.branch.startswith(BRANCH_PREFIX) and not is_for_packages(each.branch)
        if each.state == "open" and ordinary and each.branch not in lockfiles:
            actions += close_unless_edited(
                each, "No manifest asks for this lockfile any more.", facts
            )
    wanted = [
        check
        for outcome in facts.outcomes
        if advises or outcome.status == "conflict"
        for check in environment_checks(outcome, facts.outcomes, facts.base.head, actions=(LOOSEN,))
    ]
    return (*actions, *changed_checks(facts.check_runs, [*wanted, *facts.more_checks]))


def _withdrawn(outcome: LockOutcome, facts: Facts) -> str | None:
    """Return why a lockfile gets no ordinary update; None: it may have one."""
    if facts.security_alone:
        return "The configuration asks for security updates alone (`managers`)."
    for fix in facts.fixes:
        if fix.fixed and fix.outcome.target.lockfile == outcome.target.lockfile:
            branch = branch_name(outcome.target.lockfile, prefix=SECURITY_PREFIX)
            if fix.outcome.new_text == outcome.new_text:
                opened = [
                    each.number
                    for each in facts.pull_requests
                    if each.branch == branch and each.state == "open"
                ]
                known = f" It is #{opened[-1]}." if opened else ""
                return f"The security update on {code(branch)} makes the very same change.{known}"
    return None


def _withdraw(outcome: LockOutcome, facts: Facts, reason: str) -> list[Action]:
    """Close what was proposed before there was a reason not to."""
    branch = branch_name(outcome.target.lockfile)
    security = branch_name(outcome.target.lockfile, prefix=SECURITY_PREFIX)
    return [
        replace(action, instead=security) if isinstance(action, Close) else action
        for each in facts.pull_requests
        if each.branch == branch and each.state == "open"
        for action in close_unless_edited(each, reason, facts)
    ]


def count_open(facts: Facts) -> int:
    """Return how many pull requests are open, security updates left out."""
    return sum(
        each.state == "open" and each.branch.startswith(BRANCH_PREFIX)
        for each in facts.pull_requests
    )


def _decide_target(
    event: UpdateEvent, outcome: LockOutcome, facts: Facts, allowance: Allowance
) -> list[Action]:
    branch = branch_name(outcome.target.lockfile)
    mine = [each for each in facts.pull_requests if each.branch == branch]
    opened = next((each for each in mine if each.state == "open"), None)
    lockfile = code(outcome.target.lockfile)
    base = code(facts.base.branch)
    if outcome.status == "unchanged":
        reason = f"Nothing is left to improve: {lockfile} on {base} is up to date."
        failed = held_back(outcome)
        reason = f"{reason}\n\n{failed}" if failed else reason
        if opened is not None:
            return close_unless_edited(opened, reason, facts)
        return [Nothing(f"{plain(outcome.target.lockfile)} is up to date", branch)]
    if outcome.status == "conflict":
        reason = f"No stack satisfies {code(outcome.target.manifest.path)} on {base} any more."
        return close_unless_edited(opened, reason, facts) if opened is not None else []
    editor = editor_of(branch, facts)
    if editor is not None and event.kind != "recreate":
        return leave_to_person(facts.branches[branch].state, editor, opened)
    declined = mine[-1] if mine and opened is None else None
    if event.kind == "push" and declined is not None and is_declined(declined, outcome):
        return [Nothing("a person closed this very proposal; new input brings another", branch)]
    if (
        event.kind == "push"
        and facts.waits
        and can_wait(facts.branches.get(branch), outcome, opened)
    ):
        return [Nothing(f"the schedule is closed until {facts.waits}", branch, held=True)]
    actions = _propose(outcome, facts, opened)
    return allowance.grant(actions) if event.kind == "push" else actions


def can_wait(present: BranchFacts | None, outcome: LockOutcome, opened: PullRequest | None) -> bool:
    """Return whether an outcome is something new, rather than what keeps an open one mergeable."""
    if is_current(present, outcome):
        return False  # only words, or a run that ended before it opened the request
    if opened is None or present is None:
        return True
    return present.state.single and present.at_parent == outcome.old_text


def _propose(outcome: LockOutcome, facts: Facts, opened: PullRequest | None) -> list[Action]:
    """Make branch and pull request say what the outcome says."""
    branch = branch_name(outcome.target.lockfile)
    present = facts.branches.get(branch)
    title = facts.style.as_title(messages.pull_request_title(outcome), outcome)
    body = messages.pull_request_body(
        outcome, branch=branch, notes=facts.notes, releases=facts.releases
    )
    commit = None if is_current(present, outcome) else _new_commit(outcome, facts, present)
    people = facts.people.get(outcome.target.lockfile, NOBODY)
    base = facts.base.branch
    opening = OpenPullRequest(branch, base, title, body, commit, facts.labels, people)
    return bring(opening, opened, facts.releases)


def is_current(present: BranchFacts | None, outcome: LockOutcome) -> bool:
    """Return whether a branch is one commit with the outcome's lockfile on the base's present one."""
    return (
        present is not None
        and not present.is_behind
        and present.state.single
        and present.at_head == outcome.new_text
        and present.at_parent == outcome.old_text
        and all(
            present.further.get(each.path) == (each.new_text, each.old_text)
            for each in outcome.further
        )
    )


def _new_commit(outcome: LockOutcome, facts: Facts, present: BranchFacts | None) -> NewCommit:
    branch = branch_name(outcome.target.lockfile)
    if outcome.new_text is None:
        raise ValueError(f"an outcome without a lockfile is proposed: {outcome.status!r}")
    return NewCommit(
        branch=branch,
        parent=facts.base.head,
        expected_head=present.state.head if present is not None else None,
        files=outcome.files,
        message=facts.style.as_message(messages.commit_message(outcome, branch=branch), outcome),
    )


def is_declined(last: PullRequest, outcome: LockOutcome) -> bool:
    """Return whether a person closed a pull request that proposed the same."""
    if last.state != "closed" or last.closed_by_thoth or outcome.new_text is None:
        return False
    digest = messages.files_digest(outcome.files)
    return messages.proposed_digest(last.body) == digest


def editor_of(branch: BranchName, facts: Facts) -> str | None:
    """Return who besides Thoth has unmerged work on a branch, None for nobody."""
    present = facts.branches.get(branch)
    if present is None or present.state.contained:
        return None
    return present.state.foreign


def close_unless_edited(opened: PullRequest, reason: str, facts: Facts) -> list[Action]:
    """Close a pull request, unless a person's work is in it."""
    editor = editor_of(opened.branch, facts)
    if editor is not None:
        return leave_to_person(facts.branches[opened.branch].state, editor, opened)
    return [Close(opened.number, opened.branch, reason)]


def leave_to_person(state: BranchState, editor: str, opened: PullRequest | None) -> list[Action]:
    """Leave a branch alone that a person committed to, and say so once."""
    reason = f"{plain(editor, limit=80)} committed to {state.branch}: it is left alone"
    key = f"edited:{state.head}"
    actions: list[Action] = [Nothing(f"{reason}; delete the branch to hand it back", state.branch)]
    if opened is not None and key not in opened.comments:
        actions.append(Comment(opened.number, key, messages.edited_comment(state.branch, editor)))
    return actions

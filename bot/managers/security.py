"""The security manager: a pull request of its own for each lockfile with known vulnerabilities. Pure.

It has its own branch per lockfile, `thoth/security/...`, and only the smallest change that takes
vulnerabilities out. It does not wait for the ordinary update of that lockfile, nor that for it:
whichever is merged first changes the base's lockfile, and the next run makes the other anew on top of it,
or closes it when nothing is left to do. Where both come to the very same lockfile only this one is proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation import security as texts
from bot.conversation.actions import NOBODY, Nothing, OpenPullRequest
from bot.conversation.quoting import code, plain
from bot.forge import SECURITY_PREFIX, CheckRun, NewCommit
from bot.managers.opening import bring
from bot.managers.update import (
    branch_name,
    can_wait,
    close_unless_edited,
    editor_of,
    is_current,
    is_declined,
    leave_to_person,
)

if TYPE_CHECKING:
    from advisor_core.outcome import LockOutcome
    from advisor_core.security_outcome import SecurityFix
    from bot.conversation.actions import Action
    from bot.forge import BranchName, PullRequest
    from bot.managers.update import Facts, UpdateEvent

__all__ = ["SECURITY_CHECK", "SecurityDecision", "decide_security", "security_branch"]

SECURITY_CHECK = "Thoth security"
"""Name of the check run that tells of vulnerabilities that are still there."""


@dataclass(frozen=True, slots=True)
class SecurityDecision:
    """What to do about known vulnerabilities."""

    actions: tuple[Action, ...] = ()
    checks: tuple[CheckRun, ...] = ()


def security_branch(lockfile: str) -> BranchName:
    """Return the branch for security updates of a lockfile."""
    return branch_name(lockfile, prefix=SECURITY_PREFIX)


def decide_security(event: UpdateEvent, facts: Facts) -> SecurityDecision:
    """Return what to do, in order, and the check runs that there are to be on the base's head."""
    if facts.mode == "silent" or facts.faults:
        return SecurityDecision()
    fixes = {fix.outcome.target.lockfile: fix for fix in facts.fixes}
    actions: list[Action] = []
    for outcome in facts.outcomes:
        fix = fixes.get(outcome.target.lockfile)
        actions += _decide_target(event, outcome, fix, facts)
    branches = {security_branch(outcome.target.lockfile) for outcome in facts.outcomes}
    for each in facts.pull_requests:
        orphan = each.branch.startswith(SECURITY_PREFIX) and each.branch not in branches
        if each.state == "open" and orphan:
            reason = "No manifest asks for this lockfile any more."
            actions += close_unless_edited(each, reason, facts)
    return SecurityDecision(tuple(actions), _checks(facts))


def _decide_target(
    event: UpdateEvent, outcome: LockOutcome, fix: SecurityFix | None, facts: Facts
) -> list[Action]:
    branch = security_branch(outcome.target.lockfile)
    mine = [each for each in facts.pull_requests if each.branch == branch]
    opened = next((each for each in mine if each.state == "open"), None)
    reason = _settled(outcome, fix, facts)
    if reason is not None:
        return close_unless_edited(opened, reason, facts) if opened is not None else []
    if fix is None or not fix.fixed:
        return []
    editor = editor_of(branch, facts)
    if editor is not None and event.kind != "recreate":
        return leave_to_person(facts.branches[branch].state, editor, opened)
    declined = mine[-1] if mine and opened is None else None
    if event.kind == "push" and declined is not None and is_declined(declined, fix.outcome):
        return [Nothing("a person closed this very security update", branch)]
    waits = facts.waits if facts.security_waits and event.kind == "push" else ""
    if waits and can_wait(facts.branches.get(branch), fix.outcome, opened):
        return [Nothing(f"the schedule is closed until {waits}", branch, held=True)]
    return _propose(fix, facts, opened)


def _settled(outcome: LockOutcome, fix: SecurityFix | None, facts: Facts) -> str | None:
    """Return why there is no security update to propose any more; None: there may be one.

    Where nothing is known, what was proposed stays as it is.
    """
    base, lockfile = code(facts.base.branch), code(outcome.target.lockfile)
    if facts.mode == "advise":
        return "The configuration now says `mode: advise`: check runs, and no pull requests."
    if outcome.status == "conflict":
        return f"No stack satisfies {code(outcome.target.manifest.path)} on {base} any more."
    if fix is None or fix.fixed:
        return None
    if fix.unfixed:
        return f"No change of {lockfile} on {base} takes a known vulnerability out any more."
    merged = [
        each.number
        for each in facts.pull_requests
        if each.branch == branch_name(outcome.target.lockfile) and each.state == "merged"
    ]
    since = f" #{max(merged)} was merged meanwhile." if merged else ""
    return (
        f"Nothing is left to fix: no known advisory concerns {lockfile} on {base} any more.{since}"
    )


def _propose(fix: SecurityFix, facts: Facts, opened: PullRequest | None) -> list[Action]:
    outcome = fix.outcome
    branch = security_branch(outcome.target.lockfile)
    present = facts.branches.get(branch)
    title = facts.style.as_title(texts.security_title(fix), outcome)
    body = texts.security_body(fix, branch=branch, releases=facts.releases)
    commit = None
    if not is_current(present, outcome) and outcome.new_text is not None:
        commit = NewCommit(
            branch=branch,
            parent=facts.base.head,
            expected_head=present.state.head if present is not None else None,
            files=outcome.files,
            message=facts.style.as_message(texts.security_message(fix, branch=branch), outcome),
        )
    labels = facts.security_labels
    people = facts.people.get(outcome.target.lockfile, NOBODY)
    opening = OpenPullRequest(branch, facts.base.branch, title, body, commit, labels, people)
    return bring(opening, opened, facts.releases, settled="the security update is up to date")


def _checks(facts: Facts) -> tuple[CheckRun, ...]:
    """Return the check run that tells of what no pull request fixes."""
    advises = facts.mode == "advise"
    told = [fix for fix in facts.fixes if fix.unfixed or (advises and fix.fixed)]
    if not told:
        return ()
    to_loosen = any(each.loosen for fix in told for each in fix.unfixed)
    check = CheckRun(
        name=SECURITY_CHECK,
        head_sha=facts.base.head,
        conclusion="action_required" if to_loosen else "neutral",
        title=plain(texts.still_there_title(told, with_fixed=advises), limit=200),
        summary=texts.still_there(told, with_fixed=advises),
        annotations=texts.loosen_annotations(told),
    )
    return (check,)

"""The check manager: what a person's pull request would mean for each environment. Pure.

A check run says whether a stack exists, and whether the lockfile in the pull request is the one that
Thoth would write. It never blocks for the latter: merging is the person's decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation import verdicts
from bot.conversation.actions import SetCheck
from bot.conversation.proposals import proposal_summary, proposal_title, settled_summary
from bot.conversation.quoting import plain
from bot.forge import CheckRun
from bot.managers.update import INPUT_CHECK

if TYPE_CHECKING:
    from advisor_core.errors import Fault
    from advisor_core.outcome import LockOutcome
    from bot.conversation.actions import Action
    from bot.forge import Annotation, CommitSha, Conclusion

__all__ = ["CheckFacts", "decide_checks"]


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What is known of a pull request's head."""

    head_sha: CommitSha
    outcomes: tuple[LockOutcome, ...] = ()
    faults: tuple[Fault, ...] = ()
    """What is wrong in the files; then there are no outcomes."""
    check_runs: tuple[CheckRun, ...] = ()
    """Thoth's own on that commit."""


def decide_checks(facts: CheckFacts) -> tuple[Action, ...]:
    """Return the check runs to put. Asked again with nothing changed it asks for nothing."""
    wanted = _wanted(facts)
    present = {check.name: check for check in facts.check_runs}
    names = {check.name for check in wanted}
    cleared = [
        CheckRun(
            name=check.name,
            head_sha=check.head_sha,
            conclusion="success",
            title="Resolved",
            summary="What this check run reported before is no longer so.\n",
        )
        for check in facts.check_runs
        if check.name not in names and check.conclusion != "success"
    ]
    return tuple(
        SetCheck(check) for check in (*wanted, *cleared) if present.get(check.name) != check
    )


def _wanted(facts: CheckFacts) -> list[CheckRun]:
    if facts.faults:
        return [
            CheckRun(
                name=INPUT_CHECK,
                head_sha=facts.head_sha,
                conclusion="action_required",
                title="Thoth cannot read this repository's files",
                summary=verdicts.fault_summary(facts.faults),
                annotations=verdicts.fault_annotations(facts.faults),
            )
        ]
    checks = []
    for outcome in facts.outcomes:
        for environment in outcome.target.environments:
            conclusion, title, summary, annotations = _say(outcome)
            checks.append(
                CheckRun(
                    name=_check_name(environment.name, outcome, facts),
                    head_sha=facts.head_sha,
                    conclusion=conclusion,
                    title=title,
                    summary=summary,
                    annotations=annotations,
                )
            )
    return checks


def _say(outcome: LockOutcome) -> tuple[Conclusion, str, str, tuple[Annotation, ...]]:
    if outcome.status == "conflict":
        return (
            "failure",
            verdicts.conflict_title(outcome.target),
            verdicts.conflict_summary(outcome),
            verdicts.conflict_annotations(outcome),
        )
    if outcome.status == "unchanged":
        title = plain(f"{outcome.target.lockfile} is up to date", limit=200)
        return "success", title, settled_summary(outcome), ()
    return "neutral", proposal_title(outcome), proposal_summary(outcome), ()


def _check_name(environment: str, outcome: LockOutcome, facts: CheckFacts) -> str:
    """Return `Thoth: ENVIRONMENT`, with the lockfile where two targets have that environment."""
    sharing = sum(
        environment in {other.name for other in each.target.environments} for each in facts.outcomes
    )
    name = plain(f"Thoth: {environment}", limit=100)
    return f"{name} ({plain(outcome.target.lockfile, limit=100)})" if sharing > 1 else name

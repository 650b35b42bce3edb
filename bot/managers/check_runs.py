"""The check runs of the update and the check manager: one per environment, one for wrong input. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation import verdicts
from bot.conversation.actions import SetCheck
from bot.conversation.proposals import proposal_summary, proposal_title, settled_summary
from bot.conversation.quoting import plain
from bot.forge import CheckRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.errors import Fault
    from advisor_core.outcome import LockOutcome
    from bot.conversation.actions import Action
    from bot.forge import Annotation, CheckAction, CommitSha, Conclusion

__all__ = ["INPUT_CHECK", "changed_checks", "environment_checks", "input_check"]

INPUT_CHECK = "Thoth"
"""Name of the check run that tells of wrong input; no environment is known to name it after."""


def input_check(faults: tuple[Fault, ...], head_sha: CommitSha) -> CheckRun:
    """Return the check run that says what is wrong in a repository's files."""
    return CheckRun(
        name=INPUT_CHECK,
        head_sha=head_sha,
        conclusion="action_required",
        title="Thoth cannot read this repository's files",
        summary=verdicts.fault_summary(faults),
        annotations=verdicts.fault_annotations(faults),
    )


def environment_checks(
    outcome: LockOutcome,
    outcomes: Sequence[LockOutcome],
    head_sha: CommitSha,
    *,
    actions: tuple[CheckAction, ...] = (),
    improved_actions: tuple[CheckAction, ...] = (),
) -> tuple[CheckRun, ...]:
    """Return a check run for each environment of one of `outcomes`.

    `actions` go to conflicts, `improved_actions` to lockfiles that could be better.
    """
    buttons = {"conflict": actions, "improved": improved_actions}
    conclusion, title, summary, annotations = _say(outcome, may_apply=bool(improved_actions))
    return tuple(
        CheckRun(
            name=_check_name(environment.name, outcome, outcomes),
            head_sha=head_sha,
            conclusion=conclusion,
            title=title,
            summary=summary,
            annotations=annotations,
            actions=buttons.get(outcome.status, ()),
        )
        for environment in outcome.target.environments
    )


def changed_checks(present: Iterable[CheckRun], wanted: Sequence[CheckRun]) -> tuple[Action, ...]:
    """Put the check runs that are not there yet, and clear those whose reason is gone."""
    known = {check.name: check for check in present}
    names = {check.name for check in wanted}
    cleared = [
        CheckRun(
            name=check.name,
            head_sha=check.head_sha,
            conclusion="success",
            title="Resolved",
            summary="What this check run reported before is no longer so.\n",
        )
        for check in known.values()
        if check.name not in names and check.conclusion != "success"
    ]
    return tuple(SetCheck(check) for check in (*wanted, *cleared) if known.get(check.name) != check)


def _say(
    outcome: LockOutcome, *, may_apply: bool
) -> tuple[Conclusion, str, str, tuple[Annotation, ...]]:
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
    return "neutral", proposal_title(outcome), proposal_summary(outcome, may_apply=may_apply), ()


def _check_name(environment: str, outcome: LockOutcome, outcomes: Sequence[LockOutcome]) -> str:
    """Return `Thoth: ENVIRONMENT`, with the lockfile where two targets have that environment."""
    sharing = sum(
        environment in {other.name for other in each.target.environments} for each in outcomes
    )
    name = plain(f"Thoth: {environment}", limit=100)
    return f"{name} ({plain(outcome.target.lockfile, limit=100)})" if sharing > 1 else name

"""The check manager: what a person's pull request would mean for each environment. Pure.

A check run says whether a stack exists, and whether the lockfile in the pull request is the one that
Thoth would write. It never blocks for the latter: merging is the person's decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.managers.apply import APPLY
from bot.managers.check_runs import changed_checks, environment_checks, input_check

if TYPE_CHECKING:
    from advisor_core.errors import Fault
    from advisor_core.outcome import LockOutcome
    from bot.conversation.actions import Action
    from bot.forge import CheckRun, CommitSha

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
    mode: str = "pull-request"
    """`mode` of the configuration."""
    may_apply: bool = False
    """Whether the lockfile can be committed to the branch when a person asks for it: not on forks."""
    more_checks: tuple[CheckRun, ...] = ()
    """Check runs of other managers, to be put there too."""


def decide_checks(facts: CheckFacts) -> tuple[Action, ...]:
    """Return the check runs to put. Asked again with nothing changed it asks for nothing."""
    if facts.mode == "silent":
        return ()
    if facts.faults:
        return changed_checks(facts.check_runs, (input_check(facts.faults, facts.head_sha),))
    wanted = [
        check
        for outcome in facts.outcomes
        for check in environment_checks(
            outcome,
            facts.outcomes,
            facts.head_sha,
            improved_actions=(APPLY,) if facts.may_apply else (),
        )
    ]
    return changed_checks(facts.check_runs, [*wanted, *facts.more_checks])

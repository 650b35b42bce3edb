"""How much may be done in a repository without a person asking for it. Pure.

Security updates are not limited. What a limit holds back is looked at again when there is room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation.actions import Action, Nothing, OpenPullRequest, UpdateBranch
from bot.ledger import DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.config.pull_requests import Limits
    from bot.ledger import Deeds

__all__ = ["Allowance"]


@dataclass(slots=True)
class Allowance:
    """What is left in this run. Changes as it is used."""

    limits: Limits
    deeds: Deeds
    open: int
    """Pull requests that are open, security updates left out."""
    opened: int = 0
    written: int = 0

    def grant(self, actions: Sequence[Action]) -> list[Action]:
        """Return the actions and count them; or, when one goes beyond a limit, what is said instead."""
        for action in actions:
            held = self._held(action)
            if held is not None:
                return [held]
        for action in actions:
            if isinstance(action, OpenPullRequest):
                self.opened += 1
            if _writes(action):
                self.written += 1
        return list(actions)

    def _held(self, action: Action) -> Nothing | None:
        limits = self.limits
        # One whose branch is written already is only finished.
        if isinstance(action, OpenPullRequest) and action.commit is not None:
            most = limits.open_pull_requests
            if most is not None and self.open + self.opened >= most:
                reason = f"as many pull requests are open as `limits` allows: {most}"
                return Nothing(reason, action.branch, held=True)
            most = limits.pull_requests_per_day
            if most is not None and self.deeds.opened + self.opened >= most:
                reason = f"as many pull requests were opened in 24 hours as `limits` allows: {most}"
                until = self.deeds.first_opened_at + DAY_SECONDS if self.deeds.opened else None
                return Nothing(reason, action.branch, held=True, until=until)
        most = limits.ci_runs_per_day
        if _writes(action) and most is not None and self.deeds.written + self.written >= most:
            reason = f"as many branches were written in 24 hours as `limits` allows: {most}"
            until = self.deeds.first_written_at + DAY_SECONDS if self.deeds.written else None
            branch = action.branch if isinstance(action, OpenPullRequest | UpdateBranch) else None
            return Nothing(reason, branch, held=True, until=until)
        return None


def _writes(action: Action) -> bool:
    return isinstance(action, OpenPullRequest | UpdateBranch) and action.commit is not None

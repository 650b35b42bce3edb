"""What CI says of a commit on GitHub: check runs of every App but Thoth itself, and commit statuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bot.github.answers import AppReference  # noqa: TC001 - msgspec looks at it
from bot.managers.evidence import CheckResult

if TYPE_CHECKING:
    from typing import Literal

    from bot.forge import CommitSha
    from bot.github.repository import RemoteRepository

__all__ = ["CheckResults"]

_MOST_PAGES: Final = 5
"""Of check runs and of statuses, a hundred each; the rest is not looked at."""

_CONCLUSIONS: Final[dict[str, Literal["passed", "failed", "error", "skipped"]]] = {
    "success": "passed",
    "failure": "failed",
    "timed_out": "failed",
    "neutral": "skipped",
    "skipped": "skipped",
}
"""Of check runs (https://docs.github.com/rest/checks/runs); cancelled, stale, startup_failure and
action_required ended before they tested anything."""

_STATES: Final[dict[str, Literal["passed", "failed", "error", "pending"]]] = {
    "success": "passed",
    "failure": "failed",
    "pending": "pending",
}
"""Of commit statuses; `error` is one."""


class _RunAnswer(msgspec.Struct, frozen=True):
    name: str
    status: str
    conclusion: str | None = None
    completed_at: str | None = None
    app: AppReference | None = None


class _StatusAnswer(msgspec.Struct, frozen=True):
    context: str
    state: str
    updated_at: str | None = None


@dataclass(slots=True)
class CheckResults:
    """The results in one repository."""

    repository: RemoteRepository
    app_id: int
    """Thoth's own; its check runs are no tests."""

    async def of(self, head_sha: CommitSha) -> tuple[CheckResult, ...]:
        """Return every check of a commit, as GitHub has it now."""
        client, path = self.repository.client, self.repository.path
        runs = await client.pages(
            path(f"commits/{head_sha}/check-runs"),
            _RunAnswer,
            query={"filter": "latest"},
            key="check_runs",
            most_pages=_MOST_PAGES,
        )
        statuses = await client.pages(
            path(f"commits/{head_sha}/status"),
            _StatusAnswer,
            key="statuses",
            most_pages=_MOST_PAGES,
        )
        return (
            *(
                CheckResult(
                    f"{each.name} (App {each.app.id if each.app is not None else 'unknown'})",
                    _CONCLUSIONS.get(each.conclusion or "", "error")
                    if each.status == "completed"
                    else "pending",
                    _moment(each.completed_at),
                )
                for each in runs
                if each.app is None or each.app.id != self.app_id
            ),
            *(
                CheckResult(
                    each.context, _STATES.get(each.state, "error"), _moment(each.updated_at)
                )
                for each in statuses
            ),
        )


def _moment(text: str | None) -> int | None:
    try:
        return None if text is None else int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None

"""Merging on GitHub: what all checks of a commit say, and the merge itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from bot.errors import ConflictError
from bot.github.answers import AutoMergeAnswer  # noqa: TC001 - msgspec looks at it
from bot.github.auto_merge import enable_auto_merge
from bot.github.client import PER_PAGE
from bot.managers.merging import Check

if TYPE_CHECKING:
    from bot.forge import CommitSha
    from bot.github.repository import RemoteRepository

__all__ = ["Merging"]

_PASSED: Final = frozenset({"success", "neutral", "skipped"})

_MOST_PAGES: Final = 5
"""Of check runs and statuses, a hundred each; what has as many is not merged: there may be a red one."""


class _CheckAnswer(msgspec.Struct, frozen=True):
    name: str
    status: str
    conclusion: str | None = None


class _StatusAnswer(msgspec.Struct, frozen=True):
    context: str
    state: str


class _MethodsAnswer(msgspec.Struct, frozen=True):
    allow_squash_merge: bool = True
    allow_merge_commit: bool = True
    allow_rebase_merge: bool = True
    allow_auto_merge: bool = False


class _MergedAnswer(msgspec.Struct, frozen=True):
    merged: bool


class _PullAnswer(msgspec.Struct, frozen=True):
    merged: bool = False
    node_id: str = ""
    auto_merge: AutoMergeAnswer | None = None


@dataclass(slots=True)
class Merging:
    """Merging in one repository."""

    repository: RemoteRepository

    async def checks(self, head_sha: CommitSha) -> tuple[Check, ...]:
        """Return every check of a commit: check runs of all Apps, and commit statuses."""
        client, path = self.repository.client, self.repository.path
        runs = await client.pages(
            path(f"commits/{head_sha}/check-runs"),
            _CheckAnswer,
            key="check_runs",
            most_pages=_MOST_PAGES,
        )
        statuses = await client.pages(
            path(f"commits/{head_sha}/status"),
            _StatusAnswer,
            key="statuses",
            most_pages=_MOST_PAGES,
        )
        more = max(len(runs), len(statuses)) >= PER_PAGE * _MOST_PAGES
        return (
            *((Check("further checks", "pending"),) if more else ()),
            *(Check(each.name, _state(each)) for each in runs),
            *(Check(each.context, _status(each.state)) for each in statuses),
        )

    async def merge(self, number: int, head_sha: CommitSha) -> bool:
        """Merge a pull request at that commit; return whether it is merged.

        False when the head moved, the base conflicts or a rule of the repository forbids it: the next
        check or push brings it up again. Where the repository has GitHub's auto-merge, that is turned on
        for this commit, so that it is merged as soon as the rules are met.
        """
        methods = await self.repository.client.get(self.repository.path(""), _MethodsAnswer)
        method: Literal["squash", "merge", "rebase"] = (
            "squash"
            if methods.allow_squash_merge
            else "merge"
            if methods.allow_merge_commit
            else "rebase"
        )

        async def act() -> bool:
            answer = await self.repository.client.write(
                "PUT",
                self.repository.path(f"pulls/{number}/merge"),
                {"sha": head_sha, "merge_method": method},
                _MergedAnswer,
                repeatable=False,
            )
            return answer.merged

        async def look() -> bool | None:
            found = await self.repository.client.get(
                self.repository.path(f"pulls/{number}"), _PullAnswer
            )
            return True if found.merged else None

        try:
            return await self.repository.client.once(act, look)
        except ConflictError:
            if methods.allow_auto_merge:
                await self._hand_over(number, head_sha, method)
            return False

    async def _hand_over(
        self, number: int, head_sha: CommitSha, method: Literal["squash", "merge", "rebase"]
    ) -> None:
        client = self.repository.client
        found = await client.get(self.repository.path(f"pulls/{number}"), _PullAnswer)
        if not found.merged and found.auto_merge is None and found.node_id:
            await enable_auto_merge(client, found.node_id, head_sha, method)


def _state(run: _CheckAnswer) -> Literal["pending", "passed", "failed"]:
    if run.status != "completed":
        return "pending"
    return "passed" if run.conclusion in _PASSED else "failed"


def _status(state: str) -> Literal["pending", "passed", "failed"]:
    return "pending" if state == "pending" else "passed" if state == "success" else "failed"

"""What people write to Thoth on GitHub: issues, pull requests and their comments, and who they are."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

import msgspec

from bot.conversation.quoting import read_comment_block
from bot.errors import GoneError, NotFoundError
from bot.github.answers import AccountAnswer  # noqa: TC001 - msgspec looks at it
from bot.github.pulls import COMMENT_MARKER, MOST_COMMENTS
from bot.managers.dashboard import is_dashboard, with_error, worth_an_edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.github.repository import RemoteRepository

__all__ = ["MOST_COMMENTS", "Message", "Permission", "Reaction", "Thread", "Threads"]

Permission = Literal["admin", "write", "read", "none"]
"""GitHub's own word: maintain counts as write, triage as read
(https://docs.github.com/rest/collaborators/collaborators)."""

Reaction = Literal["eyes", "+1", "-1", "confused"]
"""Seen; done; not allowed; not understood."""

MOST_ISSUE_PAGES: Final = 3
"""Of the App's own issues and pull requests among which the dashboard is looked for, at either end."""

_PERMISSIONS: Final = frozenset({"admin", "write", "read"})


class _ReactionsAnswer(msgspec.Struct, frozen=True):
    eyes: int = 0


class _IssueAnswer(msgspec.Struct, frozen=True):
    number: int
    state: Literal["open", "closed"]
    title: str
    body: str | None = None
    user: AccountAnswer | None = None
    pull_request: dict[str, object] | None = None
    reactions: _ReactionsAnswer = _ReactionsAnswer()


class _CommentAnswer(msgspec.Struct, frozen=True):
    id: int
    body: str = ""
    user: AccountAnswer | None = None
    reactions: _ReactionsAnswer = _ReactionsAnswer()


class _PermissionAnswer(msgspec.Struct, frozen=True):
    permission: str


class _ReactionAnswer(msgspec.Struct, frozen=True):
    id: int


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a person wrote: the opening of a thread, or a comment. Hostile."""

    key: str
    """Of our answer to it: `answer:0` for the opening, else `answer:COMMENT_ID`."""
    comment_id: int | None
    """None: the opening."""
    author: str
    body: str
    seen: bool = False
    """Somebody has put eyes on it."""


@dataclass(frozen=True, slots=True)
class Thread:
    """An issue or a pull request, with what people wrote there."""

    number: int
    title: str
    body: str
    is_pull: bool
    is_open: bool
    by_thoth: bool
    messages: tuple[Message, ...]
    """The oldest first; those of programs, Thoth's own among them, are left out: they quote people. None of a
    thread that is too long (`MOST_COMMENTS`): nobody could tell which of them were answered."""
    answered: frozenset[str]
    """Keys of the comments that Thoth wrote."""
    is_merged: bool = False
    merge_asked: bool = False
    """Thoth last answered that it will merge this when it is green; nobody cancelled it since."""
    decisions: tuple[tuple[str, str], ...] = ()
    """Keys of Thoth's answers that decided something which was not taken back since, and how to: as
    `bot.conversation.decisions` writes it. The oldest first."""


@dataclass(slots=True)
class Threads:
    """The threads of one repository."""

    repository: RemoteRepository

    async def view(self, number: int) -> Thread:
        """Return a thread as it is now. Raises NotFoundError."""
        issue = await self.repository.client.get(
            self.repository.path(f"issues/{number}"), _IssueAnswer
        )
        comments = await self.repository.client.pages(
            self.repository.path(f"issues/{number}/comments"),
            _CommentAnswer,
            most_pages=MOST_COMMENTS // 100,
        )
        seen = issue.reactions.eyes > 0
        opening = Message("answer:0", None, _login(issue.user), issue.body or "", seen)
        said = [
            Message(
                f"answer:{each.id}",
                each.id,
                _login(each.user),
                each.body,
                each.reactions.eyes > 0,
            )
            for each in comments
        ]
        by_programs = {
            message.key
            for message, user in zip(
                (opening, *said), (issue.user, *(each.user for each in comments)), strict=True
            )
            if user is not None and user.type == "Bot"
        }
        blocks = [
            read_comment_block(COMMENT_MARKER, each.body) or {}
            for each in said
            if self._is_me(each.author)
        ]
        asked = [block["merge"] for block in blocks if "merge" in block]
        return Thread(
            number=issue.number,
            title=issue.title,
            body=issue.body or "",
            is_pull=issue.pull_request is not None,
            is_open=issue.state == "open",
            by_thoth=self._is_me(opening.author),
            messages=()
            if len(said) >= MOST_COMMENTS
            else tuple(each for each in (opening, *said) if each.key not in by_programs),
            answered=frozenset(block["key"] for block in blocks if "key" in block),
            is_merged=bool((issue.pull_request or {}).get("merged_at")),
            merge_asked=asked[-1:] == ["on"],
            decisions=_decisions(blocks),
        )

    async def permission(self, login: str) -> Permission:
        """Return what a person may do here, asked of GitHub; `none` for who is not known."""
        path = self.repository.path(f"collaborators/{quote(login, safe='')}/permission")
        try:
            answer = await self.repository.client.get(path, _PermissionAnswer)
        except NotFoundError:
            return "none"
        known: Permission = "none"
        if answer.permission in _PERMISSIONS:
            known = answer.permission  # type: ignore[assignment] # one of the literals
        return known

    async def react(self, number: int, message: Message, reaction: Reaction) -> None:
        """Put a reaction on a message; put twice it is there once, and nowhere if it was deleted."""
        place = (
            f"issues/{number}/reactions"
            if message.comment_id is None
            else f"issues/comments/{message.comment_id}/reactions"
        )
        with contextlib.suppress(NotFoundError):
            await self.repository.client.write(
                "POST",
                self.repository.path(place),
                {"content": reaction},
                _ReactionAnswer,
                repeatable=True,
            )

    async def set_open(self, number: int, *, is_open: bool) -> None:
        """Open or close a thread."""
        await self.repository.client.write(
            "PATCH",
            self.repository.path(f"issues/{number}"),
            {"state": "open" if is_open else "closed"},
            _IssueAnswer,
            repeatable=True,
        )

    async def put_dashboard(self, title: str, body: str) -> None:
        """Create the dashboard, or replace its text when it says something else.

        One that a person closed is left closed; where issues are disabled there is none.
        """
        found = await self._dashboard()
        if found is None:
            await self._create_dashboard(title, body)
        elif found.state == "open" and worth_an_edit(found.body or "", body):
            await self._replace_dashboard(found.number, body)

    async def tell_in_dashboard(self, reason: str, hint: str = "") -> None:
        """Have the dashboard, if it is there and open, tell what was given up. Plain text."""
        found = await self._dashboard()
        if found is None or found.state != "open":
            return
        body = with_error((found.body or "").replace("\r\n", "\n"), reason, hint)
        if worth_an_edit(found.body or "", body):
            await self._replace_dashboard(found.number, body)

    async def _replace_dashboard(self, number: int, body: str) -> None:
        await self.repository.client.write(
            "PATCH",
            self.repository.path(f"issues/{number}"),
            {"body": body},
            _IssueAnswer,
            repeatable=True,
        )

    async def _dashboard(self) -> _IssueAnswer | None:
        """Return the dashboard that was changed last, open or closed.

        One that is open is changed with each pull request; one that was closed long ago was made before
        most of them.
        """
        orders = {"updated": "desc", "created": "asc"}
        for sort, direction in orders.items():
            found = await self.repository.client.pages(
                self.repository.path("issues"),
                _IssueAnswer,
                query={
                    "creator": f"{self.repository.bot_slug}[bot]",
                    "state": "all",
                    "sort": sort,
                    "direction": direction,
                },
                most_pages=MOST_ISSUE_PAGES,
            )
            for each in found:
                mine = each.pull_request is None and self._is_me(_login(each.user))
                if mine and is_dashboard(each.body):
                    return each
        return None

    async def _create_dashboard(self, title: str, body: str) -> None:
        async def act() -> _IssueAnswer:
            return await self.repository.client.write(
                "POST",
                self.repository.path("issues"),
                {"title": title, "body": body},
                _IssueAnswer,
                repeatable=False,
            )

        try:
            await self.repository.client.once(act, self._dashboard)
        except GoneError:
            return

    def _is_me(self, login: str) -> bool:
        return login.lower() == f"{self.repository.bot_slug}[bot]".lower()


def _decisions(blocks: list[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return what the answers of a thread decided, without what was taken back."""
    undone = {block["undone"] for block in blocks if "undone" in block}
    return tuple(
        (block["key"], block["undo"])
        for block in blocks
        if "key" in block and "undo" in block and block["key"] not in undone
    )


def _login(account: AccountAnswer | None) -> str:
    """Return who wrote; a deleted account is GitHub's ghost."""
    return account.login if account is not None else "ghost"

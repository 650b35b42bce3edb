"""Pull requests on GitHub: finds Thoth's own, opens, edits and closes them, comments once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from bot.conversation.quoting import comment_block, read_comment_block
from bot.errors import (
    GitHubError,
    NotFoundError,
    PermissionMissingError,
    UnprocessableError,
)
from bot.forge import OWN_PREFIXES, BranchName, CommitSha, PullRequest
from bot.github.answers import (
    AssignedAnswer,
    CommentAnswer,
    FileAnswer,
    IssueAnswer,
    LabelAnswer,
    PullAnswer,
    RefAnswer,
)
from bot.github.auto_merge import disable_auto_merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.github.repository import RemoteRepository

__all__ = ["CLOSED_FOR_A_PERSON", "COMMENT_MARKER", "MOST_COMMENTS", "PullRequests", "PullView"]

COMMENT_MARKER: Final = "thoth-comment/1"
"""Of the hidden block in each of Thoth's comments, with the key that makes it unique there."""

CLOSED_FOR_A_PERSON: Final = "asked:close"
"""Key of the comment with which Thoth closes a pull request because a person told it to."""

_COMMON_PREFIX: Final = "thoth/"
"""Of all its branches: one request lists them."""

_MOST_BRANCHES: Final = 50
"""Of how many of Thoth's branches that nobody names the pull requests are looked up. Of those that are
named all are: what a person closed would be opened again by who does not see it."""

MOST_COMMENTS: Final = 1000
"""Of one thread that are looked at, the oldest first. Where there are as many nothing is said any more:
what was said could not be found again, and would be said by every run."""


@dataclass(frozen=True, slots=True)
class PullView:
    """A pull request as a job needs it that checks what a person proposes."""

    number: int
    is_open: bool
    head_sha: CommitSha
    head_branch: str
    base_branch: str
    base_sha: CommitSha
    """Where the base branch was when GitHub last looked; policy is read from the branch's head."""
    from_fork: bool
    """Also when the fork was deleted."""
    by_thoth: bool


@dataclass(slots=True)
class PullRequests:
    """The pull requests of one repository."""

    repository: RemoteRepository
    _seen: dict[int, PullAnswer] = field(default_factory=dict)
    """As last read or written."""

    async def mine(self, branches: Iterable[BranchName]) -> tuple[PullRequest, ...]:
        """Return those that Thoth opened from its branches, the oldest first.

        Of a branch that does not exist any more only when it is named.
        """
        named = dict.fromkeys(branches)
        others = [name for name in await self._branches() if name not in named]
        names = [*named, *others[:_MOST_BRANCHES]]
        found: list[PullRequest] = []
        for branch in names:
            answers = [each for each in await self._from(branch) if self._is_mine(each)]
            for answer in answers:
                self._seen[answer.number] = answer
            newest = max((each.number for each in answers), default=None)
            found += [
                await self._describe(answer, newest=answer.number == newest) for answer in answers
            ]
        return tuple(sorted(found, key=lambda each: each.number))

    async def ever_opened(self, branch: BranchName) -> bool:
        """Return whether Thoth opened one from the branch, whatever became of it."""
        return any(self._is_mine(each) for each in await self._from(branch))

    async def open(self, branch: BranchName, *, base: str, title: str, body: str) -> PullRequest:
        """Open one from the branch, or bring the one that is open up to date; return it."""

        async def look() -> PullAnswer | None:
            return await self._find_open(branch)

        async def act() -> PullAnswer:
            return await self.repository.client.write(
                "POST",
                self.repository.path("pulls"),
                {"head": branch, "base": base, "title": title, "body": body},
                PullAnswer,
                repeatable=False,
            )

        answer = await look()
        if answer is None:
            try:
                answer = await self.repository.client.once(act, look)
            except UnprocessableError:
                answer = await look()
                if answer is None:
                    raise
        if not self._is_mine(answer):
            raise GitHubError(
                f"POST {self.repository.path('pulls')}",
                f"somebody else opened pull request #{answer.number} from {branch!r}",
                hint="close it, or rename its branch",
            )
        self._seen[answer.number] = answer
        await self.edit(answer.number, title=title, body=body)
        return await self._describe(self._seen[answer.number], newest=True)

    async def edit(self, number: int, *, title: str, body: str) -> None:
        """Make title and body so, unless they are."""
        answer = await self._get(number)
        if (answer.title, _normal(answer.body)) == (title, _normal(body)):
            return
        await self._update(number, {"title": title, "body": body})

    async def finish(self, number: int, *, body: str, labels: Sequence[str]) -> None:
        """Replace the body, and label it beside what it has, in one write.

        Where GitHub does not take both together the body comes first: the mark in it is gone then, and
        labels that GitHub never takes fail one run instead of each.
        """
        changes: dict[str, object] = {"body": body}
        path = self.repository.path(f"issues/{number}")
        if labels:
            present = (await self.repository.client.get(path, IssueAnswer)).labels
            names = {name.lower(): name for name in (*labels, *(each.name for each in present))}
            changes["labels"] = list(names.values())
        self._seen.pop(number, None)
        try:
            await self.repository.client.write("PATCH", path, changes, IssueAnswer, repeatable=True)
        except (UnprocessableError, PermissionMissingError, NotFoundError):
            await self._update(number, {"body": body})
            if labels:
                await self.label(number, labels)

    async def label(self, number: int, labels: Sequence[str]) -> None:
        """Label it, beside what it has; a label that does not exist is made."""
        path = self.repository.path(f"issues/{number}/labels")
        body = {"labels": list(labels)}
        await self.repository.client.write("POST", path, body, list[LabelAnswer], repeatable=True)

    async def assign(self, number: int, logins: Sequence[str]) -> tuple[str, ...]:
        """Assign people; return whom GitHub did not take, which it passes over without a word."""
        if not logins:
            return ()
        path = self.repository.path(f"issues/{number}/assignees")
        body = {"assignees": list(logins)}
        try:
            answer = await self.repository.client.write(
                "POST", path, body, AssignedAnswer, repeatable=True
            )
        except (UnprocessableError, PermissionMissingError, NotFoundError):
            return tuple(logins)
        taken = {each.login.lower() for each in answer.assignees}
        return tuple(login for login in logins if login.lower() not in taken)

    async def ask_review(self, number: int, reviewers: Sequence[str]) -> tuple[str, ...]:
        """Ask people and teams for a review; return whom GitHub did not take.

        One whom it does not take spoils the whole request, so that each is asked alone then.
        """
        if not reviewers:
            return ()
        try:
            await self._ask_review(number, reviewers)
        except (UnprocessableError, PermissionMissingError, NotFoundError):
            if len(reviewers) == 1:
                return (reviewers[0],)
            return tuple(
                [name for each in reviewers for name in await self.ask_review(number, (each,))]
            )
        return ()

    async def _ask_review(self, number: int, reviewers: Sequence[str]) -> None:
        body = {
            "reviewers": [each for each in reviewers if "/" not in each],
            "team_reviewers": [each.partition("/")[2] for each in reviewers if "/" in each],
        }
        path = self.repository.path(f"pulls/{number}/requested_reviewers")
        await self.repository.client.write("POST", path, body, PullAnswer, repeatable=True)

    async def close(self, number: int, *, reason: str) -> None:
        """Say why, then close it. The branch is left for the person to delete."""
        answer = await self._get(number)
        if answer.state == "closed":
            return
        digest = hashlib.sha256(reason.encode()).hexdigest()[:12]
        await self.comment(number, key=f"closed:{digest}", text=reason)
        await self._update(number, {"state": "closed"})

    async def comment(
        self, number: int, *, key: str, text: str, state: Mapping[str, str] | None = None
    ) -> None:
        """Write a comment unless one of Thoth's has that key; `state` is kept hidden in it.

        Nothing in a thread that is too long to be searched for it (`MOST_COMMENTS`).
        """
        path = self.repository.path(f"issues/{number}/comments")
        body = f"{text}\n\n{comment_block(COMMENT_MARKER, {'key': key, **(state or {})})}\n"

        async def look() -> bool | None:
            comments = await self._comments(number)
            found = key in _keys(self._blocks(comments))
            return True if found or len(comments) >= MOST_COMMENTS else None

        async def act() -> bool:
            await self.repository.client.write(
                "POST", path, {"body": body}, CommentAnswer, repeatable=False
            )
            return True

        if await look() is None:
            await self.repository.client.once(act, look)

    async def take_back(self, branch: BranchName) -> None:
        """Turn off the auto-merge that Thoth turned on for the branch, if it did."""
        for answer in list(self._seen.values()):
            by = answer.auto_merge.enabled_by if answer.auto_merge is not None else None
            mine = answer.head.ref == branch and self._is_local(answer) and self._is_mine(answer)
            if mine and answer.state == "open" and by is not None and self._is_bot(by.login):
                await disable_auto_merge(self.repository.client, answer.node_id)

    def link(self, number: int) -> str:
        """Return the address of a pull request for people; empty where it is not known."""
        return f"{self.repository.page}/pull/{number}" if self.repository.page else ""

    async def view(self, number: int) -> PullView:
        """Return a pull request, anybody's, as it is now. Raises NotFoundError."""
        answer = await self._read(number)
        head = answer.head.repo
        return PullView(
            number=answer.number,
            is_open=answer.state == "open",
            head_sha=CommitSha(answer.head.sha),
            head_branch=answer.head.ref,
            base_branch=answer.base.ref,
            base_sha=CommitSha(answer.base.sha),
            from_fork=head is None or head.id != self.repository.repository_id,
            by_thoth=self._is_mine(answer),
        )

    async def changed_paths(self, number: int) -> frozenset[str]:
        """Return the paths that a pull request touches, old names too; at most 3,000 files."""
        path = self.repository.path(f"pulls/{number}/files")
        files = await self.repository.client.pages(path, FileAnswer, most_pages=30)
        old = {each.previous_filename for each in files if each.previous_filename is not None}
        return frozenset({each.filename for each in files} | old)

    async def _branches(self) -> list[BranchName]:
        """Return Thoth's branches that exist."""
        path = self.repository.path(f"git/matching-refs/heads/{quote(_COMMON_PREFIX, safe='/')}")
        refs = await self.repository.client.get(path, list[RefAnswer])
        names = [BranchName(ref.ref.removeprefix("refs/heads/")) for ref in refs]
        return [name for name in names if name.startswith(OWN_PREFIXES)]

    async def _from(self, branch: BranchName, *, state: str = "all") -> list[PullAnswer]:
        """Return the newest pull requests from a branch of this repository itself."""
        owner = self.repository.owner or self.repository.full_name.partition("/")[0]
        found = await self.repository.client.pages(
            self.repository.path("pulls"),
            PullAnswer,
            query={"head": f"{owner}:{branch}", "state": state},
            most_pages=1,
        )
        # GitHub takes a filter that it does not understand for none.
        return [each for each in found if each.head.ref == branch and self._is_local(each)]

    async def _find_open(self, branch: BranchName) -> PullAnswer | None:
        found = await self._from(branch, state="open")
        return found[0] if found else None

    def _is_local(self, answer: PullAnswer) -> bool:
        repo = answer.head.repo
        return repo is not None and repo.id == self.repository.repository_id

    def _is_mine(self, answer: PullAnswer) -> bool:
        """Return whether the App opened it."""
        return answer.user is not None and self._is_bot(answer.user.login)

    def _is_bot(self, login: str) -> bool:
        return login.lower() == f"{self.repository.bot_slug}[bot]".lower()

    async def _describe(self, answer: PullAnswer, *, newest: bool) -> PullRequest:
        """Return it as the port has it; who closed it and comments only of those that matter."""
        number = answer.number
        merged = answer.merged_at is not None
        closed = answer.state == "closed" and not merged
        blocks: list[Mapping[str, str]] = []
        if answer.state == "open":
            blocks = self._blocks(await self._comments(number))
        return PullRequest(
            number=number,
            branch=BranchName(answer.head.ref),
            base=answer.base.ref,
            title=answer.title,
            body=(answer.body or "").replace("\r\n", "\n"),
            state="merged" if merged else answer.state,
            closed_by_thoth=await self._closed_by_thoth(number) if closed and newest else False,
            comments=_keys(blocks),
            trials=tuple(block["trial"] for block in blocks if "trial" in block),
        )

    async def _closed_by_thoth(self, number: int) -> bool:
        """Return whether Thoth closed it of its own accord, not told by a person to."""
        issue = await self.repository.client.get(
            self.repository.path(f"issues/{number}"), IssueAnswer
        )
        if issue.closed_by is None or not self._is_bot(issue.closed_by.login):
            return False
        keys = _keys(self._blocks(await self._comments(number)))
        return not any(key.startswith(CLOSED_FOR_A_PERSON) for key in keys)

    async def _comments(self, number: int) -> list[CommentAnswer]:
        path = self.repository.path(f"issues/{number}/comments")
        return await self.repository.client.pages(
            path, CommentAnswer, most_pages=MOST_COMMENTS // 100
        )

    def _blocks(self, comments: Iterable[CommentAnswer]) -> list[Mapping[str, str]]:
        """Return what is kept hidden in Thoth's own comments, the oldest first."""
        blocks = (
            read_comment_block(COMMENT_MARKER, comment.body)
            for comment in comments
            if comment.user is not None and self._is_bot(comment.user.login)
        )
        return [block for block in blocks if block is not None]

    async def _get(self, number: int) -> PullAnswer:
        if number not in self._seen:
            self._seen[number] = await self._read(number)
        return self._seen[number]

    async def _read(self, number: int) -> PullAnswer:
        return await self.repository.client.get(self.repository.path(f"pulls/{number}"), PullAnswer)

    async def _update(self, number: int, changes: dict[str, str]) -> None:
        self._seen.pop(number, None)
        self._seen[number] = await self.repository.client.write(
            "PATCH",
            self.repository.path(f"pulls/{number}"),
            changes,
            PullAnswer,
            repeatable=True,
        )


def _keys(blocks: Iterable[Mapping[str, str]]) -> frozenset[str]:
    return frozenset(block["key"] for block in blocks if "key" in block)


def _normal(body: str | None) -> str:
    """Return a text as it is after GitHub has kept it: line ends and the end may differ."""
    return (body or "").replace("\r\n", "\n").rstrip()

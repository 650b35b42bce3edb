"""The history of a repository on GitHub: its files' paths, tags, and the commits since one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from bot.errors import NotFoundError
from bot.github.answers import RefAnswer, ShaAnswer, TreeAnswer

if TYPE_CHECKING:
    from bot.forge import CommitSha
    from bot.github.repository import RemoteRepository

__all__ = ["Commit", "History"]

MOST_COMMITS: Final = 300
"""That are told of; GitHub sends 100 in an answer."""


class _Message(msgspec.Struct, frozen=True):
    message: str = ""


class _CommitAnswer(msgspec.Struct, frozen=True):
    sha: str
    commit: _Message
    parents: list[ShaAnswer] = []


class _ComparisonAnswer(msgspec.Struct, frozen=True):
    total_commits: int
    commits: list[_CommitAnswer]


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. Its subject may be hostile: escape."""

    subject: str
    is_merge: bool


@dataclass(slots=True)
class History:
    """One repository's."""

    repository: RemoteRepository

    async def paths(self, commit: CommitSha) -> tuple[str, ...]:
        """Return the paths of files at a commit; of a very large repository not all of them."""
        tree = (await self.repository.commit(commit)).tree.sha
        path = self.repository.path(f"git/trees/{quote(tree)}")
        answer = await self.repository.client.get(path, TreeAnswer, query={"recursive": "1"})
        return tuple(line.path for line in answer.tree if line.type == "blob")

    async def has_tag(self, name: str) -> bool:
        """Return whether there is a tag of that name."""
        path = self.repository.path(f"git/ref/tags/{quote(name)}")
        try:
            await self.repository.client.get(path, RefAnswer)
        except NotFoundError:
            return False
        return True

    async def since(self, tag: str | None, head: CommitSha) -> tuple[tuple[Commit, ...], int]:
        """Return the commits after a tag (None: the newest ones), newest first, and how many are left."""
        found: list[_CommitAnswer] = []
        total = 0
        for page in range(1, MOST_COMMITS // 100 + 1):
            query: dict[str, str | int] = {"per_page": 100, "page": page}
            if tag is None:
                path = self.repository.path("commits")
                listed = await self.repository.client.get(
                    path, list[_CommitAnswer], query={**query, "sha": head}
                )
                return tuple(_describe(each) for each in listed), 0
            path = self.repository.path(f"compare/{quote(tag)}...{head}")
            answer = await self.repository.client.get(path, _ComparisonAnswer, query=query)
            total = answer.total_commits
            found += answer.commits
            if len(answer.commits) < 100:
                break
        # GitHub tells the oldest first.
        return tuple(_describe(each) for each in reversed(found)), max(0, total - len(found))


def _describe(answer: _CommitAnswer) -> Commit:
    return Commit(answer.commit.message.split("\n", 1)[0], len(answer.parents) > 1)

"""Reads a repository on GitHub at a commit: no clone, trees and files only as they are asked for."""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from advisor_core.errors import InputError
from bot.conversation.quoting import plain
from bot.errors import BrokenError, ConflictError, GoneError, NotFoundError
from bot.forge import MAX_FILE_BYTES, Base, BranchState, CommitSha
from bot.github.answers import (
    BlobAnswer,
    CommitAnswer,
    ComparisonAnswer,
    ListedCommitAnswer,
    RefAnswer,
    RepositoryAnswer,
    TreeAnswer,
)
from bot.tree import (
    FOLDER,
    MAX_LINK_BYTES,
    SUBMODULE,
    Entry,
    Folder,
    LinkText,
    find_entry,
    find_mode,
    list_entries,
    run_walk_async,
    too_large,
)

if TYPE_CHECKING:
    from bot.forge import BranchName
    from bot.github.client import Client

__all__ = ["RemoteRepository"]

_MOST_BLOB_BYTES: Final = 20_000_000
"""Bytes of file contents that are kept for one run; past it the ones read first are read again."""


@dataclass(slots=True)
class RemoteRepository:
    """What one job reads of a repository. What a commit or tree holds is read once."""

    client: Client
    repository_id: int
    full_name: str
    """`owner/name`; put right by `base` after the repository was renamed or moved."""
    bot_slug: str
    """Of the App; its commits are by `SLUG[bot]`."""
    owner: str = ""
    """The login of the account it belongs to; known after `base`."""
    private: bool = False
    """Known after `base`."""
    is_fork: bool = False
    """Known after `base`."""
    page: str = ""
    """Its address for people; known after `base`."""
    _commits: dict[str, CommitAnswer] = field(default_factory=dict)
    _trees: dict[str, dict[str, Entry]] = field(default_factory=dict)
    _blobs: OrderedDict[str, bytes] = field(default_factory=OrderedDict)

    def path(self, rest: str) -> str:
        """Return the API's path of something in the repository."""
        return (
            f"/repos/{quote(self.full_name)}/{rest}" if rest else f"/repos/{quote(self.full_name)}"
        )

    async def base(self) -> Base:
        """Return the default branch and its head.

        Raises GoneError when another repository has the name now, InputError when it has no commit.
        """
        found = await self.client.get(self.path(""), RepositoryAnswer)
        if found.id != self.repository_id:
            raise GoneError(
                f"GET {self.path('')}",
                "the repository does not exist any more: another one has its name",
                hint="it is not there any more, so there is nothing to do",
            )
        self.full_name, self.owner = found.full_name, found.owner.login
        self.private, self.page = found.private, found.html_url
        self.is_fork = found.fork
        if found.archived:
            raise ConflictError(
                f"GET {self.path('')}",
                "the repository is archived",
                hint="unarchive it in its settings",
            )
        try:
            head = await self.head(found.default_branch)
        except ConflictError as error:
            if "empty" not in error.detail.lower():  # what GitHub says when there is no commit yet
                raise
            head = None
        if head is None:
            raise InputError.single(
                plain(self.full_name),
                f"the default branch has no commit: {plain(found.default_branch)!r}",
                hint="commit the manifest first: Thoth reads what is committed",
            )
        return Base(found.default_branch, head)

    async def head(self, branch: str) -> CommitSha | None:
        """Return what a branch points to now, None when it does not exist."""
        try:
            ref = await self.client.get(
                self.path(f"git/ref/heads/{quote(branch, safe='/')}"), RefAnswer
            )
        except NotFoundError:
            # A repository that is gone has no branch either; what follows says so.
            return None
        return CommitSha(ref.object.sha)

    async def read_file(self, commit: CommitSha, path: str) -> bytes | None:
        """Return the content of a file at a commit, None when it does not exist there."""
        root = await self._root(commit)
        try:
            path.encode()
        except UnicodeEncodeError:
            return None  # GitHub's API cannot name it.

        async def answer(asked: Folder | LinkText) -> object:
            if isinstance(asked, Folder):
                return await self._tree(asked.sha)
            target = await self._blob(asked.entry, path, limit=MAX_LINK_BYTES)
            return target.decode("utf-8", "surrogateescape")

        entry = await run_walk_async(find_entry(root, path), answer)
        if entry is None:
            return None
        if entry.mode in {FOLDER, SUBMODULE}:
            raise InputError.single(plain(path), "not a regular file")
        return await self._blob(entry, path, limit=MAX_FILE_BYTES)

    async def list_folder(self, commit: CommitSha, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder at a commit, None when there is none there."""

        async def answer(asked: Folder | LinkText) -> object:
            if isinstance(asked, Folder):
                return await self._tree(asked.sha)
            target = await self._blob(asked.entry, folder, limit=MAX_LINK_BYTES)
            return target.decode("utf-8", "surrogateescape")

        return await run_walk_async(list_entries(await self._root(commit), folder or "."), answer)

    async def mode_of(self, commit: CommitSha, path: str) -> str:
        """Return the mode with which a file is to be written on top of a commit.

        Raises InputError when something else than a regular file is in its place.
        """
        root = await self._root(commit)

        async def answer(asked: Folder | LinkText) -> object:
            if isinstance(asked, Folder):
                return await self._tree(asked.sha)
            raise AssertionError("no link is followed")

        return await run_walk_async(find_mode(root, path), answer)

    async def commit(self, sha: str) -> CommitAnswer:
        """Return a commit; asked once."""
        if sha not in self._commits:
            self._commits[sha] = await self.client.get(
                self.path(f"git/commits/{quote(sha)}"), CommitAnswer
            )
        return self._commits[sha]

    async def recent_subjects(self, head: CommitSha) -> tuple[str, ...]:
        """Return the first lines of the messages of some commits up to one, the newest first.

        None when the answer is too large to be read: a message may have megabytes.
        """
        query: dict[str, str | int] = {"sha": head, "per_page": 50}
        try:
            listed = await self.client.get(
                self.path("commits"), list[ListedCommitAnswer], query=query
            )
        except BrokenError:
            return ()
        return tuple(each.commit.message.partition("\n")[0] for each in listed)

    async def branch_state(self, branch: BranchName, base: Base) -> BranchState | None:
        """Return the branch as seen from the base, None when it does not exist."""
        head = await self.head(branch)
        if head is None:
            return None
        commit = await self.commit(head)
        parent = CommitSha(commit.parents[0].sha) if commit.parents else None
        return BranchState(
            branch=branch,
            head=head,
            parent=parent,
            fork=await self._fork(base.head, head, parent),
            foreign=self._foreign(commit),
        )

    async def _fork(
        self, base: CommitSha, head: CommitSha, parent: CommitSha | None
    ) -> CommitSha | None:
        """Return the newest commit that both have, None when they share none."""
        if base == head:
            return head
        if base == parent:
            return parent
        # The second page of one commit each: files with their diffs are on the first only.
        # https://docs.github.com/rest/commits/commits#compare-two-commits
        path = self.path(f"compare/{base}...{head}")
        try:
            found = await self.client.get(path, ComparisonAnswer, query={"per_page": 1, "page": 2})
        except NotFoundError:
            return None
        return CommitSha(found.merge_base_commit.sha)

    def _foreign(self, commit: CommitAnswer) -> str | None:
        """Return who wrote a commit, None when it is the App's own, as GitHub made it.

        GitHub names the App's bot as author and itself as committer. A person who amends, rebases,
        merges or adds to the commit becomes its committer, its author or its second parent's.
        """
        mine = f"+{self.bot_slug}[bot]@users.noreply."
        by_bot = mine in commit.author.email
        by_github = commit.committer.email.startswith("noreply@") or mine in commit.committer.email
        if by_bot and by_github and len(commit.parents) < 2:
            return None
        named = commit.author if by_github else commit.committer
        return named.name or "somebody"

    async def _root(self, commit: CommitSha) -> str:
        return (await self.commit(commit)).tree.sha

    async def _tree(self, sha: str) -> dict[str, Entry]:
        """Return what a folder holds, by name.

        The first folder asked for is the root: it is fetched with all below it. When that is more
        than GitHub sends at once, each folder is fetched when it is asked for.
        https://docs.github.com/rest/git/trees#get-a-tree
        """
        if sha in self._trees:
            return self._trees[sha]
        path = self.path(f"git/trees/{quote(sha)}")
        whole = await self.client.get(path, TreeAnswer, query={"recursive": "1"})
        if whole.truncated:
            whole = await self.client.get(path, TreeAnswer)
            if whole.truncated:
                raise InputError.single(
                    plain(self.full_name),
                    "a folder holds more files than GitHub tells of",
                    hint="manifests and lockfiles in a folder of this size are not read",
                )
            self._trees[sha] = {
                line.path: Entry(line.mode, line.sha, line.size) for line in whole.tree
            }
            return self._trees[sha]
        folders = {"": sha}
        found: dict[str, dict[str, Entry]] = {sha: {}}
        for line in whole.tree:  # A folder comes before what is in it.
            above, _, name = line.path.rpartition("/")
            found[folders[above]][name] = Entry(line.mode, line.sha, line.size)
            if line.mode == FOLDER:
                folders[line.path] = line.sha
                found.setdefault(line.sha, {})
        self._trees |= found
        return self._trees[sha]

    async def _blob(self, entry: Entry, path: str, *, limit: int) -> bytes:
        if entry.size is not None and entry.size > limit:
            raise too_large(path, size=entry.size, limit=limit)
        kept = self._blobs.get(entry.sha)
        if kept is not None:
            return kept
        action = self.path(f"git/blobs/{quote(entry.sha)}")
        blob = await self.client.get(action, BlobAnswer)
        try:
            content = base64.b64decode(blob.content) if blob.encoding == "base64" else None
        except binascii.Error:
            content = None
        if content is None:
            raise BrokenError(f"GET {action}", "the file's content is not Base64")
        if len(content) > limit:
            raise too_large(path, size=len(content), limit=limit)
        self._blobs[entry.sha] = content
        while sum(map(len, self._blobs.values())) > _MOST_BLOB_BYTES:
            self._blobs.popitem(last=False)
        return content

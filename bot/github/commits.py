"""Writes a commit with the Git Data API and points a branch to it.

No author, committer or signature is sent, so GitHub signs the commit as the App's:
https://docs.github.com/authentication/managing-commit-signature-verification
(Signature verification for bots).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from bot.errors import BranchMovedError, UnprocessableError
from bot.forge import CommitSha
from bot.github.answers import CommitAnswer, RefAnswer, ShaAnswer

if TYPE_CHECKING:
    from bot.forge import NewCommit
    from bot.github.repository import RemoteRepository

__all__ = ["write_commit"]

_MOST_INLINE_BYTES: Final = 1_000_000
"""Up to this size a text file is sent with its tree, which saves a request."""


async def write_commit(repository: RemoteRepository, commit: NewCommit) -> CommitSha:
    """Write the commit and point the branch to it; return its id.

    Raises BranchMovedError when the branch is not where the commit expects it.
    """
    client = repository.client
    if await repository.head(commit.branch) != commit.expected_head:
        raise BranchMovedError(commit.branch, expected=commit.expected_head)
    tree = await client.write(
        "POST",
        repository.path("git/trees"),
        {
            "base_tree": (await repository.commit(commit.parent)).tree.sha,
            "tree": [await _tree_line(repository, commit, path) for path in sorted(commit.files)],
        },
        ShaAnswer,
        repeatable=True,
    )
    # Nothing shows a commit that no branch has, so one too many does no harm.
    written = await client.write(
        "POST",
        repository.path("git/commits"),
        {"message": commit.message, "tree": tree.sha, "parents": [commit.parent]},
        CommitAnswer,
        repeatable=True,
    )
    return await _move(repository, commit, written.sha)


async def _tree_line(repository: RemoteRepository, commit: NewCommit, path: str) -> dict[str, str]:
    """Return a changed file as the tree wants it; the content too when it is text."""
    mode = await repository.mode_of(commit.parent, path)
    line = {"path": path, "mode": mode, "type": "blob"}
    content = commit.files[path]
    if len(content) <= _MOST_INLINE_BYTES and b"\0" not in content:
        try:
            return {**line, "content": content.decode()}
        except UnicodeDecodeError:
            pass
    blob = await repository.client.write(
        "POST",
        repository.path("git/blobs"),
        {"content": base64.b64encode(content).decode(), "encoding": "base64"},
        ShaAnswer,
        repeatable=True,
    )
    return {**line, "sha": blob.sha}


async def _move(repository: RemoteRepository, commit: NewCommit, sha: str) -> CommitSha:
    """Point the branch to a commit if it is still where it is expected to be.

    GitHub's REST API compares nothing, so the branch is read right before it is moved.
    """

    async def look() -> CommitSha | None:
        head = await repository.head(commit.branch)
        if head == sha:
            return head
        if head != commit.expected_head:
            raise BranchMovedError(commit.branch, expected=commit.expected_head)
        return None

    async def act() -> CommitSha:
        body: dict[str, object] = {"sha": sha}
        if commit.expected_head is None:
            method, path = "POST", "git/refs"
            body["ref"] = f"refs/heads/{commit.branch}"
        else:
            # It is a fast-forward only on a person's branch: each of Thoth's own stands alone on the base.
            method, path = "PATCH", f"git/refs/heads/{quote(commit.branch, safe='/')}"
            body["force"] = commit.parent != commit.expected_head
        ref = await repository.client.write(
            method, repository.path(path), body, RefAnswer, repeatable=False
        )
        return CommitSha(ref.object.sha)

    found = await look()
    if found is not None:
        return found
    try:
        return await repository.client.once(act, look)
    except UnprocessableError as error:
        found = await look()
        if found is not None:
            return found
        raise UnprocessableError(
            error.action,
            error.detail,
            hint=f"a rule of the repository, or a branch in its place, forbids {commit.branch!r}: "
            "let the App write branches that begin with `thoth/`",
        ) from error

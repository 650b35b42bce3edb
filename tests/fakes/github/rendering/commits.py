"""Commits, in the shapes of the Git Data API, the commits API and webhooks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fakes.github.clock import format_time
from fakes.github.diffs import changed_paths
from fakes.github.rendering.accounts import html_url, render_account
from fakes.github.rendering.repositories import repository_url
from fakes.github.store import EMPTY_TREE
from fakes.github.world import node_id

if TYPE_CHECKING:
    from fakes.github.commit_object import Signature, StoredCommit
    from fakes.github.diffs import FileChange
    from fakes.github.state import Account, Repository
    from fakes.github.world import World

__all__ = [
    "render_commit",
    "render_file_change",
    "render_git_commit",
    "render_pushed_commit",
    "render_simple_commit",
]


def _time_of(signature: Signature) -> str:
    return format_time(datetime.fromtimestamp(signature.timestamp, UTC))


def _person(signature: Signature) -> dict[str, str]:
    return {"name": signature.name, "email": signature.email, "date": _time_of(signature)}


def _verification(world: World, commit: StoredCommit) -> dict[str, Any]:
    """See https://docs.github.com/rest/git/commits (Signature verification object)."""
    verified, reason = world.verification(commit.signature, commit.payload)
    return {
        "verified": verified,
        "reason": reason,
        "signature": commit.signature,
        "payload": commit.payload if commit.signature else None,
        "verified_at": _time_of(commit.committer) if verified else None,
    }


def _account_of(world: World, signature: Signature) -> Account | None:
    """The account is found by the address, as on GitHub."""
    local, _, domain = signature.email.partition("@")
    if domain != "users.noreply.github.com":
        return None
    return world.accounts.get(local.partition("+")[2].lower())


def render_git_commit(world: World, repository: Repository, commit: StoredCommit) -> dict[str, Any]:
    """Return a `git-commit`."""
    url = f"{repository_url(world, repository)}/git/commits"
    page = html_url(f"{repository.full_name}/commit")
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": f"{url}/{commit.sha}",
        "html_url": f"{page}/{commit.sha}",
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "tree": {
            "sha": commit.tree,
            "url": f"{repository_url(world, repository)}/git/trees/{commit.tree}",
        },
        "message": commit.message,
        "parents": [
            {"sha": parent, "url": f"{url}/{parent}", "html_url": f"{page}/{parent}"}
            for parent in commit.parents
        ],
        "verification": _verification(world, commit),
    }


def render_commit(
    world: World,
    repository: Repository,
    commit: StoredCommit,
    *,
    files: list[FileChange] | None = None,
) -> dict[str, Any]:
    """Return a `commit`; with `files` when it was asked for alone."""
    url = f"{repository_url(world, repository)}/commits"
    page = html_url(f"{repository.full_name}/commit")
    author = _account_of(world, commit.author)
    committer = _account_of(world, commit.committer)
    result: dict[str, Any] = {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "commit": {
            "author": _person(commit.author),
            "committer": _person(commit.committer),
            "message": commit.message,
            "tree": {
                "sha": commit.tree,
                "url": f"{repository_url(world, repository)}/git/trees/{commit.tree}",
            },
            "url": f"{repository_url(world, repository)}/git/commits/{commit.sha}",
            "comment_count": 0,
            "verification": _verification(world, commit),
        },
        "url": f"{url}/{commit.sha}",
        "html_url": f"{page}/{commit.sha}",
        "comments_url": f"{url}/{commit.sha}/comments",
        "author": None if author is None else render_account(world, author),
        "committer": None if committer is None else render_account(world, committer),
        "parents": [
            {"sha": parent, "url": f"{url}/{parent}", "html_url": f"{page}/{parent}"}
            for parent in commit.parents
        ],
    }
    if files is not None:
        additions = sum(change.additions for change in files)
        deletions = sum(change.deletions for change in files)
        result["stats"] = {
            "additions": additions,
            "deletions": deletions,
            "total": additions + deletions,
        }
        result["files"] = [
            render_file_change(world, repository, commit.sha, change) for change in files
        ]
    return result


def render_file_change(
    world: World, repository: Repository, sha: str, change: FileChange
) -> dict[str, Any]:
    """Return a `diff-entry`."""
    contents = f"{repository_url(world, repository)}/contents/{change.path}?ref={sha}"
    result: dict[str, Any] = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": html_url(f"{repository.full_name}/blob/{sha}/{change.path}"),
        "raw_url": html_url(f"{repository.full_name}/raw/{sha}/{change.path}"),
        "contents_url": contents,
    }
    if change.patch is not None:
        result["patch"] = change.patch
    if change.previous_path is not None:
        result["previous_filename"] = change.previous_path
    return result


def render_simple_commit(commit: StoredCommit) -> dict[str, Any]:
    """Return a `simple-commit`, as it stands in check suites."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": _time_of(commit.committer),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def render_pushed_commit(repository: Repository, commit: StoredCommit) -> dict[str, Any]:
    """Return a commit as it stands in a push event, with the paths it touched."""
    parent = commit.parents[0] if commit.parents else EMPTY_TREE
    return {
        **render_simple_commit(commit),
        "distinct": True,
        "url": html_url(f"{repository.full_name}/commit/{commit.sha}"),
        **changed_paths(repository.store, parent, commit.sha),
    }

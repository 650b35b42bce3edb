"""Pull requests: in lists, alone, and as checks name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.clock import format_time
from fakes.github.diffs import changed_files
from fakes.github.rendering.accounts import html_url, render_account
from fakes.github.rendering.issues import (
    association,
    optional_account,
    optional_time,
    render_label,
)
from fakes.github.rendering.repositories import render_repository, repository_url
from fakes.github.world import node_id

if TYPE_CHECKING:
    from fakes.github.state import Issue, PullRequest, Repository
    from fakes.github.world import World

__all__ = [
    "is_mergeable",
    "pull_commits",
    "render_pull",
    "render_pull_minimal",
    "render_pull_simple",
]


def is_mergeable(repository: Repository, pull: PullRequest) -> bool:
    """Whether git merges head into base without a conflict."""
    base = repository.refs.get(f"refs/heads/{pull.base_ref}")
    return base is not None and repository.store.merge(base, pull.head_sha) is not None


def _ask(world: World, repository: Repository, pull: PullRequest, asked: bool) -> bool | None:
    """Return whether it is mergeable, or None while GitHub works that out in the background.

    https://docs.github.com/rest/pulls/pulls#get-a-pull-request: ask again later.
    """
    question = (pull.base_sha, pull.head_sha)
    if not world.mergeable_at_once and question not in world.mergeability_asked:
        if asked:
            world.mergeability_asked.add(question)
        return None
    return is_mergeable(repository, pull)


def pull_commits(repository: Repository, pull: PullRequest) -> list[str]:
    """Return the commits of a pull request, oldest first."""
    return repository.store.log(pull.head_sha, exclude=pull.base_sha)[::-1]


def _side(world: World, repository: Repository, ref: str, sha: str) -> dict[str, Any]:
    return {
        "label": f"{repository.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": render_account(world, repository.owner),
        "repo": None if repository.deleted else render_repository(world, repository),
    }


def render_pull_simple(
    world: World, repository: Repository, issue: Issue, pull: PullRequest
) -> dict[str, Any]:
    """Return a `pull-request-simple`."""
    base = repository_url(world, repository)
    url = f"{base}/pulls/{issue.number}"
    page = html_url(f"{repository.full_name}/pull/{issue.number}")
    links = {
        "self": url,
        "html": page,
        "issue": f"{base}/issues/{issue.number}",
        "comments": f"{base}/issues/{issue.number}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{base}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{base}/statuses/{pull.head_sha}",
    }
    # Webhooks' descriptions of assignees lack what those of other accounts have.
    assignees = [
        {
            key: value
            for key, value in render_account(world, account).items()
            if key != "user_view_type"
        }
        for account in issue.assignees
    ]
    return {
        "id": issue.id,
        "node_id": node_id("PullRequest", issue.id),
        "url": url,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": links["issue"],
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": links["statuses"],
        "number": issue.number,
        "state": issue.state,
        "locked": issue.locked,
        "title": issue.title,
        "user": render_account(world, issue.user),
        "body": issue.body,
        "labels": [
            # In a pull request of a list the description is a text, says GitHub's description.
            {**render_label(world, repository, label), "description": label.description or ""}
            for label in issue.labels
        ],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": format_time(issue.created_at),
        "updated_at": format_time(issue.updated_at),
        "closed_at": optional_time(issue.closed_at),
        "merged_at": optional_time(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [render_account(world, account) for account in pull.reviewers],
        "requested_teams": [],
        "head": _side(world, pull.head_repository, pull.head_ref, pull.head_sha),
        "base": _side(world, repository, pull.base_ref, pull.base_sha),
        "_links": {name: {"href": address} for name, address in links.items()},
        "author_association": association(repository, issue.user),
        "auto_merge": _auto_merge(world, pull),
        "draft": pull.draft,
    }


def _auto_merge(world: World, pull: PullRequest) -> dict[str, Any] | None:
    if pull.auto_merge is None:
        return None
    by, method = pull.auto_merge
    return {
        "enabled_by": render_account(world, by),
        "merge_method": method,
        "commit_title": "",
        "commit_message": "",
    }


def render_pull(
    world: World, repository: Repository, issue: Issue, pull: PullRequest, *, asked: bool = True
) -> dict[str, Any]:
    """Return a `pull-request`, with what only git can tell; `asked` is False for events."""
    merged = pull.merged_at is not None
    mergeable = None if merged or issue.state == "closed" else _ask(world, repository, pull, asked)
    states = {None: "unknown", True: "clean", False: "dirty"}
    start = repository.store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    files = changed_files(repository.store, start, pull.head_sha)
    return {
        **render_pull_simple(world, repository, issue, pull),
        "merged": merged,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": "draft" if pull.draft and mergeable else states[mergeable],
        "merged_by": optional_account(world, pull.merged_by),
        "comments": len(issue.comments),
        "review_comments": 0,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": len(pull_commits(repository, pull)),
        "additions": sum(change.additions for change in files),
        "deletions": sum(change.deletions for change in files),
        "changed_files": len(files),
    }


def render_pull_minimal(
    world: World, repository: Repository, issue: Issue, pull: PullRequest
) -> dict[str, Any]:
    """Return a `pull-request-minimal`, as it stands in checks."""

    def side(of: Repository, ref: str, sha: str) -> dict[str, Any]:
        repo = {"id": of.id, "url": repository_url(world, of), "name": of.name}
        return {"ref": ref, "sha": sha, "repo": repo}

    return {
        "id": issue.id,
        "number": issue.number,
        "url": f"{repository_url(world, repository)}/pulls/{issue.number}",
        "head": side(pull.head_repository, pull.head_ref, pull.head_sha),
        "base": side(repository, pull.base_ref, pull.base_sha),
    }

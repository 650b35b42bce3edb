"""Issues, pull requests, comments, labels and reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakes.github.clock import format_time
from fakes.github.rendering.accounts import api_url, html_url, render_account, render_acting_app
from fakes.github.rendering.repositories import repository_url
from fakes.github.world import node_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from fakes.github.state import Account, Comment, Issue, Label, Reaction, Repository
    from fakes.github.world import World

__all__ = [
    "REACTIONS",
    "association",
    "optional_account",
    "optional_time",
    "render_comment",
    "render_issue",
    "render_label",
    "render_reaction",
]

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def association(repository: Repository, account: Account) -> str:
    """Return how a person is related to a repository; it proves no right to write."""
    if account is repository.owner:
        return "OWNER"
    return "COLLABORATOR" if account.login.lower() in repository.collaborators else "NONE"


def optional_time(moment: datetime | None) -> str | None:
    """Return a time as text, or None."""
    return None if moment is None else format_time(moment)


def optional_account(world: World, account: Account | None) -> dict[str, Any] | None:
    """Return a `simple-user`, or None."""
    return None if account is None else render_account(world, account)


def render_label(world: World, repository: Repository, label: Label) -> dict[str, Any]:
    """Return a `label`."""
    return {
        "id": label.id,
        "node_id": node_id("Label", label.id),
        "url": f"{repository_url(world, repository)}/labels/{quote(label.name, safe='')}",
        "name": label.name,
        "color": label.color,
        "default": label.name in {"bug", "enhancement"},
        "description": label.description,
    }


def render_reaction(world: World, reaction: Reaction) -> dict[str, Any]:
    """Return a `reaction`."""
    return {
        "id": reaction.id,
        "node_id": node_id("Reaction", reaction.id),
        "user": render_account(world, reaction.user),
        "content": reaction.content,
        "created_at": format_time(reaction.created_at),
    }


def _rollup(url: str, reactions: Sequence[Reaction]) -> dict[str, Any]:
    counts = {
        content: sum(reaction.content == content for reaction in reactions) for content in REACTIONS
    }
    return {"url": f"{url}/reactions", "total_count": len(reactions), **counts}


def render_comment(
    world: World, repository: Repository, issue: Issue, comment: Comment
) -> dict[str, Any]:
    """Return an `issue-comment`."""
    base = repository_url(world, repository)
    url = f"{base}/issues/comments/{comment.id}"
    kind = "pull" if issue.pull else "issues"
    page = html_url(f"{repository.full_name}/{kind}/{issue.number}#issuecomment-{comment.id}")
    return {
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "url": url,
        "html_url": page,
        "issue_url": f"{base}/issues/{issue.number}",
        "body": comment.body,
        "user": render_account(world, comment.user),
        "created_at": format_time(comment.created_at),
        "updated_at": format_time(comment.updated_at),
        "author_association": association(repository, comment.user),
        "performed_via_github_app": render_acting_app(world) if comment.via_app else None,
        "reactions": _rollup(url, comment.reactions),
    }


def render_issue(world: World, repository: Repository, issue: Issue) -> dict[str, Any]:
    """Return an `issue`; a pull request's has `pull_request`."""
    base = repository_url(world, repository)
    url = f"{base}/issues/{issue.number}"
    kind = "pull" if issue.pull else "issues"
    page = html_url(f"{repository.full_name}/{kind}/{issue.number}")
    assignees = [render_account(world, account) for account in issue.assignees]
    result: dict[str, Any] = {
        "id": issue.id,
        "node_id": node_id("Issue", issue.id),
        "url": url,
        "repository_url": base,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": page,
        "number": issue.number,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "title": issue.title,
        "body": issue.body,
        "user": render_account(world, issue.user),
        "labels": [render_label(world, repository, label) for label in issue.labels],
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "locked": issue.locked,
        "active_lock_reason": None,
        "comments": len(issue.comments),
        "created_at": format_time(issue.created_at),
        "updated_at": format_time(issue.updated_at),
        "closed_at": optional_time(issue.closed_at),
        "author_association": association(repository, issue.user),
        "performed_via_github_app": render_acting_app(world) if issue.via_app else None,
        "reactions": _rollup(url, issue.reactions),
    }
    if issue.pull is not None:
        result["draft"] = issue.pull.draft
        result["pull_request"] = {
            "url": api_url(world, f"repos/{repository.full_name}/pulls/{issue.number}"),
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": optional_time(issue.pull.merged_at),
        }
    return result

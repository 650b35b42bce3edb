"""Comments on issues and pull requests.

https://docs.github.com/rest/issues/comments
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from fakes.github.errors import not_found
from fakes.github.operations.lookup import find_issue
from fakes.github.operations.pulls import check_text
from fakes.github.pages import integer, page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.issues import render_comment, render_issue
from fakes.github.state import Comment

if TYPE_CHECKING:
    from fakes.github.state import Account, Issue, Repository
    from fakes.github.world import World


def emit_comment(
    world: World,
    repository: Repository,
    issue: Issue,
    comment: Comment,
    action: str,
    *,
    actor: Account,
    **more: object,
) -> None:
    """Send an `issue_comment` event; its issue has `pull_request` if it is one."""
    fields = {
        "issue": render_issue(world, repository, issue),
        "comment": render_comment(world, repository, issue, comment),
        **more,
    }
    world.webhooks.emit("issue_comment", action, fields, repository=repository, sender=actor)


def add_comment(
    world: World, repository: Repository, issue: Issue, body: str, *, actor: Account, via_app: bool
) -> Comment:
    """Add a comment."""
    now = world.clock.now()
    comment = Comment(world.next_id(), body, actor, via_app, now, now)
    issue.comments.append(comment)
    issue.updated_at = now
    emit_comment(world, repository, issue, comment, "created", actor=actor)
    return comment


def find_comment(request: Request) -> tuple[Issue, Comment]:
    """Return the comment that the path names and its issue, or raise a 404."""
    identifier = integer(request.parameters["comment_id"])
    for issue in request.repository.issues.values():
        for comment in issue.comments:
            if comment.id == identifier:
                return issue, comment
    raise not_found()


@operation("issues/list-comments", "issues:read", "pull_requests:read")
def list_comments(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/comments#list-issue-comments: oldest first."""
    world, repository = request.world, request.repository
    issue = find_issue(request)
    found = issue.comments
    if "since" in request.query:
        since = datetime.fromisoformat(request.query["since"])
        found = [comment for comment in found if comment.updated_at >= since]
    return page_of(
        request, found, lambda comment: render_comment(world, repository, issue, comment)
    )


@operation("issues/create-comment", "issues:write", "pull_requests:write")
def create_comment(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/comments#create-an-issue-comment."""
    world, repository = request.world, request.repository
    issue = find_issue(request, write=True)
    check_text("IssueComment", None, request.body["body"])
    comment = add_comment(
        world, repository, issue, request.body["body"], actor=request.actor, via_app=True
    )
    rendered = render_comment(world, repository, issue, comment)
    return Response(201, rendered, headers={"Location": rendered["url"]})


@operation("issues/get-comment", "issues:read", "pull_requests:read")
def get_comment(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/comments#get-an-issue-comment."""
    issue, comment = find_comment(request)
    return Response(body=render_comment(request.world, request.repository, issue, comment))


@operation("issues/update-comment", "issues:write", "pull_requests:write")
def update_comment(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/comments#update-an-issue-comment."""
    world, repository = request.world, request.repository
    issue, comment = find_comment(request)
    check_text("IssueComment", None, request.body["body"])
    edit_comment(world, repository, issue, comment, request.body["body"], actor=request.actor)
    return Response(body=render_comment(world, repository, issue, comment))


def edit_comment(
    world: World,
    repository: Repository,
    issue: Issue,
    comment: Comment,
    body: str,
    *,
    actor: Account,
) -> None:
    """Change the text of a comment."""
    before, comment.body = comment.body, body
    comment.updated_at = world.clock.now()
    changes = {"body": {"from": before}}
    emit_comment(world, repository, issue, comment, "edited", actor=actor, changes=changes)


@operation("issues/delete-comment", "issues:write", "pull_requests:write")
def delete_comment(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/comments#delete-an-issue-comment."""
    issue, comment = find_comment(request)
    emit_comment(request.world, request.repository, issue, comment, "deleted", actor=request.actor)
    issue.comments.remove(comment)
    return Response(204, media_type=None)

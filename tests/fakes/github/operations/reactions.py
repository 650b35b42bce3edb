"""Reactions to issues, pull requests and comments.

https://docs.github.com/rest/reactions/reactions
"""

from __future__ import annotations

from fakes.github.errors import not_found
from fakes.github.operations.comments import find_comment
from fakes.github.operations.lookup import find_issue
from fakes.github.pages import integer, page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.issues import render_reaction
from fakes.github.state import Reaction


def _list(request: Request, reactions: list[Reaction]) -> Response:
    wanted = request.query.get("content")
    found = [reaction for reaction in reactions if wanted in {None, reaction.content}]
    return page_of(request, found, lambda reaction: render_reaction(request.world, reaction))


def _create(request: Request, reactions: list[Reaction]) -> Response:
    """The same reaction of the same person twice is one, and 200 instead of 201."""
    content = request.body["content"]
    for reaction in reactions:
        if reaction.user is request.actor and reaction.content == content:
            return Response(body=render_reaction(request.world, reaction))
    world = request.world
    reaction = Reaction(world.next_id(), content, request.actor, world.clock.now())
    reactions.append(reaction)
    return Response(201, render_reaction(world, reaction))


@operation("reactions/list-for-issue", "issues:read", "pull_requests:read")
def list_issue_reactions(request: Request) -> Response:
    """Do https://docs.github.com/rest/reactions/reactions#list-reactions-for-an-issue."""
    return _list(request, find_issue(request).reactions)


@operation("reactions/create-for-issue", "issues:write", "pull_requests:write")
def create_issue_reaction(request: Request) -> Response:
    """Do https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue."""
    return _create(request, find_issue(request, write=True).reactions)


@operation("reactions/list-for-issue-comment", "issues:read", "pull_requests:read")
def list_comment_reactions(request: Request) -> Response:
    """Do https://docs.github.com/rest/reactions/reactions#list-reactions-for-an-issue-comment."""
    return _list(request, find_comment(request)[1].reactions)


@operation("reactions/create-for-issue-comment", "issues:write", "pull_requests:write")
def create_comment_reaction(request: Request) -> Response:
    """Do https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue-comment."""
    return _create(request, find_comment(request)[1].reactions)


@operation("reactions/delete-for-issue-comment", "issues:write", "pull_requests:write")
def delete_comment_reaction(request: Request) -> Response:
    """Do https://docs.github.com/rest/reactions/reactions#delete-an-issue-comment-reaction."""
    _, comment = find_comment(request)
    identifier = integer(request.parameters["reaction_id"])
    for reaction in comment.reactions:
        if reaction.id == identifier:
            comment.reactions.remove(reaction)
            return Response(204, media_type=None)
    raise not_found()

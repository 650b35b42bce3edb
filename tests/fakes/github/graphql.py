"""The two GraphQL mutations that the App uses: turning auto-merge on and off.

https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.access import reaches
from fakes.github.world import node_id

if TYPE_CHECKING:
    from fakes.github.state import Issue, Repository, Token
    from fakes.github.world import World

__all__ = ["change_auto_merge"]


def change_auto_merge(world: World, token: Token, body: Any) -> dict[str, Any]:
    """Return GitHub's answer to a mutation."""
    query, variables = body["query"], body["variables"]
    found = _find(world, token, variables["pull"])
    if found is None:
        return _fault("NOT_FOUND", "Could not resolve to a node with that global id")
    repository, issue = found
    pull = issue.pull
    assert pull is not None
    if "disablePullRequestAutoMerge" in query:
        if pull.auto_merge is None:
            return _fault("UNPROCESSABLE", "Can't disable auto-merge for this pull request.")
        pull.auto_merge = None
        return {"data": {"disablePullRequestAutoMerge": {"clientMutationId": None}}}
    assert "enablePullRequestAutoMerge" in query, query
    if not repository.allow_auto_merge:
        return _fault("UNPROCESSABLE", "Auto merge is not allowed for this repository")
    if variables["head"] != pull.head_sha:
        return _fault("UNPROCESSABLE", "The expected head commit is not the current one")
    if not repository.needs_review or pull.approved:
        return _fault("UNPROCESSABLE", "Pull request Pull request is in clean status")
    pull.auto_merge = (world.app.bot, variables["method"].lower())
    return {"data": {"enablePullRequestAutoMerge": {"clientMutationId": None}}}


def _find(world: World, token: Token, identifier: str) -> tuple[Repository, Issue] | None:
    for repository in world.repositories:
        for issue in repository.issues.values():
            is_it = issue.pull is not None and node_id("PullRequest", issue.id) == identifier
            if is_it and reaches(world, token, repository):
                return repository, issue
    return None


def _fault(kind: str, message: str) -> dict[str, Any]:
    return {"data": None, "errors": [{"type": kind, "message": message}]}

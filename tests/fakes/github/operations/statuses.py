"""Commit statuses.

https://docs.github.com/rest/commits/statuses
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.errors import ApiError, validation_failed
from fakes.github.operations.commits import get_known
from fakes.github.pages import page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.checks import render_status
from fakes.github.rendering.commits import render_commit
from fakes.github.rendering.repositories import render_minimal_repository, repository_url
from fakes.github.state import CommitStatus

if TYPE_CHECKING:
    from fakes.github.state import Account, Repository
    from fakes.github.world import World

MOST_PER_CONTEXT = 1000

LONGEST_DESCRIPTION = 140


def add_status(
    world: World,
    repository: Repository,
    sha: str,
    *,
    state: str,
    context: str,
    actor: Account,
    description: str | None = None,
    target_url: str | None = None,
) -> dict[str, Any]:
    """Add a status to a commit, tell the App, and return the status as GitHub shows it."""
    status = CommitStatus(
        id=world.next_id(),
        sha=sha,
        state=state,
        context=context,
        description=description,
        target_url=target_url,
        creator=actor,
        created_at=world.clock.now(),
    )
    repository.statuses.append(status)
    rendered = render_status(world, repository, status)
    fields = {key: rendered[key] for key in rendered if key not in {"node_id", "url", "creator"}}
    commit = repository.store.commit(sha)
    assert commit is not None
    at = {"sha": sha, "url": f"{repository_url(world, repository)}/commits/{sha}"}
    branches = [
        {"name": ref.removeprefix("refs/heads/"), "commit": at, "protected": False}
        for ref, head in repository.refs.all().items()
        if head == sha and ref.startswith("refs/heads/")
    ]
    fields |= {"sha": sha, "name": repository.full_name, "branches": branches}
    fields["commit"] = render_commit(world, repository, commit)
    world.webhooks.emit("status", None, fields, repository=repository, sender=actor)
    return rendered


@operation("repos/create-commit-status", "statuses:write")
def create_status(request: Request) -> Response:
    """Do https://docs.github.com/rest/commits/statuses#create-a-commit-status."""
    world, repository, body = request.world, request.repository, request.body
    sha = request.parameters["sha"]
    commit = repository.store.commit(sha)
    if commit is None:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    if len(body.get("description") or "") > LONGEST_DESCRIPTION:
        message = f"description is too long (maximum is {LONGEST_DESCRIPTION} characters)"
        raise validation_failed("Status", "description", "custom", message)
    context = body.get("context", "default")
    earlier = [one for one in repository.statuses if one.sha == sha and one.context == context]
    if len(earlier) >= MOST_PER_CONTEXT:
        raise validation_failed("Status", None, "custom", "This SHA and context has too many")
    rendered = add_status(
        world,
        repository,
        sha,
        state=body["state"],
        context=context,
        description=body.get("description"),
        target_url=body.get("target_url"),
        actor=request.actor,
    )
    return Response(201, rendered, headers={"Location": rendered["url"]})


@operation("repos/list-commit-statuses-for-ref", "statuses:read")
def list_statuses(request: Request) -> Response:
    """Do https://docs.github.com/rest/commits/statuses (List commit statuses ...): newest first."""
    world, repository = request.world, request.repository
    sha = get_known(repository, request.parameters["ref"]).sha
    found = [status for status in reversed(repository.statuses) if status.sha == sha]
    return page_of(request, found, lambda status: render_status(world, repository, status))


@operation("repos/get-combined-status-for-ref", "statuses:read")
def get_combined_status(request: Request) -> Response:
    """Do https://docs.github.com/rest/commits/statuses (Get the combined status ...)."""
    world, repository = request.world, request.repository
    sha = get_known(repository, request.parameters["ref"]).sha
    latest = {status.context: status for status in repository.statuses if status.sha == sha}
    states = {status.state for status in latest.values()}
    if states & {"error", "failure"}:
        state = "failure"
    else:
        state = "success" if states == {"success"} else "pending"
    url = f"{repository_url(world, repository)}/commits/{sha}"
    body = {
        "state": state,
        "sha": sha,
        "total_count": len(latest),
        "statuses": [
            render_status(world, repository, status, simple=True) for status in latest.values()
        ],
        "repository": render_minimal_repository(world, repository),
        "commit_url": url,
        "url": f"{url}/status",
    }
    return Response(body=body)

"""Repositories, branches, protection and what people may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.access import granted
from fakes.github.errors import ApiError, not_found
from fakes.github.pages import page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.accounts import html_url, render_account
from fakes.github.rendering.commits import render_commit
from fakes.github.rendering.repositories import render_full_repository, repository_url

if TYPE_CHECKING:
    from fakes.github.state import Repository
    from fakes.github.world import World


@operation("repos/get", "metadata:read")
def get_repository(request: Request) -> Response:
    """Do https://docs.github.com/rest/repos/repos#get-a-repository."""
    assert request.token is not None
    level = granted(request.world, request.token).get("contents", "read")
    return Response(body=render_full_repository(request.world, request.repository, level=level))


@operation("repos/list-branches", "contents:read")
def list_branches(request: Request) -> Response:
    """Do https://docs.github.com/rest/branches/branches#list-branches."""
    repository = request.repository
    url = repository_url(request.world, repository)
    branches = [
        {
            "name": name.removeprefix("refs/heads/"),
            "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
            "protected": name.removeprefix("refs/heads/") in repository.protected,
        }
        for name, sha in repository.refs.all().items()
        if name.startswith("refs/heads/")
    ]
    if "protected" in request.query:
        wanted = request.query["protected"] == "true"
        branches = [branch for branch in branches if branch["protected"] is wanted]
    return page_of(request, branches, lambda branch: branch)


@operation("repos/get-branch", "contents:read")
def get_branch(request: Request) -> Response:
    """Do https://docs.github.com/rest/branches/branches#get-a-branch."""
    world, repository = request.world, request.repository
    name = request.parameters["branch"]
    sha = repository.refs.get(f"refs/heads/{name}")
    commit = repository.store.commit(sha) if sha else None
    if commit is None:
        raise ApiError(404, "Branch not found")
    url = f"{repository_url(world, repository)}/branches/{name}"
    body = {
        "name": name,
        "commit": render_commit(world, repository, commit),
        "_links": {"html": html_url(f"{repository.full_name}/tree/{name}"), "self": url},
        "protected": name in repository.protected,
        "protection": _protection(world, repository, name),
        "protection_url": f"{url}/protection",
    }
    return Response(body=body)


def _protection(world: World, repository: Repository, branch: str) -> dict[str, Any]:
    if branch not in repository.protected:
        return {"enabled": False}
    url = f"{repository_url(world, repository)}/branches/{branch}/protection"
    checks = repository.protected[branch]
    return {
        "url": url,
        "enabled": True,
        "required_status_checks": {
            "url": f"{url}/required_status_checks",
            "strict": False,
            "contexts": checks,
            "contexts_url": f"{url}/required_status_checks/contexts",
            "checks": [{"context": context, "app_id": None} for context in checks],
        },
    }


@operation("repos/get-branch-protection", "administration:read")
def get_branch_protection(request: Request) -> Response:
    """Do https://docs.github.com/rest/branches/branch-protection#get-branch-protection."""
    branch = request.parameters["branch"]
    if branch not in request.repository.protected:
        raise ApiError(404, "Branch not protected")
    return Response(body=_protection(request.world, request.repository, branch))


@operation("repos/get-collaborator-permission-level", "metadata:read")
def get_role(request: Request) -> Response:
    """Do https://docs.github.com/rest/collaborators/collaborators (... permissions for a user).

    `permission` knows only admin, write, read and none: maintain counts as write, triage as read.
    """
    world, repository = request.world, request.repository
    account = world.accounts.get(request.parameters["username"].lower())
    if account is None:
        raise not_found()
    role = world.role(repository, account)
    permission = {"maintain": "write", "triage": "read"}.get(role, role)
    rights = {
        "admin": role == "admin",
        "maintain": role in {"maintain", "admin"},
        "push": role in {"write", "maintain", "admin"},
        "triage": role in {"triage", "write", "maintain", "admin"},
        "pull": role != "none",
    }
    user = {**render_account(world, account), "role_name": role, "permissions": rights}
    return Response(body={"permission": permission, "role_name": role, "user": user})

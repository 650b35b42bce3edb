"""The App, its installations and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.clock import format_time
from fakes.github.errors import ApiError, not_found
from fakes.github.installing import suspend, uninstall, unsuspend
from fakes.github.pages import integer, page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.accounts import render_app, render_installation
from fakes.github.rendering.repositories import render_full_repository, render_repository
from fakes.github.world import LEVELS

if TYPE_CHECKING:
    from fakes.github.state import Installation, Repository


@operation("apps/get-authenticated", credential="app")
def get_app(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps#get-the-authenticated-app."""
    count = sum(not found.deleted for found in request.world.installations)
    return Response(body={**render_app(request.world), "installations_count": count})


@operation("apps/create-from-manifest", credential="none")
def convert_manifest(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest.

    A code is good for one hour and once.
    """
    code = request.world.manifest_codes.pop(request.parameters["code"], None)
    if code is None or (request.world.clock.now() - code.made_at).total_seconds() > 3600:
        raise not_found()
    app = request.world.app
    body = {
        **render_app(request.world),
        "name": code.manifest.get("name", app.name),
        "client_secret": request.world.random_text(40),
        "webhook_secret": app.webhook_secret,
        "pem": app.private_key_pem,
    }
    return Response(201, body)


@operation("apps/list-installations", credential="app")
def list_installations(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps#list-installations-for-the-authenticated-app."""
    world = request.world
    found = [installation for installation in world.installations if not installation.deleted]
    return page_of(request, found, lambda one: render_installation(world, one))


def _installation(request: Request) -> Installation:
    found = request.world.installation(integer(request.parameters["installation_id"]))
    if found is None:
        raise not_found()
    return found


@operation("apps/get-installation", credential="app")
def get_installation(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps#get-an-installation-for-the-authenticated-app."""
    return Response(body=render_installation(request.world, _installation(request)))


@operation("apps/get-repo-installation", credential="app")
def get_repository_installation(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps#get-a-repository-installation."""
    found = request.world.installation_of(request.repository)
    if found is None:
        raise not_found()
    return Response(body=render_installation(request.world, found))


@operation("apps/delete-installation", credential="app")
def delete_installation(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps#delete-an-installation."""
    installation = _installation(request)
    uninstall(request.world, installation, request.actor)
    return Response(204, media_type=None)


@operation("apps/suspend-installation", credential="app")
def suspend_installation(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps#suspend-an-app-installation."""
    suspend(request.world, _installation(request), request.actor)
    return Response(204, media_type=None)


@operation("apps/unsuspend-installation", credential="app")
def unsuspend_installation(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps#unsuspend-an-app-installation."""
    unsuspend(request.world, _installation(request), request.actor)
    return Response(204, media_type=None)


@operation("apps/create-installation-access-token", credential="app")
def create_token(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/apps (Create an installation access token ...)."""
    world = request.world
    installation = _installation(request)
    if installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    wanted: dict[str, Any] = request.body or {}
    permissions = _wanted_permissions(installation, wanted.get("permissions"))
    repositories = _wanted_repositories(request, installation, wanted)
    token = world.new_token(installation, permissions=permissions, repositories=repositories)
    body: dict[str, Any] = {
        "token": token.text,
        "expires_at": format_time(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected" if repositories else installation.selection,
    }
    if repositories is not None:
        body["repositories"] = [render_repository(world, found) for found in repositories]
    return Response(201, body)


def _wanted_permissions(
    installation: Installation, wanted: dict[str, str] | None
) -> dict[str, str]:
    if wanted is None:
        return dict(installation.permissions)
    held = {"metadata": "read", **installation.permissions}
    for name, level in wanted.items():
        if LEVELS.index(level) > LEVELS.index(held.get(name, "none")):
            raise ApiError(422, "The permissions requested are not granted to this installation.")
    return {"metadata": "read", **wanted}


def _wanted_repositories(
    request: Request, installation: Installation, wanted: dict[str, Any]
) -> list[Repository] | None:
    if "repositories" not in wanted and "repository_ids" not in wanted:
        return None
    names = {name.lower() for name in wanted.get("repositories", ())}
    identifiers = set(wanted.get("repository_ids", ()))
    chosen = [
        repository
        for repository in request.world.reach(installation)
        if repository.name.lower() in names or repository.id in identifiers
    ]
    found_names = {repository.name.lower() for repository in chosen}
    if names - found_names or identifiers - {repository.id for repository in chosen}:
        raise ApiError(
            422,
            "There is at least one repository that does not exist or is not accessible to the "
            "parent installation.",
        )
    return chosen


@operation("apps/revoke-installation-access-token")
def revoke_token(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/installations#revoke-an-installation-access-token."""
    assert request.token is not None
    request.token.revoked = True
    return Response(204, media_type=None)


@operation("apps/list-repos-accessible-to-installation")
def list_repositories(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/installations (List repositories accessible ...)."""
    world, token = request.world, request.token
    assert token is not None
    found = [
        repository
        for repository in world.reach(request.installation)
        if token.repositories is None or repository in token.repositories
    ]
    level = token.permissions.get("contents", "read")
    return page_of(
        request,
        found,
        lambda repository: _listed(request, repository, level),
        key="repositories",
        extra={"repository_selection": request.installation.selection},
    )


def _listed(request: Request, repository: Repository, level: str) -> dict[str, Any]:
    """A `repository` with what the token may do, but without what only `GET /repos` tells."""
    full = render_full_repository(request.world, repository, level=level)
    return {**render_repository(request.world, repository), "permissions": full["permissions"]}

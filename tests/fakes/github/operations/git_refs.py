"""The Git Data API's references.

https://docs.github.com/rest/git/refs
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakes.github.changes import move_ref
from fakes.github.errors import ApiError, not_found
from fakes.github.operations.git_objects import refuse_empty
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.repositories import repository_url
from fakes.github.store import GitError
from fakes.github.world import node_id

if TYPE_CHECKING:
    from fakes.github.state import Repository


def _render(request: Request, name: str, sha: str) -> dict[str, Any]:
    url = f"{repository_url(request.world, request.repository)}/git"
    found = request.repository.store.read(sha)
    kind = found[0] if found else "commit"
    return {
        "ref": name,
        "node_id": node_id("Ref", f"{request.repository.id}:{name}"),
        "url": f"{url}/{quote(name)}",
        "object": {"type": kind, "sha": sha, "url": f"{url}/{kind}s/{sha}"},
    }


@operation("git/get-ref", "contents:read")
def get_ref(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/refs#get-a-reference."""
    refuse_empty(request.repository)
    name = f"refs/{request.parameters['ref']}"
    sha = request.repository.refs.all().get(name)
    if sha is None:
        raise not_found()
    return Response(body=_render(request, name, sha))


@operation("git/list-matching-refs", "contents:read")
def list_matching_refs(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/refs#list-matching-references: all with that prefix."""
    refuse_empty(request.repository)
    prefix = f"refs/{request.parameters['ref']}"
    found = request.repository.refs.all().items()
    return Response(
        body=[_render(request, name, sha) for name, sha in found if name.startswith(prefix)]
    )


def refuse_protected(repository: Repository, name: str) -> None:
    """Raise the 422 that a direct change of a protected branch gets."""
    if name.removeprefix("refs/heads/") in repository.protected:
        raise ApiError(422, "Changes must be made through a pull request.")


@operation("git/create-ref", "contents:write")
def create_ref(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/refs#create-a-reference."""
    repository = request.repository
    refuse_empty(repository)
    name, sha = request.body["ref"], request.body["sha"]
    if not name.startswith("refs/") or name.count("/") < 2:
        raise ApiError(422, "Reference name must start with 'refs/' and have at least two slashes")
    known = repository.refs.all()
    if name in known:
        raise ApiError(422, "Reference already exists")
    if repository.store.commit(sha) is None:
        raise ApiError(422, "Object does not exist")
    _move(request, name, sha)
    rendered = _render(request, name, sha)
    return Response(201, rendered, headers={"Location": rendered["url"]})


@operation("git/update-ref", "contents:write")
def update_ref(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/refs#update-a-reference: fast-forwards unless forced."""
    repository = request.repository
    refuse_empty(repository)
    name, sha = f"refs/{request.parameters['ref']}", request.body["sha"]
    old = repository.refs.get(name)
    if old is None:
        raise ApiError(422, "Reference does not exist")
    refuse_protected(repository, name)
    if repository.store.commit(sha) is None:
        raise ApiError(422, "Object does not exist")
    if not request.body.get("force", False) and not repository.store.is_ancestor(old, sha):
        raise ApiError(422, "Update is not a fast forward")
    _move(request, name, sha)
    return Response(body=_render(request, name, sha))


@operation("git/delete-ref", "contents:write")
def delete_ref(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/refs#delete-a-reference."""
    repository = request.repository
    refuse_empty(repository)
    name = f"refs/{request.parameters['ref']}"
    if repository.refs.get(name) is None:
        raise ApiError(422, "Reference does not exist")
    refuse_protected(repository, name)
    if name == f"refs/heads/{repository.default_branch}":
        raise ApiError(422, "Cannot delete the default branch")
    _move(request, name, None)
    return Response(204, media_type=None)


def _move(request: Request, name: str, sha: str | None) -> None:
    try:
        move_ref(request.world, request.repository, name, sha, actor=request.actor)
    except GitError as error:
        raise ApiError(422, f"{name} is not a valid ref name.") from error

"""A repository's files as a tarball."""

from __future__ import annotations

from fakes.github.errors import not_found
from fakes.github.operations.commits import find_commit
from fakes.github.registry import Request, Response, operation


@operation("repos/download-tarball-archive", "contents:read")
def get_tarball(request: Request) -> Response:
    """Do https://docs.github.com/rest/repos/contents (Download a repository archive (tar)).

    A redirect to an address that holds its own short-lived right.
    """
    world, repository = request.world, request.repository
    ref = request.parameters.get("ref") or repository.default_branch
    sha = find_commit(repository, ref)
    if sha is None:
        raise not_found()
    code = world.random_text(20)
    world.archives[code] = (repository, sha)
    address = f"{world.origin}/_codeload/{repository.full_name}/legacy.tar.gz/{sha}?token={code}"
    return Response(302, media_type=None, headers={"Location": address})

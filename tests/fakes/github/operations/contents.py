"""Files by path.

https://docs.github.com/rest/repos/contents
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakes.github.changes import move_ref
from fakes.github.errors import ApiError, not_found
from fakes.github.operations.commits import find_commit
from fakes.github.operations.git_objects import wrap_base64, write_commit
from fakes.github.operations.git_refs import refuse_protected
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.accounts import html_url
from fakes.github.rendering.commits import render_git_commit
from fakes.github.rendering.repositories import repository_url
from fakes.github.store import TreeEntry

if TYPE_CHECKING:
    from fakes.github.state import Repository

LARGEST_INLINE = 1024 * 1024
"""Past it `content` is empty, `encoding` is `none`, and only the raw media type gives the file."""

LARGEST = 100 * 1024 * 1024


def _entry(repository: Repository, tree: str, path: str) -> TreeEntry | None:
    entry = TreeEntry("040000", "tree", tree, None, "")
    for step in path.split("/"):
        if entry.kind != "tree":
            return None
        inside = {one.path: one for one in repository.store.entries(entry.sha)}
        if step not in inside:
            return None
        entry = inside[step]
    return entry


def _render(request: Request, entry: TreeEntry, path: str, ref: str) -> dict[str, Any]:
    repository = request.repository
    base = repository_url(request.world, repository)
    kind = {"tree": "dir", "commit": "submodule"}.get(entry.kind, "file")
    if entry.mode == "120000":
        kind = "symlink"
    url = f"{base}/contents/{quote(path)}?ref={quote(ref, safe='')}"
    view = "tree" if kind == "dir" else "blob"
    page = html_url(f"{repository.full_name}/{view}/{quote(ref)}/{quote(path)}")
    git = f"{base}/git/{entry.kind}s/{entry.sha}" if kind != "submodule" else None
    raw = f"{request.world.origin}/raw/{repository.full_name}/{quote(ref)}/{quote(path)}"
    return {
        "type": kind,
        "size": entry.size or 0,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": raw if kind in {"file", "symlink"} else None,
        "_links": {"self": url, "git": git, "html": page},
    }


@operation("repos/get-content", "contents:read")
def get_content(request: Request) -> Response:
    """Do https://docs.github.com/rest/repos/contents#get-repository-content."""
    repository, store = request.repository, request.repository.store
    ref = request.query.get("ref", repository.default_branch)
    if not repository.refs.all():
        raise ApiError(404, "This repository is empty.")
    sha = find_commit(repository, ref)
    commit = store.commit(sha) if sha else None
    if commit is None:
        raise ApiError(404, f"No commit found for the ref {ref}")
    path = request.parameters["path"].strip("/")
    root = TreeEntry("040000", "tree", commit.tree, None, "")
    entry = _entry(repository, commit.tree, path) if path else root
    if entry is None:
        raise not_found()
    if entry.kind == "tree":
        prefix = f"{path}/" if path else ""
        listed = [_render(request, one, prefix + one.path, ref) for one in store.entries(entry.sha)]
        return Response(body=listed)
    data = store.blob(entry.sha) or b""
    if len(data) > LARGEST:
        raise ApiError(403, "This API returns blobs up to 100 MB in size.")
    if request.accepts("application/vnd.github.raw"):
        return Response(body=data, media_type="application/vnd.github.raw")
    rendered = _render(request, entry, path, ref)
    if rendered["type"] == "symlink":
        return Response(body={**rendered, "target": data.decode()})
    small = len(data) <= LARGEST_INLINE
    content = {
        "content": wrap_base64(data) if small else "",
        "encoding": "base64" if small else "none",
    }
    return Response(body={**rendered, **content})


@operation("repos/create-or-update-file-contents", "contents:write")
def put_file(request: Request) -> Response:
    """Do https://docs.github.com/rest/repos/contents#create-or-update-file-contents."""
    repository, store, body = request.repository, request.repository.store, request.body
    branch, parent = _branch(request)
    path = request.parameters["path"]
    commit = store.commit(parent) if parent else None
    old = _entry(repository, commit.tree, path) if commit else None
    if old is not None:
        _check_sha(path, old, body.get("sha"))
    try:
        data = b64decode(body["content"], validate=False)
    except Base64Error as error:
        raise ApiError(422, "content is not valid Base64") from error
    blob = store.write("blob", data)
    mode = old.mode if old else "100644"
    tree = store.write_tree(commit.tree if commit else None, [(mode, path, blob)])
    new = _commit(request, branch, parent, tree)
    entry = TreeEntry(mode, "blob", blob, len(data), path)
    content = _render(request, entry, path, branch)
    return Response(200 if old else 201, {"content": content, "commit": new})


@operation("repos/delete-file", "contents:write")
def delete_file(request: Request) -> Response:
    """Do https://docs.github.com/rest/repos/contents#delete-a-file."""
    repository, store = request.repository, request.repository.store
    branch, parent = _branch(request)
    path = request.parameters["path"]
    commit = store.commit(parent) if parent else None
    old = _entry(repository, commit.tree, path) if commit else None
    if commit is None or old is None:
        raise not_found()
    _check_sha(path, old, request.body["sha"])
    tree = store.write_tree(commit.tree, [(old.mode, path, None)])
    return Response(body={"content": None, "commit": _commit(request, branch, parent, tree)})


def _branch(request: Request) -> tuple[str, str | None]:
    repository = request.repository
    branch = request.body.get("branch", repository.default_branch)
    refuse_protected(repository, f"refs/heads/{branch}")
    head = repository.refs.get(f"refs/heads/{branch}")
    if head is None and repository.refs.all():
        raise ApiError(404, f"Branch {branch} not found")
    return branch, head


def _check_sha(path: str, old: TreeEntry, sha: str | None) -> None:
    if sha is None:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if sha != old.sha:
        raise ApiError(409, f"{path} does not match {sha}")


def _commit(request: Request, branch: str, parent: str | None, tree: str) -> dict[str, Any]:
    repository, body = request.repository, request.body
    sha = write_commit(
        request,
        tree=tree,
        parents=[parent] if parent else [],
        message=body["message"],
        author=body.get("author"),
        committer=body.get("committer"),
    )
    move_ref(request.world, repository, f"refs/heads/{branch}", sha, actor=request.actor)
    commit = repository.store.commit(sha)
    assert commit is not None
    return render_git_commit(request.world, repository, commit)

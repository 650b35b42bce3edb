"""The Git Data API's objects: blobs, trees and commits.

https://docs.github.com/rest/git
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fakes.github.commit_object import Signature
from fakes.github.errors import ApiError, not_found, validation_failed
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.commits import render_git_commit
from fakes.github.rendering.repositories import repository_url
from fakes.github.store import EMPTY_TREE, GitError
from fakes.github.world import node_id

if TYPE_CHECKING:
    from fakes.github.state import Repository
    from fakes.github.store import TreeEntry

MODES = {"100644", "100755", "040000", "160000", "120000"}

LARGEST_BLOB = 100 * 1024 * 1024

LARGEST_TREE_ENTRIES = 100_000
"""Past it `truncated` is true; https://docs.github.com/rest/git/trees#get-a-tree."""


def refuse_empty(repository: Repository) -> None:
    """Raise the 409 that the Git Data API gives for a repository without a commit."""
    if not repository.refs.all():
        raise ApiError(409, "Git Repository is empty.")


@operation("git/create-blob", "contents:write")
def create_blob(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/blobs#create-a-blob."""
    repository = request.repository
    refuse_empty(repository)
    data = request.body["content"].encode()
    if request.body.get("encoding", "utf-8") == "base64":
        try:
            data = b64decode(data.replace(b"\n", b""), validate=True)
        except Base64Error as error:
            raise ApiError(422, "content is not valid Base64") from error
    if len(data) > LARGEST_BLOB:
        raise ApiError(422, "Blob is too large")
    sha = repository.store.write("blob", data)
    url = f"{repository_url(request.world, repository)}/git/blobs/{sha}"
    return Response(201, {"sha": sha, "url": url}, headers={"Location": url})


@operation("git/get-blob", "contents:read")
def get_blob(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/blobs#get-a-blob."""
    repository, sha = request.repository, request.parameters["file_sha"]
    refuse_empty(repository)
    data = repository.store.blob(sha)
    if data is None:
        raise not_found()
    if request.accepts("application/vnd.github.raw"):
        return Response(body=data, media_type="application/vnd.github.raw")
    body = {
        "sha": sha,
        "node_id": node_id("Blob", sha),
        "size": len(data),
        "url": f"{repository_url(request.world, repository)}/git/blobs/{sha}",
        "content": wrap_base64(data),
        "encoding": "base64",
    }
    return Response(body=body)


def wrap_base64(data: bytes) -> str:
    """Return Base64 in lines of 60, as GitHub sends it."""
    text = b64encode(data).decode()
    return "".join(f"{text[start : start + 60]}\n" for start in range(0, len(text), 60))


def _render_tree(
    request: Request, sha: str, entries: list[TreeEntry], *, recursive: bool = False
) -> dict[str, Any]:
    url = f"{repository_url(request.world, request.repository)}/git"
    listed = []
    for entry in entries[:LARGEST_TREE_ENTRIES]:
        line: dict[str, Any] = {
            "path": entry.path,
            "mode": entry.mode,
            "type": entry.kind,
            "sha": entry.sha,
        }
        if entry.kind == "blob":
            line["size"] = entry.size
        if entry.kind != "commit":
            line["url"] = f"{url}/{entry.kind}s/{entry.sha}"
        listed.append(line)
    return {
        "sha": sha,
        "url": f"{url}/trees/{sha}",
        "tree": listed,
        "truncated": len(entries) > LARGEST_TREE_ENTRIES,
    }


def find_tree(repository: Repository, text: str) -> str | None:
    """Return the tree named by a tree's or commit's sha or a branch."""
    store = repository.store
    at = repository.refs.get(f"refs/heads/{text}") or text
    commit = store.commit(at)
    if commit is not None:
        return commit.tree
    return at if at == EMPTY_TREE or store.has("tree", at) else None


@operation("git/get-tree", "contents:read")
def get_tree(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/trees#get-a-tree."""
    repository = request.repository
    refuse_empty(repository)
    tree = find_tree(repository, request.parameters["tree_sha"])
    if tree is None:
        raise not_found()
    entries = repository.store.entries(tree, recursive="recursive" in request.query)
    return Response(body=_render_tree(request, tree, entries))


@operation("git/create-tree", "contents:write")
def create_tree(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/trees#create-a-tree."""
    repository = request.repository
    refuse_empty(repository)
    store = repository.store
    base = None
    if request.body.get("base_tree") is not None:
        base = find_tree(repository, request.body["base_tree"])
        if base is None:
            raise validation_failed("Tree", "base_tree", "invalid", "base_tree is not a valid tree")
    changes: list[tuple[str, str, str | None]] = []
    for entry in request.body["tree"]:
        changes.append(_tree_change(repository, entry))
    try:
        tree = store.write_tree(base, changes)
    except GitError as error:
        raise ApiError(422, "tree.path contains a malformed path component") from error
    body = _render_tree(request, tree, store.entries(tree))
    return Response(201, body, headers={"Location": body["url"]})


def _tree_change(repository: Repository, entry: dict[str, Any]) -> tuple[str, str, str | None]:
    mode, path = entry.get("mode", ""), entry.get("path", "")
    if mode not in MODES:
        raise ApiError(422, "Must supply a valid tree.mode")
    if "content" in entry and "sha" in entry:
        raise ApiError(422, "Must supply either tree.sha or tree.content")
    if "content" in entry:
        return mode, path, repository.store.write("blob", entry["content"].encode())
    if "sha" not in entry:
        raise ApiError(422, "Must supply either tree.sha or tree.content")
    sha = entry["sha"]
    kind = "tree" if mode == "040000" else "blob"
    if sha is not None and mode != "160000" and not repository.store.has(kind, sha):
        raise ApiError(422, f"tree.sha {sha} is not a valid {kind}")
    return mode, path, sha


@operation("git/get-commit", "contents:read")
def get_commit(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/commits#get-a-commit-object."""
    repository = request.repository
    refuse_empty(repository)
    commit = repository.store.commit(request.parameters["commit_sha"])
    if commit is None:
        raise not_found()
    return Response(body=render_git_commit(request.world, repository, commit))


@operation("git/create-commit", "contents:write")
def create_commit(request: Request) -> Response:
    """Do https://docs.github.com/rest/git/commits#create-a-commit.

    GitHub signs it only when author, committer and signature are all left to GitHub:
    https://docs.github.com/authentication/managing-commit-signature-verification
    (Signature verification for bots).
    """
    repository, body = request.repository, request.body
    refuse_empty(repository)
    if not repository.store.has("tree", body["tree"]):
        raise ApiError(422, "Tree SHA does not exist")
    for parent in body.get("parents", ()):
        if repository.store.commit(parent) is None:
            raise ApiError(422, f"Parent SHA does not exist or is not a commit object: {parent}")
    sha = write_commit(
        request,
        tree=body["tree"],
        parents=body.get("parents", []),
        message=body["message"],
        author=body.get("author"),
        committer=body.get("committer"),
        signature=body.get("signature"),
    )
    commit = repository.store.commit(sha)
    assert commit is not None
    rendered = render_git_commit(request.world, repository, commit)
    return Response(201, rendered, headers={"Location": rendered["url"]})


def write_commit(
    request: Request,
    *,
    tree: str,
    parents: list[str],
    message: str,
    author: dict[str, str] | None,
    committer: dict[str, str] | None,
    signature: str | None = None,
) -> str:
    """Store the commit of a request, signed by GitHub if nobody is named in it."""
    world = request.world
    named = author is not None or committer is not None or signature is not None
    myself = world.identity(request.actor)
    if not named:
        github = Signature("GitHub", "noreply@github.com", myself.timestamp)
        return request.repository.store.write_commit(
            tree=tree,
            parents=parents,
            author=myself,
            committer=github,
            message=message,
            sign=world.sign,
        )
    written = _read_person(author, myself)
    return request.repository.store.write_commit(
        tree=tree,
        parents=parents,
        author=written,
        committer=_read_person(committer, written),
        message=message,
        sign=None if signature is None else (lambda _: signature or ""),
    )


def _read_person(person: dict[str, str] | None, default: Signature) -> Signature:
    if person is None:
        return default
    try:
        date = person.get("date")
        moment = datetime.fromisoformat(date).timestamp() if date else default.timestamp
    except ValueError as error:
        raise ApiError(422, "Invalid date") from error
    return Signature(person["name"], person["email"], int(moment))

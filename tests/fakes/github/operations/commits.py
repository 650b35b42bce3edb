"""Commits, comparisons and the pull requests of a commit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fakes.github.diffs import changed_files, patch_text
from fakes.github.errors import ApiError, not_found
from fakes.github.pages import page_of, parse_page
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.accounts import html_url
from fakes.github.rendering.commits import render_commit, render_file_change
from fakes.github.rendering.pulls import pull_commits, render_pull_simple
from fakes.github.rendering.repositories import repository_url
from fakes.github.store import EMPTY_TREE

if TYPE_CHECKING:
    from fakes.github.commit_object import StoredCommit
    from fakes.github.state import Repository

MOST_COMPARED_FILES = 300
"""https://docs.github.com/rest/commits/commits#compare-two-commits"""


def find_commit(repository: Repository, text: str) -> str | None:
    """Return the sha of a commit named by branch, tag, full ref or (abbreviated) sha, or None."""
    refs = repository.refs.all()
    for name in (f"refs/heads/{text}", f"refs/tags/{text}", f"refs/{text}", text):
        if name in refs:
            return repository.store.resolve(refs[name])
    return repository.store.resolve(text)


def get_known(repository: Repository, text: str) -> StoredCommit:
    """Return a commit; raises the 422 that GitHub gives for one that it does not know."""
    if not repository.refs.all():
        raise ApiError(409, "Git Repository is empty.")
    sha = find_commit(repository, text)
    commit = repository.store.commit(sha) if sha else None
    if commit is None:
        raise ApiError(422, f"No commit found for SHA: {text}")
    return commit


@operation("repos/get-commit", "contents:read")
def get_commit(request: Request) -> Response:
    """Do https://docs.github.com/rest/commits/commits#get-a-commit."""
    repository = request.repository
    commit = get_known(repository, request.parameters["ref"])
    if request.accepts("application/vnd.github.sha"):
        return Response(body=commit.sha, media_type="application/vnd.github.sha")
    parent = commit.parents[0] if commit.parents else EMPTY_TREE
    if request.accepts("application/vnd.github.diff"):
        text = patch_text(repository.store, parent, commit.sha)
        return Response(body=text, media_type="application/vnd.github.diff")
    files = changed_files(repository.store, parent, commit.sha)
    return Response(body=render_commit(request.world, repository, commit, files=files))


@operation("repos/list-commits", "contents:read")
def list_commits(request: Request) -> Response:
    """Do https://docs.github.com/rest/commits/commits#list-commits."""
    repository = request.repository
    if not repository.refs.all():
        raise ApiError(409, "Git Repository is empty.")
    start = find_commit(repository, request.query.get("sha", repository.default_branch))
    if start is None:
        raise not_found()
    shas = repository.store.log(start, path=request.query.get("path"))
    commits = [commit for sha in shas if (commit := repository.store.commit(sha))]
    for name, keep in (("since", 1), ("until", -1)):
        if name in request.query:
            moment = datetime.fromisoformat(request.query[name]).astimezone(UTC).timestamp()
            commits = [
                commit for commit in commits if (commit.committer.timestamp - moment) * keep >= 0
            ]
    author = request.query.get("author")
    if author is not None:
        commits = [
            commit for commit in commits if author in {commit.author.name, commit.author.email}
        ]
    return page_of(request, commits, lambda one: render_commit(request.world, repository, one))


@operation("repos/list-pull-requests-associated-with-commit", "pull_requests:read")
def list_commit_pulls(request: Request) -> Response:
    """Do https://docs.github.com/rest/commits/commits (List pull requests ... with a commit)."""
    world, repository = request.world, request.repository
    commit = get_known(repository, request.parameters["commit_sha"])
    found = [
        (issue, issue.pull)
        for issue in repository.issues.values()
        if issue.pull is not None
        and (
            commit.sha == issue.pull.merge_commit_sha
            or commit.sha in pull_commits(repository, issue.pull)
        )
    ]
    return page_of(request, found, lambda pair: render_pull_simple(world, repository, *pair))


@operation("repos/compare-commits-with-basehead", "contents:read")
def compare(request: Request) -> Response:
    """Do https://docs.github.com/rest/commits/commits#compare-two-commits: from the merge base."""
    world, repository, store = request.world, request.repository, request.repository.store
    base_name, dots, head_name = request.parameters["basehead"].partition("...")
    if not dots:
        raise not_found()
    sides = []
    for name in (base_name, head_name):
        sha = find_commit(_side_repository(request, name), name.rpartition(":")[2])
        commit = store.commit(sha) if sha else None
        if commit is None:
            raise not_found()
        sides.append(commit)
    base, head = sides
    start = store.merge_base(base.sha, head.sha)
    if start is None:
        raise ApiError(404, f"No common ancestor between {base_name} and {head_name}.")
    if request.accepts("application/vnd.github.diff"):
        text = patch_text(store, start, head.sha)
        return Response(body=text, media_type="application/vnd.github.diff")
    ahead = store.log(head.sha, exclude=base.sha)[::-1]
    behind = store.log(base.sha, exclude=head.sha)
    page, size = parse_page(request)
    shown = ahead[(page - 1) * size : page * size]
    states = {(0, 0): "identical", (1, 0): "ahead", (0, 1): "behind", (1, 1): "diverged"}
    merge_base = store.commit(start)
    assert merge_base is not None
    files = changed_files(store, start, head.sha)[:MOST_COMPARED_FILES]
    url = f"{repository_url(world, repository)}/compare/{base_name}...{head_name}"
    page_url = html_url(f"{repository.full_name}/compare/{base_name}...{head_name}")
    body: dict[str, Any] = {
        "url": url,
        "html_url": page_url,
        "permalink_url": page_url,
        "diff_url": f"{page_url}.diff",
        "patch_url": f"{page_url}.patch",
        "base_commit": render_commit(world, repository, base),
        "merge_base_commit": render_commit(world, repository, merge_base),
        "status": states[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [
            render_commit(world, repository, commit)
            for sha in shown
            if (commit := store.commit(sha))
        ],
    }
    if page == 1:
        body["files"] = [render_file_change(world, repository, head.sha, one) for one in files]
    return Response(body=body)


def _side_repository(request: Request, name: str) -> Repository:
    """`owner:branch` names a branch of a fork."""
    owner, colon, _ = name.partition(":")
    if not colon or owner.lower() == request.repository.owner.login.lower():
        return request.repository
    for repository in request.world.repositories:
        same_network = repository.store is request.repository.store and not repository.deleted
        if same_network and repository.owner.login.lower() == owner.lower():
            return repository
    raise not_found()

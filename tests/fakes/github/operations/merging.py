"""Merging pull requests.

https://docs.github.com/rest/pulls/pulls#merge-a-pull-request
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.github.changes import close_issue, move_ref
from fakes.github.commit_object import Signature
from fakes.github.errors import ApiError
from fakes.github.operations.git_refs import refuse_protected
from fakes.github.operations.pulls import find_pull
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.pulls import is_mergeable

if TYPE_CHECKING:
    from fakes.github.state import Account, Issue, Repository
    from fakes.github.world import World


@operation("pulls/check-if-merged", "pull_requests:read")
def check_merged(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/pulls#check-if-a-pull-request-has-been-merged."""
    _, pull = find_pull(request)
    return Response(404 if pull.merged_at is None else 204, media_type=None)


@operation("pulls/merge", "contents:write")
def merge_pull(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/pulls#merge-a-pull-request."""
    world, repository = request.world, request.repository
    issue, pull = find_pull(request)
    body = request.body or {}
    if body.get("sha", pull.head_sha) != pull.head_sha:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    refuse_protected(repository, f"refs/heads/{pull.base_ref}")
    sha = merge(
        world,
        repository,
        issue,
        actor=request.actor,
        method=body.get("merge_method", "merge"),
        title=body.get("commit_title"),
        message=body.get("commit_message"),
    )
    return Response(
        body={"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
    )


def merge(
    world: World,
    repository: Repository,
    issue: Issue,
    *,
    actor: Account,
    method: str = "merge",
    title: str | None = None,
    message: str | None = None,
) -> str:
    """Merge the branch's present commit and return the merge's sha, or raise a 405."""
    pull = issue.pull
    assert pull is not None
    if issue.state == "closed" or pull.draft or not is_mergeable(repository, pull):
        raise ApiError(405, "Pull Request is not mergeable")
    if repository.needs_review and not pull.approved:
        raise ApiError(
            405, "At least 1 approving review is required by reviewers with write access."
        )
    if method == "rebase":
        raise ApiError(405, "Rebase merges are not allowed on this repository.")
    base = repository.refs.get(f"refs/heads/{pull.base_ref}")
    assert base is not None
    tree = repository.store.merge(base, pull.head_sha)
    assert tree is not None
    label = f"{pull.head_repository.owner.login}/{pull.head_ref}"
    default = f"Merge pull request #{issue.number} from {label}"
    if method == "squash":
        default = f"{issue.title} (#{issue.number})"
    myself = world.identity(actor)
    sha = repository.store.write_commit(
        tree=tree,
        parents=[base] if method == "squash" else [base, pull.head_sha],
        author=myself,
        committer=Signature("GitHub", "noreply@github.com", myself.timestamp),
        message=f"{title or default}\n\n{message or issue.title}",
        sign=world.sign,
    )
    pull.merged_at, pull.merged_by = world.clock.now(), actor
    pull.merge_commit_sha = sha
    close_issue(world, repository, issue, actor)
    move_ref(world, repository, f"refs/heads/{pull.base_ref}", sha, actor=actor)
    return sha

"""Pull requests.

https://docs.github.com/rest/pulls/pulls
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.changes import close_issue, emit_pull
from fakes.github.diffs import changed_files
from fakes.github.errors import ApiError, not_found, validation_failed
from fakes.github.pages import integer, page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.commits import render_commit, render_file_change
from fakes.github.rendering.pulls import (
    pull_commits,
    render_pull,
    render_pull_simple,
)
from fakes.github.state import Issue, PullRequest

if TYPE_CHECKING:
    from fakes.github.state import Account, Repository
    from fakes.github.world import World

LONGEST_BODY = 65_536
"""In characters; GitHub refuses longer texts of issues, pull requests and comments."""


LONGEST_TITLE = 256


def check_text(resource: str, title: str | None, body: str | None) -> None:
    """Raise a 422 for a title or text that is too long."""
    if title is not None and len(title) > LONGEST_TITLE:
        message = f"title is too long (maximum is {LONGEST_TITLE} characters)"
        raise validation_failed(resource, "title", "custom", message)
    if body is not None and len(body) > LONGEST_BODY:
        message = f"body is too long (maximum is {LONGEST_BODY} characters)"
        raise validation_failed(resource, "body", "custom", message)


def find_pull(request: Request) -> tuple[Issue, PullRequest]:
    """Return the pull request that the path names, or raise a 404."""
    issue = request.repository.issues.get(integer(request.parameters["pull_number"]))
    if issue is None or issue.pull is None:
        raise not_found()
    return issue, issue.pull


def find_head(world: World, repository: Repository, head: str) -> tuple[Repository, str, str]:
    """Return repository, branch and sha of a head like `branch` or `owner:branch`."""
    owner, colon, branch = head.rpartition(":")
    candidates = [repository]
    if colon and owner.lower() != repository.owner.login.lower():
        candidates = [
            one
            for one in world.repositories
            if one.store is repository.store
            and not one.deleted
            and one.owner.login.lower() == owner.lower()
        ]
    for candidate in candidates:
        sha = candidate.refs.get(f"refs/heads/{branch}")
        if sha is not None:
            return candidate, branch, sha
    raise validation_failed("PullRequest", "head", "invalid")


def open_pull(
    world: World,
    repository: Repository,
    *,
    head: str,
    base: str,
    title: str,
    body: str | None,
    actor: Account,
    via_app: bool,
    draft: bool = False,
    maintainer_can_modify: bool = False,
) -> Issue:
    """Open a pull request, or raise the 422 that says why not."""
    base_sha = repository.refs.get(f"refs/heads/{base}")
    if base_sha is None:
        raise validation_failed("PullRequest", "base", "invalid")
    head_repository, head_ref, head_sha = find_head(world, repository, head)
    for _, other in repository.open_pulls:
        if (other.head_repository, other.head_ref, other.base_ref) == (
            head_repository,
            head_ref,
            base,
        ):
            label = f"{head_repository.owner.login}:{head_ref}"
            message = f"A pull request already exists for {label}."
            raise validation_failed("PullRequest", None, "custom", message)
    if repository.store.is_ancestor(head_sha, base_sha):
        message = f"No commits between {base} and {head}"
        raise validation_failed("PullRequest", None, "custom", message)
    now = world.clock.now()
    issue = Issue(
        id=world.next_id(),
        number=next(repository.numbers),
        title=title,
        body=body,
        user=actor,
        via_app=via_app,
        created_at=now,
        updated_at=now,
        pull=PullRequest(
            head_repository=head_repository,
            head_ref=head_ref,
            head_sha=head_sha,
            base_ref=base,
            base_sha=base_sha,
            draft=draft,
            maintainer_can_modify=maintainer_can_modify,
        ),
    )
    repository.issues[issue.number] = issue
    emit_pull(world, repository, issue, "opened", actor)
    return issue


@operation("pulls/create", "pull_requests:write")
def create_pull(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/pulls#create-a-pull-request."""
    body = request.body
    if "title" not in body:
        raise validation_failed("PullRequest", "title", "missing_field")
    check_text("PullRequest", body["title"], body.get("body"))
    issue = open_pull(
        request.world,
        request.repository,
        head=body["head"],
        base=body["base"],
        title=body["title"],
        body=body.get("body"),
        actor=request.actor,
        via_app=True,
        draft=body.get("draft", False),
        maintainer_can_modify=body.get("maintainer_can_modify", False),
    )
    rendered = _render(request, issue)
    return Response(201, rendered, headers={"Location": rendered["url"]})


def _render(request: Request, issue: Issue) -> dict[str, Any]:
    assert issue.pull is not None
    return render_pull(request.world, request.repository, issue, issue.pull)


@operation("pulls/get", "pull_requests:read")
def get_pull(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/pulls#get-a-pull-request."""
    issue, _ = find_pull(request)
    return Response(body=_render(request, issue))


@operation("pulls/list", "pull_requests:read")
def list_pulls(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/pulls#list-pull-requests; `head` is `owner:branch`."""
    world, repository, query = request.world, request.repository, request.query
    state = query.get("state", "open")
    found = [
        (issue, issue.pull)
        for issue in repository.issues.values()
        if issue.pull is not None and state in {"all", issue.state}
    ]
    if "base" in query:
        found = [(issue, pull) for issue, pull in found if pull.base_ref == query["base"]]
    # A head without owner is no filter at all: GitHub ignores it.
    if ":" in query.get("head", ""):
        owner, _, branch = query["head"].partition(":")
        found = [
            (issue, pull)
            for issue, pull in found
            if pull.head_ref == branch and pull.head_repository.owner.login.lower() == owner.lower()
        ]
    by_update = query.get("sort") == "updated"
    newest_first = query.get("direction", "asc" if "sort" in query else "desc") == "desc"
    found.sort(
        key=lambda pair: (pair[0].updated_at if by_update else pair[0].created_at, pair[0].number),
        reverse=newest_first,
    )
    return page_of(request, found, lambda pair: render_pull_simple(world, repository, *pair))


@operation("pulls/update", "pull_requests:write")
def update_pull(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/pulls#update-a-pull-request."""
    world, repository = request.world, request.repository
    issue, pull = find_pull(request)
    body = request.body or {}
    check_text("PullRequest", body.get("title"), body.get("body"))
    if body.get("state") == "open" and issue.state == "closed":
        reopen(request, issue, pull)
    changes: dict[str, Any] = {}
    if "title" in body and body["title"] != issue.title:
        changes["title"] = {"from": issue.title}
        issue.title = body["title"]
    if "body" in body and body["body"] != issue.body:
        changes["body"] = {"from": issue.body or ""}
        issue.body = body["body"]
    if "base" in body and body["base"] != pull.base_ref:
        sha = repository.refs.get(f"refs/heads/{body['base']}")
        if sha is None or issue.state == "closed":
            raise validation_failed("PullRequest", "base", "invalid")
        changes["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
        pull.base_ref, pull.base_sha = body["base"], sha
    pull.maintainer_can_modify = body.get("maintainer_can_modify", pull.maintainer_can_modify)
    issue.updated_at = world.clock.now()
    if changes:
        emit_pull(world, repository, issue, "edited", request.actor, changes=changes)
    if body.get("state") == "closed" and issue.state == "open":
        close_issue(world, repository, issue, request.actor)
    return Response(body=_render(request, issue))


def reopen(request: Request, issue: Issue, pull: PullRequest) -> None:
    """Open a closed pull request again, if its branch is there, ahead and without another."""
    world, repository = request.world, request.repository
    sha = pull.head_repository.refs.get(f"refs/heads/{pull.head_ref}")
    base = repository.refs.get(f"refs/heads/{pull.base_ref}")
    if pull.merged_at is not None or sha is None or base is None:
        message = f"state cannot be changed. The {pull.head_ref} branch has been deleted."
        raise validation_failed("PullRequest", "state", "custom", message)
    if not repository.store.is_ancestor(pull.head_sha, sha):
        message = (
            f"state cannot be changed. The {pull.head_ref} branch was force-pushed or recreated."
        )
        raise validation_failed("PullRequest", "state", "custom", message)
    if repository.store.is_ancestor(sha, base):
        message = "state cannot be changed. There are no new commits."
        raise validation_failed("PullRequest", "state", "custom", message)
    for _, other in repository.open_pulls:
        if other.head_ref == pull.head_ref and other.head_repository is pull.head_repository:
            message = "state cannot be changed. There is already an open pull request."
            raise validation_failed("PullRequest", "state", "custom", message)
    issue.state, issue.closed_at, issue.closed_by = "open", None, None
    pull.head_sha, pull.base_sha = sha, base
    emit_pull(world, repository, issue, "reopened", request.actor)


@operation("pulls/list-commits", "pull_requests:read")
def list_pull_commits(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request: at most 250."""
    world, repository = request.world, request.repository
    _, pull = find_pull(request)
    found = (repository.store.commit(sha) for sha in pull_commits(repository, pull)[:250])
    commits = [commit for commit in found if commit]
    return page_of(request, commits, lambda commit: render_commit(world, repository, commit))


@operation("pulls/list-files", "pull_requests:read")
def list_pull_files(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/pulls#list-pull-requests-files: at most 3000."""
    world, repository = request.world, request.repository
    _, pull = find_pull(request)
    start = repository.store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    files = changed_files(repository.store, start, pull.head_sha)[:3000]
    return page_of(
        request, files, lambda change: render_file_change(world, repository, pull.head_sha, change)
    )


@operation("pulls/request-reviewers", "pull_requests:write")
def request_reviewers(request: Request) -> Response:
    """Do https://docs.github.com/rest/pulls/review-requests (Request reviewers ...)."""
    world, repository = request.world, request.repository
    issue, pull = find_pull(request)
    body = request.body or {}
    for team in body.get("team_reviewers", ()):
        if team.lower() not in repository.teams:
            raise ApiError(422, "Could not resolve to a node with the global id")
        if team not in pull.teams:
            pull.teams.append(team)
    for login in body.get("reviewers", ()):
        account = world.accounts.get(login.lower())
        role = "none" if account is None else world.role(repository, account)
        if account is None or account is issue.user or role in {"none", "read"}:
            raise ApiError(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or "
                "teams you specified is not a collaborator of the repository.",
            )
        if account not in pull.reviewers:
            pull.reviewers.append(account)
    return Response(201, render_pull_simple(world, repository, issue, pull))

"""Issues; every pull request is one too.

https://docs.github.com/rest/issues/issues
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fakes.github.changes import close_issue, emit_issue
from fakes.github.errors import ApiError, validation_failed
from fakes.github.operations.labels import ensure_label, label_names
from fakes.github.operations.lookup import find_issue
from fakes.github.operations.pulls import check_text, reopen
from fakes.github.pages import page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.issues import optional_account, render_issue
from fakes.github.state import Issue

if TYPE_CHECKING:
    from fakes.github.state import Account, Repository
    from fakes.github.world import World


def open_issue(
    world: World,
    repository: Repository,
    *,
    title: str,
    body: str | None,
    labels: list[str],
    actor: Account,
    via_app: bool,
) -> Issue:
    """Open an issue."""
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
        labels=[ensure_label(world, repository, name) for name in labels],
    )
    repository.issues[issue.number] = issue
    emit_issue(world, repository, issue, "opened", actor)
    return issue


@operation("issues/create", "issues:write")
def create_issue(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/issues#create-an-issue."""
    world, repository, body = request.world, request.repository, request.body
    if not repository.has_issues:
        raise ApiError(410, "Issues has been disabled in this repository.")
    check_text("Issue", str(body["title"]), body.get("body"))
    issue = open_issue(
        world,
        repository,
        title=str(body["title"]),
        body=body.get("body"),
        labels=label_names(body),
        actor=request.actor,
        via_app=True,
    )
    rendered = render_issue(world, repository, issue)
    return Response(201, rendered, headers={"Location": rendered["url"]})


@operation("issues/get", "issues:read", "pull_requests:read")
def get_issue(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/issues#get-an-issue."""
    issue = find_issue(request)
    body = render_issue(request.world, request.repository, issue)
    # Only an issue that was asked for alone tells who closed it.
    body["closed_by"] = optional_account(request.world, issue.closed_by)
    return Response(body=body)


@operation("issues/list-for-repo", "issues:read", "pull_requests:read")
def list_issues(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/issues#list-repository-issues: pull requests too."""
    world, repository, query = request.world, request.repository, request.query
    state = query.get("state", "open")
    found = [issue for issue in repository.issues.values() if state in {"all", issue.state}]
    for name in filter(None, query.get("labels", "").split(",")):
        found = [
            issue
            for issue in found
            if any(label.name.lower() == name.strip().lower() for label in issue.labels)
        ]
    if "creator" in query:
        found = [issue for issue in found if issue.user.login.lower() == query["creator"].lower()]
    if "since" in query:
        since = datetime.fromisoformat(query["since"])
        found = [issue for issue in found if issue.updated_at >= since]
    keys = {
        "created": lambda issue: (issue.created_at, issue.number),
        "updated": lambda issue: (issue.updated_at, issue.number),
        "comments": lambda issue: (len(issue.comments), issue.number),
    }
    found.sort(
        key=keys[query.get("sort", "created")], reverse=query.get("direction", "desc") == "desc"
    )
    return page_of(request, found, lambda issue: render_issue(world, repository, issue))


@operation("issues/update", "issues:write", "pull_requests:write")
def update_issue(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/issues#update-an-issue."""
    world, repository = request.world, request.repository
    issue = find_issue(request, write=True)
    body: dict[str, Any] = request.body or {}
    check_text("Issue", str(body.get("title", "")), body.get("body"))
    if body.get("state") == "open" and issue.state == "closed":
        if issue.pull is not None:
            reopen(request, issue, issue.pull)
        else:
            issue.state, issue.closed_at, issue.closed_by = "open", None, None
            issue.state_reason = "reopened"
            emit_issue(world, repository, issue, "reopened", request.actor)
    changes: dict[str, Any] = {}
    if body.get("title") is not None and str(body["title"]) != issue.title:
        changes["title"] = {"from": issue.title}
        issue.title = str(body["title"])
    if "body" in body and body["body"] != issue.body:
        changes["body"] = {"from": issue.body or ""}
        issue.body = body["body"]
    if "labels" in body:
        issue.labels = [ensure_label(world, repository, name) for name in label_names(body)]
    issue.updated_at = world.clock.now()
    if changes:
        emit_issue(world, repository, issue, "edited", request.actor, changes=changes)
    if body.get("state") == "closed" and issue.state == "open":
        close_issue(world, repository, issue, request.actor, body.get("state_reason"))
    for login in body.get("assignees", ()):
        if login.lower() not in world.accounts:
            raise validation_failed("Issue", "assignees", "invalid")
    if "assignees" in body:
        issue.assignees = [world.accounts[login.lower()] for login in body["assignees"]]
    return Response(body=render_issue(world, repository, issue))


@operation("issues/add-assignees", "issues:write", "pull_requests:write")
def add_assignees(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/assignees#add-assignees-to-an-issue.

    Who may not write is passed over without a word, as on GitHub.
    """
    world, repository = request.world, request.repository
    issue = find_issue(request, write=True)
    for login in (request.body or {}).get("assignees", ()):
        account = world.accounts.get(login.lower())
        if account is None or world.role(repository, account) in {"none", "read"}:
            continue
        if account not in issue.assignees and len(issue.assignees) < 10:
            issue.assignees.append(account)
    return Response(201, render_issue(world, repository, issue))

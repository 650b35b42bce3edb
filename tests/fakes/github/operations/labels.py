"""Labels of repositories, issues and pull requests.

https://docs.github.com/rest/issues/labels
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.changes import emit_issue
from fakes.github.errors import ApiError, not_found, validation_failed
from fakes.github.operations.lookup import find_issue
from fakes.github.pages import page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.issues import render_label
from fakes.github.state import Label

if TYPE_CHECKING:
    from fakes.github.state import Repository
    from fakes.github.world import World


def label_names(body: Any) -> list[str]:
    """Return the names in a body's `labels`, given as texts or objects."""
    given = body.get("labels", []) if isinstance(body, dict) else body or []
    return [label if isinstance(label, str) else label["name"] for label in given]


def ensure_label(world: World, repository: Repository, name: str) -> Label:
    """Return the label of that name; it is made when the repository has none."""
    return repository.labels.setdefault(name.lower(), Label(world.next_id(), name))


@operation("issues/list-labels-for-repo", "issues:read", "pull_requests:read")
def list_repository_labels(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/labels#list-labels-for-a-repository."""
    world, repository = request.world, request.repository
    found = list(repository.labels.values())
    return page_of(request, found, lambda label: render_label(world, repository, label))


@operation("issues/get-label", "issues:read", "pull_requests:read")
def get_label(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/labels#get-a-label."""
    label = request.repository.labels.get(request.parameters["name"].lower())
    if label is None:
        raise not_found()
    return Response(body=render_label(request.world, request.repository, label))


@operation("issues/create-label", "issues:write", "pull_requests:write")
def create_label(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/labels#create-a-label."""
    world, repository, body = request.world, request.repository, request.body
    name, color = body["name"], body.get("color", "ededed")
    if name.lower() in repository.labels:
        raise validation_failed("Label", "name", "already_exists")
    if len(name) > 50 or len(body.get("description") or "") > 100:
        raise validation_failed("Label", "name", "invalid")
    if len(color) != 6 or not set(color.lower()) <= set("0123456789abcdef"):
        raise validation_failed("Label", "color", "invalid")
    label = Label(world.next_id(), name, color, body.get("description"))
    repository.labels[name.lower()] = label
    rendered = render_label(world, repository, label)
    return Response(201, rendered, headers={"Location": rendered["url"]})


@operation("issues/list-labels-on-issue", "issues:read", "pull_requests:read")
def list_issue_labels(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/labels#list-labels-for-an-issue."""
    world, repository = request.world, request.repository
    found = find_issue(request).labels
    return page_of(request, found, lambda label: render_label(world, repository, label))


def _set(request: Request, labels: list[Label]) -> Response:
    world, repository = request.world, request.repository
    issue = find_issue(request, write=True)
    before, issue.labels = issue.labels, labels
    issue.updated_at = world.clock.now()
    for action, changed in (
        ("labeled", [label for label in labels if label not in before]),
        ("unlabeled", [label for label in before if label not in labels]),
    ):
        for label in changed:
            rendered = render_label(world, repository, label)
            emit_issue(world, repository, issue, action, request.actor, label=rendered)
    return Response(body=[render_label(world, repository, label) for label in labels])


@operation("issues/add-labels", "issues:write", "pull_requests:write")
def add_labels(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/labels#add-labels-to-an-issue."""
    labels = list(find_issue(request, write=True).labels)
    for name in label_names(request.body):
        label = ensure_label(request.world, request.repository, name)
        if label not in labels:
            labels.append(label)
    return _set(request, labels)


@operation("issues/set-labels", "issues:write", "pull_requests:write")
def set_labels(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/labels#set-labels-for-an-issue."""
    names = label_names(request.body)
    return _set(request, [ensure_label(request.world, request.repository, name) for name in names])


@operation("issues/remove-label", "issues:write", "pull_requests:write")
def remove_label(request: Request) -> Response:
    """Do https://docs.github.com/rest/issues/labels#remove-a-label-from-an-issue."""
    labels = find_issue(request, write=True).labels
    kept = [one for one in labels if one.name.lower() != request.parameters["name"].lower()]
    if len(kept) == len(labels):
        raise ApiError(404, "Label does not exist")
    return _set(request, kept)

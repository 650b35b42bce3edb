"""Check runs and their annotations.

https://docs.github.com/rest/checks/runs
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fakes.github.changes import find_suite
from fakes.github.diffs import changed_files, changed_lines
from fakes.github.errors import ApiError, not_found, validation_failed
from fakes.github.operations.commits import get_known
from fakes.github.pages import integer, page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.accounts import html_url
from fakes.github.rendering.checks import render_check_run, render_check_suite, suite_status
from fakes.github.state import CheckRun, CheckSuite

if TYPE_CHECKING:
    from fakes.github.state import Account, PullRequest, Repository
    from fakes.github.world import World

_SUITE_KEYS = (
    *("id", "node_id", "head_branch", "head_sha", "status", "conclusion", "url", "before", "after"),
    *("pull_requests", "app", "repository", "created_at", "updated_at"),
)
"""What a `check_run` event tells of its suite."""


def emit_check_run(
    world: World, repository: Repository, run: CheckRun, action: str, actor: Account, **more: object
) -> None:
    """Send a `check_run` event."""
    rendered = render_check_run(world, repository, run)
    suite = render_check_suite(world, repository, run.suite)
    rendered["check_suite"] = {key: suite[key] for key in _SUITE_KEYS}
    fields = {"check_run": rendered, **more}
    world.webhooks.emit("check_run", action, fields, repository=repository, sender=actor)


def find_run(request: Request) -> CheckRun:
    """Return the check run that the path names, or raise a 404."""
    identifier = integer(request.parameters["check_run_id"])
    for run in request.repository.check_runs:
        if run.id == identifier:
            return run
    raise not_found()


@operation("checks/create", "checks:write")
def create_check_run(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/runs#create-a-check-run."""
    world, repository, body = request.world, request.repository, request.body
    commit = repository.store.commit(body["head_sha"])
    if commit is None:
        raise ApiError(422, f"No commit found for SHA: {body['head_sha']}")
    _check(body)
    suite, _ = find_suite(world, repository, commit.sha)
    run = CheckRun(
        id=world.next_id(),
        suite=suite,
        name=body["name"],
        external_id="",
        details_url=None,
        status="queued",
        conclusion=None,
        started_at=world.clock.now(),
        completed_at=None,
    )
    suite.runs.append(run)
    _apply(world, run, body)
    emit_check_run(world, repository, run, "created", request.actor)
    _after(world, repository, run, request.actor)
    rendered = render_check_run(world, repository, run)
    return Response(201, rendered, headers={"Location": rendered["url"]})


def report_run(
    world: World, repository: Repository, branch: str, *, name: str, conclusion: str | None
) -> None:
    """Have GitHub Actions report on the head of a branch; conclusion None: it runs."""
    sha = repository.refs.get(f"refs/heads/{branch}")
    assert sha is not None, branch
    actor = repository.owner
    now = world.clock.now()
    suite = next(
        (each for each in repository.check_suites if each.head_sha == sha and each.by_actions),
        None,
    )
    if suite is None:
        suite = CheckSuite(world.next_id(), sha, branch, None, now, now, by_actions=True)
        repository.check_suites.append(suite)
    suite.runs = [run for run in suite.runs if run.name != name]
    run = CheckRun(
        id=world.next_id(),
        suite=suite,
        name=name,
        external_id="",
        details_url=None,
        status="completed" if conclusion else "in_progress",
        conclusion=conclusion,
        started_at=now,
        completed_at=now if conclusion else None,
    )
    suite.runs.append(run)
    emit_check_run(world, repository, run, "created", actor)
    _after(world, repository, run, actor)


@operation("checks/update", "checks:write")
def update_check_run(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/runs#update-a-check-run: annotations are added."""
    world, repository, body = request.world, request.repository, request.body
    run = find_run(request)
    _check(body)
    was_completed = run.status == "completed"
    _apply(world, run, body)
    if not was_completed:
        _after(world, repository, run, request.actor)
    return Response(body=render_check_run(world, repository, run))


def _check(body: dict[str, Any]) -> None:
    """Raise what the description does not: it has 50 annotations, 3 actions and all lengths."""
    if body.get("status") == "completed" and "conclusion" not in body:
        raise validation_failed("CheckRun", "conclusion", "missing_field")
    if body.get("conclusion") == "stale":
        raise validation_failed("CheckRun", "conclusion", "invalid", "only GitHub sets stale")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _apply(world: World, run: CheckRun, body: dict[str, Any]) -> None:
    run.name = body.get("name", run.name)
    run.external_id = body.get("external_id", run.external_id)
    run.details_url = body.get("details_url", run.details_url)
    run.started_at = _moment(body.get("started_at")) or run.started_at
    if "conclusion" in body:
        # Giving a conclusion completes the run.
        run.status, run.conclusion = "completed", body["conclusion"]
        run.completed_at = _moment(body.get("completed_at")) or world.clock.now()
    elif "status" in body:
        run.status, run.conclusion, run.completed_at = body["status"], None, None
    output = body.get("output", {})
    run.title = output.get("title", run.title)
    run.summary = output.get("summary", run.summary)
    run.text = output.get("text", run.text)
    run.annotations += output.get("annotations", [])
    run.images += output.get("images", [])
    run.actions = body.get("actions", run.actions)
    run.suite.updated_at = world.clock.now()


def _after(world: World, repository: Repository, run: CheckRun, actor: Account) -> None:
    if run.status != "completed":
        return
    emit_check_run(world, repository, run, "completed", actor)
    if suite_status(run.suite) == "completed":
        rendered = render_check_suite(world, repository, run.suite)
        del rendered["repository"]
        fields = {"check_suite": rendered}
        world.webhooks.emit("check_suite", "completed", fields, repository=repository, sender=actor)


@operation("checks/get", "checks:read")
def get_check_run(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/runs#get-a-check-run."""
    return Response(body=render_check_run(request.world, request.repository, find_run(request)))


@operation("checks/list-annotations", "checks:read")
def list_annotations(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/runs#list-check-run-annotations."""
    run = find_run(request)
    page = html_url(f"{request.repository.full_name}/blob/{run.suite.head_sha}")
    empty = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))

    def render(annotation: dict[str, object]) -> dict[str, object]:
        return {**empty, **annotation, "blob_href": f"{page}/{annotation['path']}"}

    return page_of(request, run.annotations, render)


def shown_annotations(
    repository: Repository, pull: PullRequest, run: CheckRun
) -> list[dict[str, object]]:
    """Return the annotations that "Files changed" shows: only those on lines of the diff."""
    store = repository.store
    start = store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    lines = {
        change.path: changed_lines(change) for change in changed_files(store, start, pull.head_sha)
    }
    return [
        annotation
        for annotation in run.annotations
        if annotation["end_line"] in lines.get(str(annotation["path"]), set())
    ]


def list_runs(request: Request, runs: list[CheckRun]) -> Response:
    """Return a page of check runs; `filter=latest` (the default) keeps the newest of each name."""
    world, repository, query = request.world, request.repository, request.query
    if query.get("filter", "latest") == "latest":
        runs = list({(run.name, run.suite.by_actions): run for run in runs}.values())
    if "check_name" in query:
        runs = [run for run in runs if run.name == query["check_name"]]
    if "status" in query:
        runs = [run for run in runs if run.status == query["status"]]
    if "app_id" in query:
        own = query["app_id"] == str(world.app.id)
        runs = [run for run in runs if own and not run.suite.by_actions]
    return page_of(
        request, runs, lambda run: render_check_run(world, repository, run), key="check_runs"
    )


@operation("checks/list-for-ref", "checks:read")
def list_runs_for_ref(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference."""
    sha = get_known(request.repository, request.parameters["ref"]).sha
    runs = [run for run in request.repository.check_runs if run.suite.head_sha == sha]
    return list_runs(request, runs)


@operation("checks/rerequest-run", "checks:write")
def rerequest_run(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/runs#rerequest-a-check-run."""
    run = find_run(request)
    emit_check_run(request.world, request.repository, run, "rerequested", request.actor)
    return Response(201, {})

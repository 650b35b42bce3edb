"""Check suites, check runs and commit statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.clock import format_time
from fakes.github.rendering.accounts import html_url, render_account, render_app
from fakes.github.rendering.commits import render_simple_commit
from fakes.github.rendering.issues import optional_time
from fakes.github.rendering.pulls import render_pull_minimal
from fakes.github.rendering.repositories import render_minimal_repository, repository_url
from fakes.github.world import node_id

if TYPE_CHECKING:
    from fakes.github.state import CheckRun, CheckSuite, CommitStatus, Repository
    from fakes.github.world import World

__all__ = [
    "render_check_run",
    "render_check_suite",
    "render_status",
    "suite_conclusion",
    "suite_status",
]


def _pulls(world: World, repository: Repository, sha: str) -> list[dict[str, Any]]:
    """Open pull requests from this repository's own branches: empty for forks.

    https://docs.github.com/rest/checks/runs#get-a-check-run
    """
    return [
        render_pull_minimal(world, repository, issue, pull)
        for issue, pull in repository.open_pulls
        if pull.head_sha == sha and pull.head_repository is repository
    ]


def _app(world: World, suite: CheckSuite) -> dict[str, Any]:
    rendered = render_app(world)
    if suite.by_actions:
        rendered |= {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"}
    return rendered


def suite_status(suite: CheckSuite) -> str:
    """Return the status of a suite from that of its runs."""
    if not suite.runs:
        return "queued"
    if all(run.status == "completed" for run in suite.runs):
        return "completed"
    return "in_progress"


def suite_conclusion(suite: CheckSuite) -> str | None:
    """Return the worst conclusion of a completed suite's runs; None before that."""
    if suite_status(suite) != "completed":
        return None
    order = ("failure", "timed_out", "action_required", "cancelled", "stale", "neutral", "skipped")
    conclusions = {run.conclusion for run in suite.runs}
    return next((found for found in order if found in conclusions), "success")


def render_check_run(world: World, repository: Repository, run: CheckRun) -> dict[str, Any]:
    """Return a `check-run`."""
    url = f"{repository_url(world, repository)}/check-runs/{run.id}"
    page = html_url(f"{repository.full_name}/runs/{run.id}")
    return {
        "id": run.id,
        "node_id": node_id("CheckRun", run.id),
        "name": run.name,
        "head_sha": run.suite.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": optional_time(run.started_at),
        "completed_at": optional_time(run.completed_at),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite.id},
        "app": _app(world, run.suite),
        "pull_requests": _pulls(world, repository, run.suite.head_sha),
    }


def render_check_suite(world: World, repository: Repository, suite: CheckSuite) -> dict[str, Any]:
    """Return a `check-suite`."""
    url = f"{repository_url(world, repository)}/check-suites/{suite.id}"
    commit = repository.store.commit(suite.head_sha)
    assert commit is not None
    return {
        "id": suite.id,
        "node_id": node_id("CheckSuite", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "status": suite_status(suite),
        "conclusion": suite_conclusion(suite),
        "url": url,
        "before": suite.before,
        "after": suite.head_sha,
        "pull_requests": _pulls(world, repository, suite.head_sha),
        "app": _app(world, suite),
        "repository": render_minimal_repository(world, repository),
        "created_at": format_time(suite.created_at),
        "updated_at": format_time(suite.updated_at),
        "head_commit": render_simple_commit(commit),
        "latest_check_runs_count": len(suite.runs),
        "check_runs_url": f"{url}/check-runs",
    }


def render_status(
    world: World, repository: Repository, status: CommitStatus, *, simple: bool = False
) -> dict[str, Any]:
    """Return a `status`, or a `simple-commit-status` without its creator."""
    result = {
        "id": status.id,
        "node_id": node_id("Status", status.id),
        "url": f"{repository_url(world, repository)}/statuses/{status.sha}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{status.creator.id}",
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": format_time(status.created_at),
        "updated_at": format_time(status.created_at),
    }
    return result if simple else {**result, "creator": render_account(world, status.creator)}

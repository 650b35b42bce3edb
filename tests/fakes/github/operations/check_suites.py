"""Check suites.

https://docs.github.com/rest/checks/suites
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.github.changes import find_suite
from fakes.github.errors import ApiError, not_found
from fakes.github.operations.check_runs import list_runs
from fakes.github.operations.commits import get_known
from fakes.github.pages import integer, page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.checks import render_check_suite

if TYPE_CHECKING:
    from fakes.github.state import Account, CheckSuite, Repository
    from fakes.github.world import World


def _suite(request: Request) -> CheckSuite:
    identifier = integer(request.parameters["check_suite_id"])
    for suite in request.repository.check_suites:
        if suite.id == identifier:
            return suite
    raise not_found()


@operation("checks/create-suite", "checks:write")
def create_suite(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/suites#create-a-check-suite: 200 if it is there."""
    world, repository = request.world, request.repository
    sha = request.body["head_sha"]
    if repository.store.commit(sha) is None:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    suite, is_new = find_suite(world, repository, sha)
    return Response(201 if is_new else 200, render_check_suite(world, repository, suite))


@operation("checks/get-suite", "checks:read")
def get_suite(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/suites#get-a-check-suite."""
    return Response(body=render_check_suite(request.world, request.repository, _suite(request)))


@operation("checks/list-for-suite", "checks:read")
def list_runs_for_suite(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/runs#list-check-runs-in-a-check-suite."""
    return list_runs(request, list(_suite(request).runs))


@operation("checks/list-suites-for-ref", "checks:read")
def list_suites_for_ref(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/suites#list-check-suites-for-a-git-reference."""
    world, repository = request.world, request.repository
    sha = get_known(repository, request.parameters["ref"]).sha
    found = [suite for suite in repository.check_suites if suite.head_sha == sha]
    if request.query.get("app_id", str(world.app.id)) != str(world.app.id):
        found = []
    return page_of(
        request,
        found,
        lambda suite: render_check_suite(world, repository, suite),
        key="check_suites",
    )


def emit_rerequested(
    world: World, repository: Repository, suite: CheckSuite, actor: Account
) -> None:
    """Send `check_suite.rerequested`."""
    rendered = render_check_suite(world, repository, suite)
    del rendered["repository"]
    fields = {"check_suite": rendered}
    world.webhooks.emit("check_suite", "rerequested", fields, repository=repository, sender=actor)


@operation("checks/rerequest-suite", "checks:write")
def rerequest_suite(request: Request) -> Response:
    """Do https://docs.github.com/rest/checks/suites#rerequest-a-check-suite."""
    emit_rerequested(request.world, request.repository, _suite(request), request.actor)
    return Response(201, {})

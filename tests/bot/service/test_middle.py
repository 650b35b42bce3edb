"""What changes while a job is at work: the served App, and what the person sees afterwards."""

from __future__ import annotations

import pytest

from bot.github.app import PERMISSIONS
from fakes.app_process import AppProcess, wait_until

BRANCH = "thoth/update/pipfile-lock"

FILES = {"README.md": "hello"}

OTHER = """\
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true

[packages]
alpha = "*"
# forced

[requires]
python_version = "3.11"
"""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def app(github, index, tmp_path, database_url):
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    github.webhook_url = app.webhook_url
    with app:
        app.wait_ready()
        yield app


def force_push(repository, _installation):
    first = repository.branch().commits[-1]
    repository.push("main", {"Pipfile": OTHER}, base=first, force=True)


MISFORTUNES = {
    "deleted": lambda repository, _: repository.delete(),
    "renamed": lambda repository, _: repository.rename("renamed"),
    "private": lambda repository, _: repository.make_private(),
    "forced": force_push,
    "suspended": lambda _, installation: installation.suspend(),
    "removed": lambda _, installation: installation.delete(),
    "taken": lambda repository, installation: installation.remove(repository),
}


def outcomes(app, repository):
    """What became of the jobs of a repository, the first first."""
    import json

    lines = [line for line in app.log().splitlines() if '"event": "job ended"' in line]
    events = [json.loads(line) for line in lines]
    return [each["outcome"] for each in events if each["job"] == f"update:{repository.id}"]


@pytest.mark.parametrize(
    "moment", ["pulls/create", pytest.param("git/create-tree", marks=pytest.mark.slow)]
)
def test_work_ends_well_whatever_happens_to_the_repository_in_the_middle(
    github, app, pipfile, is_idle, is_right, moment
):
    """One App, and for each misfortune an account of its own, struck at one moment of its job."""
    world = {name: github.add_repository(f"{name}/hello", files=FILES) for name in MISFORTUNES}
    installations = {
        name: github.install(world[name], github.add_repository(f"{name}/kept", files=FILES))
        for name in MISFORTUNES
    }
    github.settle()
    wait_until(is_idle, timeout_seconds=60, what="never idle")
    struck = []
    for name, strike in MISFORTUNES.items():

        def do(name=name, strike=strike):
            struck.append(name)
            strike(world[name], installations[name])

        github.before_call(do, operation=moment, path=f"/repos/{name}/hello/*")
        world[name].push("main", {"Pipfile": pipfile})
    wait_until(lambda: len(struck) == len(MISFORTUNES), timeout_seconds=90, what=str(struck))
    github.settle()
    wait_until(is_idle, timeout_seconds=90, what="never idle")

    # What is still there for the App has its one pull request, on top of what the base is now.
    for name in ("renamed", "private", "forced"):
        assert is_right(world[name]), name
    assert world["forced"].branch(BRANCH).files["Pipfile"] == OTHER
    # What is not was let go, without a word of alarm and without trying again and again.
    for name in ("deleted", "suspended", "removed", "taken"):
        assert world[name].pull_requests == [], name
        assert outcomes(app, world[name])[-1] in {"gone", "fenced", "forbidden"}, name
    # Given back to the App, the work is done, once.
    installations["suspended"].unsuspend()
    github.install(world["removed"])
    installations["taken"].add(world["taken"])
    github.settle()
    for name in ("suspended", "removed", "taken"):
        wait_until(lambda name=name: is_right(world[name]), timeout_seconds=60, what=name)
    assert '"level": "error"' not in app.log()


def test_person_who_pushes_to_the_branch_in_the_middle_keeps_it(github, app, pipfile, is_idle):
    repository = github.add_repository("octo/hello", files=FILES)
    github.install(repository)
    github.settle()
    github.before_call(lambda: repository.push(BRANCH, {"mine": "work"}), operation="pulls/create")
    repository.push("main", {"Pipfile": pipfile})
    github.settle()
    wait_until(lambda: repository.pull_requests, timeout_seconds=60, what="no pull request")
    wait_until(is_idle, timeout_seconds=60, what="never idle")
    repository.push("main", {"Pipfile": pipfile + "# again\n"})
    github.settle()
    wait_until(is_idle, timeout_seconds=60, what="never idle")
    assert repository.branch(BRANCH).files["mine"] == "work"
    (pull_request,) = repository.pull_requests
    wait_until(lambda: pull_request.comments, timeout_seconds=60, what="nothing was said")
    (comment,) = pull_request.comments
    assert "octocat" in comment.body


def test_permission_that_was_not_granted_is_named_where_the_person_looks(
    github, app, pipfile, is_idle
):
    granted = {**PERMISSIONS, "contents": "read"}
    repository = github.add_repository("octo/hello", files={"Pipfile": pipfile})
    installation = github.install(repository, permissions=granted)
    github.settle()
    wait_until(lambda: repository.check_runs, timeout_seconds=60, what="nothing was said")
    wait_until(is_idle, timeout_seconds=60, what="never idle")
    (check_run,) = repository.check_runs
    assert (check_run.name, check_run.conclusion) == ("Thoth", "failure")
    assert "contents=write" in check_run.summary
    assert "GitHub Apps" in check_run.summary
    installation.accept_permissions(PERMISSIONS)
    github.settle()
    wait_until(lambda: repository.pull_requests, timeout_seconds=60, what="no pull request")
    wait_until(is_idle, timeout_seconds=60, what="never idle")
    assert [each.conclusion for each in repository.check_runs] == ["success"]

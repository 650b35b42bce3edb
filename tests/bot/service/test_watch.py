"""A release leads to a pull request by itself: the served App, the fake GitHub and the fake index, whole."""

from __future__ import annotations

import json

import pytest

from advisor_core.knowledge import Store
from fakes.app_process import AppProcess, wait_until

BRANCH = "thoth/update/pipfile-lock"


def locked(branch):
    entries = json.loads(branch.files["Pipfile.lock"])["default"]
    return {name: entry["version"] for name, entry in entries.items()}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_release_opens_a_pull_request_without_any_event(
    github, index, tmp_path, database_url, pipfile, is_idle
):
    settings = {"THOTH_WATCH_SECONDS": "1"}
    app = AppProcess(tmp_path / "app", github, index.url, database_url, settings=settings)
    github.webhook_url = app.webhook_url
    repository = github.add_repository("octo/hello", files={"Pipfile": pipfile})
    with app:
        app.wait_ready()
        github.install(repository)
        github.settle()
        wait_until(lambda: repository.pull_requests, timeout_seconds=60, what="no pull request")
        wait_until(is_idle, timeout_seconds=60, what="never idle")
        lock = repository.branch(BRANCH).files["Pipfile.lock"]
        repository.push("main", {"Pipfile.lock": lock})
        github.settle()
        wait_until(is_idle, timeout_seconds=60, what="never idle")
        seen = index.count("/simple/alpha/")
        wait_until(
            lambda: index.count("/simple/alpha/") >= seen + 2, timeout_seconds=60, what="no look"
        )
        index.add("alpha", "3.0", requires=["beta>=1"])
        wait_until(
            lambda: (
                BRANCH in repository.branches
                and locked(repository.branch(BRANCH))["alpha"] == "==3.0"
            ),
            timeout_seconds=60,
            what=f"no update: {app.log()[-3000:]}",
        )
        wait_until(is_idle, timeout_seconds=60, what="never idle")
        (pull_request,) = [each for each in repository.pull_requests if each.state == "open"]
        assert "alpha" in pull_request.title
        for change, is_private in (
            (repository.make_private, True),
            (repository.make_public, False),
        ):
            change()
            github.settle()
            wait_until(is_idle, timeout_seconds=60, what="never idle")
            with Store.open(database_url) as store:
                assert store.affected("alpha")[0].repository.is_private is is_private
        assert app.stop() == 0
    assert '"level": "error"' not in app.log()

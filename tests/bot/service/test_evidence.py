"""CI's word reaches the next advice: the served App, the fake GitHub and the fake index, whole."""

from __future__ import annotations

import json

import pytest

from advisor_core.knowledge import Store
from bot.app_manifest import EVENTS
from fakes.app_process import AppProcess, wait_until
from fakes.github import FakeGitHub

BRANCH = "thoth/update/pipfile-lock"


@pytest.fixture
def github():
    with FakeGitHub(events=EVENTS) as started:
        yield started


def locked(branch):
    entries = json.loads(branch.files["Pipfile.lock"])["default"]
    return {name: entry["version"].removeprefix("==") for name, entry in entries.items()}


def test_a_release_that_failed_in_one_repository_is_avoided_in_the_next(
    github, index, tmp_path, database_url, pipfile, is_idle
):
    app = AppProcess(
        tmp_path / "app",
        github,
        index.url,
        database_url,
        settings={"THOTH_WATCH_SECONDS": "1"},
    )
    github.webhook_url = app.webhook_url
    first = github.add_repository("octo/first", files={"Pipfile": pipfile}, private=True)
    second = github.add_repository("octo/second", files={"Pipfile": pipfile}, private=True)
    public = github.add_repository("octo/public", files={"Pipfile": pipfile})
    third = github.add_repository("other/third", files={"Pipfile": pipfile})

    def settle(holds, what):
        github.settle()
        wait_until(holds, timeout_seconds=90, what=f"{what}: {app.log()[-3000:]}")
        wait_until(is_idle, timeout_seconds=90, what="never idle")

    def votes():
        with Store.open(database_url) as store:
            return {
                (each.package, each.version, each.other_package): each.outcome
                for each in store.observations("alpha", installation_id=installation.id)
            }

    with app:
        app.wait_ready()
        installation = github.install(first)
        settle(lambda: first.pull_requests, "no pull request")
        first.report_check(BRANCH, "success")
        settle(lambda: votes() == {("alpha", "2.0", None): "passed"}, "no vote")
        first.pull_requests[0].merge(author="octocat")
        first.report_check("main", "success")
        settle(lambda: first.pull_requests[0].merged, "not merged")

        looks = index.count("/simple/alpha/")
        settle(lambda: index.count("/simple/alpha/") >= looks + 2, "no look")
        index.add("beta", "2.0")
        index.add("alpha", "3.0", requires=["beta>=2"])
        settle(
            lambda: BRANCH in first.branches and locked(first.branch(BRANCH))["alpha"] == "3.0",
            "the new release was not proposed",
        )
        first.report_check(BRANCH, "failure")
        settle(lambda: len(votes()) == 3, "no failure")
        assert votes()["alpha", "3.0", None] == votes()["alpha", "3.0", "beta"] == "failed"

        github.install(second)
        settle(lambda: second.pull_requests, "no second pull request")
        github.install(public)
        settle(lambda: public.pull_requests, "no public pull request")
        github.install(third)
        settle(lambda: third.pull_requests, "no third pull request")
        assert app.stop() == 0

    assert locked(second.branch(BRANCH)) == {"alpha": "2.0", "beta": "1.5"}
    body = second.pull_requests[0].body
    assert "seen to pass in 1 of 1 repositories here" in body
    assert "rather than 3.0" in body
    assert "failed in 1 of 1 repositories here, among other changes (9 to 76 % fail" in body
    assert "first" not in body, "a private repository's name stays its own"
    for outside in (public, third):
        assert locked(outside.branch(BRANCH)) == {"alpha": "3.0", "beta": "2.0"}, (
            "and so does its CI"
        )
        assert "repositories here" not in outside.pull_requests[0].body
    assert '"level": "error"' not in app.log()

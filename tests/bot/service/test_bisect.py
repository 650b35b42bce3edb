"""A red pull request is taken apart by the served App, which is killed on the way."""

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


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_fails_is_found_although_the_app_is_killed_after_each_run_of_ci(
    github, index, tmp_path, database_url, pipfile, is_idle
):
    index.add("gamma", "1.0")
    index.add("delta", "1.0")
    app = AppProcess(
        tmp_path / "app",
        github,
        index.url,
        database_url,
        settings={"THOTH_WATCH_SECONDS": "1"},
    )
    github.webhook_url = app.webhook_url
    manifest = pipfile.replace('alpha = "*"', 'beta = "*"\ngamma = "*"\ndelta = "*"')
    repository = github.add_repository("octo/hello", files={"Pipfile": manifest})

    def settle(holds, what):
        github.settle()
        wait_until(holds, timeout_seconds=90, what=f"{what}: {app.log()[-3000:]}")
        wait_until(is_idle, timeout_seconds=90, what="never idle")

    def locked():
        entries = json.loads(repository.branch(BRANCH).files["Pipfile.lock"])["default"]
        return {name: entry["version"].removeprefix("==") for name, entry in entries.items()}

    with app:
        app.wait_ready()
        github.install(repository)
        settle(lambda: repository.pull_requests, "no pull request")
        repository.pull_requests[0].merge()
        repository.report_check("main", "success")
        looks = index.count("/simple/delta/")
        settle(lambda: index.count("/simple/delta/") >= looks + 2, "no look")
        for name in ("beta", "gamma", "delta"):
            index.add(name, "2.0")
        settle(
            lambda: BRANCH in repository.branches and set(locked().values()) == {"2.0"},
            "not all were proposed",
        )
        tried = []
        head = None
        while repository.branches[BRANCH] != head:
            head = repository.branches[BRANCH]
            tried.append(locked())
            app.kill()
            repository.report_check(BRANCH, "failure" if locked()["delta"] == "2.0" else "success")
            app.start()
            app.wait_ready()
            # GitHub does not deliver again by itself: the App asks for what it missed.
            said = len(repository.pull_requests[1].comments)
            settle(lambda said=said: len(repository.pull_requests[1].comments) > said, "not said")
        assert app.stop() == 0

    assert len(tried) <= 4
    assert locked() == {"beta": "2.0", "gamma": "2.0", "delta": "1.0"}
    comments = [each.body for each in repository.pull_requests[1].comments]
    assert len(comments) == len(tried)
    assert sum("`delta` `2.0` is what fails" in each for each in comments) == 1
    with Store.open(database_url) as store:
        votes = {
            each.version: (each.outcome, each.weight)
            for each in store.observations("delta")
            if each.other_package is None
        }
    assert votes["2.0"] == ("failed", 100)

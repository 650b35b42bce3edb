"""The served App against the fake GitHub and the fake package index, whole."""

from __future__ import annotations

import json

import pytest

from fakes.app_process import AppProcess, wait_until
from fakes.github import FakeGitHub
from fakes.package_index import PackageIndex

BRANCH = "thoth/update/pipfile-lock"

PIPFILE = """\
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true

[packages]
alpha = "*"

[requires]
python_version = "3.11"
"""


@pytest.fixture
def index():
    with PackageIndex() as started:
        started.add("alpha", "1.0")
        started.add("alpha", "2.0", requires=["beta>=1"])
        started.add("beta", "1.0")
        started.add("beta", "1.5")
        yield started


@pytest.fixture
def github():
    with FakeGitHub() as started:
        yield started


def locked(text):
    return {name: entry["version"] for name, entry in json.loads(text)["default"].items()}


def test_signed_push_leads_to_exactly_one_right_pull_request(github, index, tmp_path, database_url):
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    github.webhook_url = app.webhook_url
    repository = github.add_repository("octo/hello", files={"README.md": "hello"})
    with app:
        app.wait_ready()
        github.install(repository)
        github.settle()
        for _ in range(3):
            repository.push("main", {"Pipfile": PIPFILE})
        github.webhooks.duplicate(event="push")
        repository.push("main", {"Pipfile": PIPFILE + "# again\n"})
        github.settle()
        wait_until(
            lambda: repository.pull_requests, timeout_seconds=60, what=f"no request: {app.log()}"
        )
        wait_until(lambda: _is_idle(database_url), timeout_seconds=60, what=app.log())
        (pull_request,) = repository.pull_requests
        assert pull_request.state == "open"
        files = repository.branch(BRANCH).files
        assert locked(files["Pipfile.lock"]) == {"alpha": "==2.0", "beta": "==1.5"}
        assert app.stop() == 0
    assert github.webhook_secret not in app.log()
    assert "PRIVATE KEY" not in app.log()


def _is_idle(database_url):
    from bot.store.service import ServiceStore

    store = ServiceStore.open(database_url)
    try:
        return not store.jobs.pending() and not store.deliveries.waiting(1)
    finally:
        store.close()

"""A repository that nothing happens to is looked at by itself, and `/metrics` tells of it all."""

from __future__ import annotations

import urllib.request

import pytest

from bot.store.service import ServiceStore
from fakes.app_process import AppProcess, wait_until

BRANCH = "thoth/update/pipfile-lock"


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_turn_finds_what_no_delivery_told(
    github, index, tmp_path, database_url, pipfile, is_idle
):
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    github.webhook_url = app.webhook_url
    repository = github.add_repository("octo/hello", files={"Pipfile": pipfile})
    with app:
        app.wait_ready()
        installed = github.install(repository)
        github.settle()
        wait_until(lambda: repository.pull_requests, timeout_seconds=60, what="no pull request")
        wait_until(is_idle, timeout_seconds=60, what="never idle")
        github.webhook_url = None
        repository.push("main", {"Pipfile": pipfile.replace('alpha = "*"', 'alpha = "<2"')})
        store = ServiceStore.open(database_url)
        planned = store.turns.due_at(repository.id)
        store.turns.plan(
            repository.id, installation_id=installed.id, full_name="octo/hello", due_at=0.0
        )
        wait_until(
            lambda: '"==1.0"' in repository.branch(BRANCH).files["Pipfile.lock"],
            timeout_seconds=60,
            what=f"not looked at: {app.log()[-3000:]}",
        )
        wait_until(is_idle, timeout_seconds=60, what="never idle")
        # Which of the openings is next depends on the moment; it is within a day, as before.
        assert abs(store.turns.due_at(repository.id) - planned) <= 86_400
        store.close()
        address = app.webhook_url.partition("/api/")[0] + "/metrics"
        with urllib.request.urlopen(address, timeout=10) as answer:
            metrics = answer.read().decode()
        assert app.stop() == 0
    lines = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if line[0] != "#")
    assert float(lines['thoth_job_seconds_count{kind="update",outcome="done"}']) >= 2
    assert float(lines['thoth_advice_total{status="optimal"}']) >= 2
    assert float(lines['thoth_index_requests_total{outcome="ok"}']) > 2
    assert float(lines['thoth_github_requests_total{outcome="ok"}']) > 10
    assert float(lines["thoth_github_requests_left"]) > 0
    assert "octo" not in metrics
    assert '"level": "error"' not in app.log()

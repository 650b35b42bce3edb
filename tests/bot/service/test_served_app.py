"""The served App against the fake GitHub and the fake package index, whole."""

from __future__ import annotations

import pytest

from fakes.app_process import AppProcess, wait_until


def test_signed_push_leads_to_exactly_one_right_pull_request(
    github, index, tmp_path, database_url, pipfile, is_idle, is_right
):
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    github.webhook_url = app.webhook_url
    repository = github.add_repository("octo/hello", files={"README.md": "hello"})
    alpha = github.add_repository("acme/alpha", files={"README.md": "alpha"})
    alpha.publish("v2.0", "- Faster, says @eve")
    with app:
        app.wait_ready()
        github.install(repository)
        github.settle()
        for _ in range(3):
            repository.push("main", {"Pipfile": pipfile})
        github.webhooks.duplicate(event="push")
        repository.push("main", {"Pipfile": pipfile + "# again\n"})
        github.settle()
        wait_until(lambda: repository.pull_requests, timeout_seconds=60, what="no pull request")
        wait_until(is_idle, timeout_seconds=60, what="never idle")
        assert is_right(repository)
        (pull_request,) = repository.pull_requests
        told = "`alpha` [`2.0`](https://github.com/acme/alpha/releases/tag/v2.0)\n\n- Faster, says &#64;"
        assert told in pull_request.body
        assert app.stop() == 0
    assert github.webhook_secret not in app.log()
    assert "PRIVATE KEY" not in app.log()
    assert '"level": "error"' not in app.log()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_reordered_deliveries_change_nothing(
    github, index, tmp_path, database_url, pipfile, is_idle, is_right
):
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    github.webhook_url = app.webhook_url
    repository = github.add_repository("octo/hello", files={"README.md": "hello"})
    github.webhooks.hold()
    with app:
        app.wait_ready()
        github.install(repository)
        repository.push("main", {"Pipfile": pipfile})
        repository.push("main", {"README.md": "more"})
        repository.push("main", {"Pipfile": pipfile + "# again\n"})
        held = len(github.webhooks.held)
        github.webhooks.release(list(reversed(range(held))))
        github.settle()
        wait_until(lambda: repository.pull_requests, timeout_seconds=60, what="no pull request")
        wait_until(is_idle, timeout_seconds=60, what="never idle")
        assert is_right(repository)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_manifest_that_names_another_index_gets_a_check_run_naming_the_setting(
    github, index, tmp_path, database_url, pipfile, is_idle
):
    hostile = pipfile.replace("https://pypi.org/simple", "http://169.254.169.254/latest")
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    github.webhook_url = app.webhook_url
    repository = github.add_repository("octo/hello", files={"README.md": "hello"})
    with app:
        app.wait_ready()
        github.install(repository)
        repository.push("main", {"Pipfile": hostile})
        github.settle()
        wait_until(lambda: repository.check_runs, timeout_seconds=60, what="no check run")
        wait_until(is_idle, timeout_seconds=60, what="never idle")
    (check_run,) = repository.check_runs
    assert check_run.conclusion == "action_required"
    assert "THOTH_ALLOWED_INDEXES" in check_run.summary
    assert repository.pull_requests == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pull_request_of_a_fork_is_checked_with_the_policy_of_the_base(
    github, index, tmp_path, database_url, pipfile, is_idle
):
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    github.webhook_url = app.webhook_url
    policy = "runtime_environments:\n  - name: ours\n    python_version: '3.11'\n"
    repository = github.add_repository("octo/hello", files={".thoth.yaml": policy})
    fork = repository.fork("mallory")
    fork.push(
        "change",
        {
            "Pipfile": pipfile.replace('alpha = "*"', 'alpha = ">=3"'),
            ".thoth.yaml": policy.replace("ours", "theirs"),
        },
    )
    before = fork.branches
    with app:
        app.wait_ready()
        github.install(repository)
        github.webhooks.hold()
        asked = repository.open_pull_request("mallory:change")
        asked.edit(title="Edited before it was created", author="mallory")
        github.webhooks.release(list(reversed(range(len(github.webhooks.held)))))
        github.settle()
        wait_until(
            lambda: [each for each in repository.check_runs if each.name != "Thoth"],
            timeout_seconds=60,
            what="no check run",
        )
        wait_until(is_idle, timeout_seconds=60, what="never idle")
    (check_run,) = (each for each in repository.check_runs if each.name != "Thoth")
    assert (check_run.name, check_run.conclusion) == ("Thoth: ours", "failure")
    assert "alpha" in check_run.summary
    assert check_run.annotations[0]["path"] == "Pipfile"
    assert fork.branches == before

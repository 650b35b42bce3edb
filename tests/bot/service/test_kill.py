"""Processes that are killed, stopped and woken: the work is completed once, whatever happens when."""

from __future__ import annotations

import itertools
import random
import signal
import time

import pytest

from fakes.app_process import AppProcess, wait_until

pytestmark = pytest.mark.timeout(300)

STALLED_SECONDS = 120.0

REPOSITORIES_PER_OWNER = 5
"""One account has one installation, and GitHub's pace of writing counts for each."""


def add_repositories(github, count):
    return [
        github.add_repository(
            f"owner{number // REPOSITORIES_PER_OWNER}/r{number}", files={"README.md": "hello"}
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("repositories", "kills"),
    [
        pytest.param(2, 2, id="a few"),
        pytest.param(50, 100, id="100 kills", marks=[pytest.mark.slow, pytest.mark.timeout(3000)]),
    ],
)
def test_killed_at_random_moments_every_repository_gets_one_right_pull_request(
    github, index, tmp_path, database_url, pipfile, is_right, repositories, kills
):
    chance = random.Random(repositories)
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    github.webhook_url = app.webhook_url
    found = add_repositories(github, repositories)
    with app:
        app.wait_ready()
        for repository in found:
            github.install(repository)
        for number in range(kills):
            for repository in found[number::kills]:
                repository.push("main", {"Pipfile": pipfile})
            chance_moment(chance, github)
            app.kill()
            app.start()
            app.wait_ready()
        for repository in found[kills:]:
            repository.push("main", {"Pipfile": pipfile + "# once more\n"})
        wait_until(lambda: all(map(is_right, found)), timeout_seconds=900, what=app.log()[-3000:])


def assert_pace(github):
    """No two writes for the one account were under way together, whichever worker sent them."""
    writes = [
        call.moment
        for call in github.calls
        if call.method != "GET" and not call.path.startswith("/app/")
    ]
    assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(writes))


def chance_moment(chance, github):
    """Wait for a random number of further requests to GitHub, at most two seconds."""
    import contextlib

    wanted = len(github.calls) + chance.randrange(12)
    with contextlib.suppress(TimeoutError):
        wait_until(
            lambda: len(github.calls) >= wanted, timeout_seconds=chance.random() * 2, what=""
        )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("repositories", "kills"),
    [
        pytest.param(2, 2, id="a few"),
        pytest.param(50, 100, id="100 kills", marks=[pytest.mark.slow, pytest.mark.timeout(3000)]),
    ],
)
def test_three_workers_killed_at_random_finish_each_others_work(
    github, index, tmp_path, database_url, pipfile, is_right, repositories, kills
):
    chance = random.Random(kills)
    web = AppProcess(tmp_path / "web", github, index.url, database_url, command="web")
    workers = [
        AppProcess(tmp_path / "web", github, index.url, database_url, command="worker")
        for _ in range(3)
    ]
    github.webhook_url = web.webhook_url
    found = add_repositories(github, repositories)
    with web, workers[0], workers[1], workers[2]:
        web.wait_ready()
        for repository in found:
            github.install(repository)
        for number in range(kills):
            for repository in found[number::kills]:
                repository.push("main", {"Pipfile": pipfile})
            victim = chance.choice(workers)
            victim.wait_started()
            chance_moment(chance, github)
            victim.kill()
            victim.start()
        wait_until(
            lambda: all(map(is_right, found)),
            timeout_seconds=900,
            what="".join(each.log()[-1500:] for each in workers),
        )
    if repositories <= REPOSITORIES_PER_OWNER:
        assert_pace(github)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_stopped_worker_that_wakes_up_has_no_effect(
    github, index, tmp_path, database_url, pipfile, is_right, is_idle
):
    web = AppProcess(tmp_path / "web", github, index.url, database_url, command="web")
    stalled = AppProcess(tmp_path / "one", github, index.url, database_url, command="worker")
    other = AppProcess(tmp_path / "two", github, index.url, database_url, command="worker")
    github.webhook_url = web.webhook_url
    repository = github.add_repository("octo/hello", files={"README.md": "hello"})
    stopped = []

    def stop():
        stalled.signal(signal.SIGSTOP)
        stopped.append(time.monotonic())

    github.before_call(stop, operation="git/create-tree")
    with web, stalled:
        web.wait_ready()
        github.install(repository)
        repository.push("main", {"Pipfile": pipfile})
        wait_until(
            lambda: any(call.operation == "git/create-tree" for call in github.calls),
            timeout_seconds=60,
            what=stalled.log(),
        )
        with other:
            # Within a minute, and its own start.
            wait_until(lambda: is_right(repository), timeout_seconds=75, what=other.log())
            # The dashboard comes after the pull request.
            wait_until(is_idle, timeout_seconds=30, what="the other one is never done")
            head = repository.branches["thoth/update/pipfile-lock"]
            calls = len(github.calls)
            time.sleep(max(0.0, stopped[0] + STALLED_SECONDS - time.monotonic()))
            stalled.signal(signal.SIGCONT)
            wait_until(lambda: "fenced" in stalled.log(), timeout_seconds=60, what=stalled.log())
            wait_until(is_idle, timeout_seconds=60, what="never idle")
            writes = [call for call in github.calls[calls:] if call.method != "GET"]
    assert is_right(repository)
    assert repository.branches["thoth/update/pipfile-lock"] == head
    assert [call for call in writes if "access_tokens" not in call.path] == []

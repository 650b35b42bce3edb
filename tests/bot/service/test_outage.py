"""The server is down, or another version of it: nothing of what passed meanwhile is lost."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from fakes.app_process import AppProcess, wait_until
from fakes.github import Clock, FakeGitHub

FILES = {"README.md": "hello"}


class AnHourBehind(Clock):
    """A clock that begins an hour before the machine's, and can be moved on to it."""

    def __init__(self):
        super().__init__()
        self._moved = timedelta(hours=-1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_hour_of_events_that_passed_while_the_server_was_down_is_made_up_for(
    index, tmp_path, database_url, pipfile, is_idle, is_right
):
    chance = random.Random(1)
    clock = AnHourBehind()
    with FakeGitHub(clock=clock) as github:
        app = AppProcess(tmp_path / "app", github, index.url, database_url)
        github.webhook_url = app.webhook_url
        found = [github.add_repository(f"owner{each}/hello", files=FILES) for each in range(6)]
        installations = [github.install(repository) for repository in found]
        *kept, left = found
        for minute in range(60):
            clock.advance(60)
            text = pipfile + f"# {minute}\n"
            files = {"Pipfile": text} if minute % 3 else {"README.md": text}
            chance.choice(found).push(
                "main", files, commit_list=chance.choice(["listed", "missing"])
            )
        for repository in kept:
            repository.push("main", {"Pipfile": pipfile})
        kept[0].push("change", {"Pipfile": pipfile.replace('"*"', '">=3"', 1)})
        asked = kept[0].open_pull_request("change")
        kept[1].rename("renamed")
        installations[-1].delete()
        github.settle()
        lost = {each.guid for each in github.deliveries}
        assert not any(each.succeeded for each in github.deliveries)
        with app:
            app.wait_ready()
            wait_until(
                lambda: (
                    all(map(is_right, [each for each in kept if each is not kept[0]]))
                    and kept[0].check_runs
                ),
                timeout_seconds=90,
                what=app.log()[-3000:],
            )
            github.settle()
            wait_until(is_idle, timeout_seconds=60, what="never idle")
        again = [each for each in github.deliveries if each.redelivery]
        assert {each.guid for each in again} == lost
        assert len(again) == len(lost)
        assert left.pull_requests == []
        (check_run,) = (each for each in kept[0].check_runs if each.name != "Thoth")
        assert (check_run.conclusion, check_run.suite.head_sha) == ("failure", asked.head_sha)


OLDER = """
import sys

if "serve" in sys.orig_argv:
    import bot.jobs.queue
    bot.jobs.queue.SCHEMA = "0"
"""


@pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)],
    indirect=True,
)
def test_jobs_that_an_older_version_left_are_done_by_the_newer_one(
    github, index, tmp_path, database_url, pipfile, is_right
):
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "sitecustomize.py").write_text(OLDER)
    app = AppProcess(tmp_path / "app", github, index.url, database_url)
    app.settings["PYTHONPATH"] = str(tmp_path / "older")
    github.webhook_url = app.webhook_url
    at_work, postponed = (
        github.add_repository(f"owner{each}/hello", files=FILES) for each in range(2)
    )
    down = github.fail(500, path="/repos/owner1/*", method="POST", times=None)
    with app:
        app.wait_ready()
        github.install(postponed)
        postponed.push("main", {"Pipfile": pipfile})
        wait_until(
            lambda: '"outcome": "postponed"' in app.log(), timeout_seconds=90, what="not postponed"
        )
        github.before_call(app.kill, operation="git/create-tree", path="/repos/owner0/*")
        github.install(at_work)
        at_work.push("main", {"Pipfile": pipfile})
        wait_until(lambda: app.process.poll() is not None, timeout_seconds=60, what="not killed")
        down.times = 0
        del app.settings["PYTHONPATH"]
        app.start()
        app.wait_ready()
        wait_until(
            lambda: is_right(at_work) and is_right(postponed),
            timeout_seconds=100,
            what=app.log()[-3000:],
        )

"""A run that was killed anywhere is completed by the next one."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.forge import BranchName
from bot.local.forge import LocalForge
from bot.local.git import Git
from bot.local.repository import open_repository
from fakes.advisor import FakeAdvisor

FAKES = str(Path(__file__).parents[1] / "fakes")
BRANCH = "thoth/update/pipfile-lock"
OLD = FakeAdvisor({"flask": "3.0"})
NEW = FakeAdvisor({"flask": "3.1"})


class KilledError(BaseException):
    """Stands for SIGKILL: nothing catches it, nothing after it runs."""


WRITING = ["hash-object", "mktree", "commit-tree", "update-ref"]


def kill_at_command(monkeypatch, command):
    """Make the given git command end the run before it does anything."""
    original = Git.run

    def killed(self, *arguments, **options):
        if arguments[0] == command:
            raise KilledError
        return original(self, *arguments, **options)

    monkeypatch.setattr(Git, "run", killed)


def kill_at_step(monkeypatch, step):
    """Make a method of the forge end the run before it does anything."""

    async def killed(self, *arguments, **options):
        raise KilledError

    monkeypatch.setattr(LocalForge, step, killed)


@pytest.mark.parametrize("moment", [*WRITING, "open_pull_request"])
def test_a_killed_run_is_completed_by_the_next(person, run, monkeypatch, moment):
    with monkeypatch.context() as patch:
        (kill_at_command if moment in WRITING else kill_at_step)(patch, moment)
        with pytest.raises(KilledError):
            run(OLD)

    ran = run(OLD)

    assert [each["branch"] for each in ran.data["pull_requests"]] == [BRANCH]
    assert person.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert run(OLD).data == ran.data


@pytest.mark.parametrize("moment", [*WRITING, "edit_pull_request"])
def test_a_killed_update_is_completed_by_the_next(person, run, monkeypatch, moment):
    run(OLD)
    with monkeypatch.context() as patch:
        (kill_at_command if moment in WRITING else kill_at_step)(patch, moment)
        with pytest.raises(KilledError):
            run(NEW)

    ran = run(NEW)

    (request,) = ran.data["pull_requests"]
    assert "`3.1`" in request["body"]
    assert '"==3.1"' in request["files"]["Pipfile.lock"]
    assert person.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_a_state_file_that_was_half_written_is_never_taken(person, run, monkeypatch):
    run(OLD)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(KilledError()))
        patch.setattr("pathlib.Path.unlink", lambda *_, **__: None)
        with pytest.raises(KilledError):
            run(NEW)
    folder = person.folder / ".git/thoth"
    assert list(folder.glob("state.*.tmp"))

    ran = run(NEW)

    assert "`3.1`" in ran.data["pull_requests"][0]["body"]
    assert sorted(path.name for path in folder.iterdir()) == ["lock", "state.json"]


@pytest.mark.parametrize(
    "broken", ["", '{"format": "thoth', "[]", '{"format": "other/9"}', "[" * 99999]
)
def test_a_broken_state_file_is_put_aside_and_made_anew(person, run, broken):
    first = run(OLD).data
    state = person.folder / ".git/thoth/state.json"
    state.write_text(broken)

    ran = run(OLD)

    assert ran.data == first
    assert "could not be read" in ran.err
    assert (person.folder / ".git/thoth/state.json.broken").read_text() == broken


def test_a_lost_state_is_made_anew_from_the_branch(person, run):
    first = run(OLD).data
    (person.folder / ".git/thoth/state.json").unlink()
    head = person.git("rev-parse", BRANCH)

    assert run(OLD).data == first
    assert person.git("rev-parse", BRANCH) == head


def test_a_second_run_at_the_same_time_is_told_to_wait(person, run):
    run(OLD)
    with (person.folder / ".git/thoth/lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        ran = run(NEW)

    assert ran.code == 2
    assert "another run of Thoth is at work" in ran.data["message"]


def test_a_branch_that_moves_while_resolving_is_not_overwritten(person, run, monkeypatch):
    run(OLD)
    tree = person.git("rev-parse", "main^{tree}")
    theirs = person.git("commit-tree", tree, "-p", BRANCH, "-m", "mine")
    original = LocalForge.write_commit

    async def race(self, commit):
        person.git("update-ref", f"refs/heads/{BRANCH}", theirs)
        return await original(self, commit)

    monkeypatch.setattr(LocalForge, "write_commit", race)
    ran = run(NEW)

    assert ran.code == 2
    assert "the branch changed while Thoth was at work" in ran.data["message"]
    assert person.git("rev-parse", BRANCH) == theirs


def test_a_full_disk_leaves_the_state_as_it_was(person, run, monkeypatch):
    run(OLD)
    before = (person.folder / ".git/thoth/state.json").read_bytes()
    with monkeypatch.context() as patch:

        def full(_descriptor):
            raise OSError(28, "No space left on device")

        patch.setattr(os, "fsync", full)
        ran = run(NEW)

    assert ran.code == 2
    assert ".git/thoth/state.json: No space left on device" in ran.data["message"]
    assert (person.folder / ".git/thoth/state.json").read_bytes() == before
    assert "`3.1`" in run(NEW).data["pull_requests"][0]["body"]


def test_a_limit_on_file_sizes_is_told_and_the_next_run_completes(person, run):
    code = (
        "import sys, resource, types\n"
        "sys.modules['fakes'] = types.ModuleType('fakes')\n"
        "sys.modules['fakes'].__path__ = [sys.argv[2]]\n"
        "from fakes.advisor import FakeAdvisor\n"
        "from bot.local import command\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
        "advisor = FakeAdvisor({'flask': '3.1'})\n"
        "sys.exit(command.run_local(sys.argv[1], propose=advisor))\n"
    )
    limited = subprocess.run(
        [sys.executable, "-c", code, str(person.folder), FAKES],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert limited.returncode == 2
    assert re.search(r"git \S+ failed: ended by signal SIGXFSZ", limited.stderr)
    assert "`3.1`" in run(NEW).data["pull_requests"][0]["body"]


async def test_a_comment_is_written_once_however_often_it_is_asked_for(person):
    forge = LocalForge(open_repository(person.folder), lambda: 0.0)
    with forge.store.locked():
        await forge.open_pull_request(BranchName(BRANCH), base="main", title="t", body="b")
        for _ in range(2):
            await forge.comment(1, key="edited:1", text="hello")

    state = json.loads((person.folder / ".git/thoth/state.json").read_text())
    assert [each["text"] for each in state["comments"]] == ["hello"]

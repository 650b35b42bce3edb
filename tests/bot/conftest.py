from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bot.local.command import run_local
from fakes.advisor import FakeAdvisor

if TYPE_CHECKING:
    from pathlib import Path

PERSON = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass
class Person:
    """Somebody who works on a repository with git, as people do."""

    folder: Path

    def git(self, *arguments, check=True, **options):
        finished = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **PERSON},
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert not check or finished.returncode == 0, finished.stderr
        return finished.stdout.strip()

    def write(self, path, text):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, files, message="work"):
        for path, text in files.items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def show(self, revision):
        return self.git("show", revision)

    def snapshot(self):
        """Everything in the repository and the working tree: path to content and time of change."""
        return {
            str(path.relative_to(self.folder)): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }


@pytest.fixture
def person(tmp_path):
    """A repository with one commit: a Pipfile that asks for flask."""
    folder = tmp_path / "repository"
    folder.mkdir()
    person = Person(folder)
    person.git("init", "--quiet", "--initial-branch=main", "--template=")
    person.commit({"Pipfile": '[packages]\nflask = "*"\n', "README": "hello\n"})
    return person


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def data(self):
        return json.loads(self.out)


@pytest.fixture
def run(capfd, person):
    """Run `thoth-bot local` on the person's repository with a fake advisor."""

    def run_once(advisor=None, *, path=None, as_json=True, example=None):
        target = None if example is not None else str(path or person.folder)
        code = run_local(
            target,
            example=example,
            as_json=as_json,
            propose=advisor or FakeAdvisor({"flask": "3.0"}),
            clock=lambda: 1_700_000_000.0,
        )
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run_once

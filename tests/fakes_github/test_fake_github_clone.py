"""git itself clones from the fake and pushes to it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from fakes.github import FakeGitHub

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OSError(done.stderr)
    return done.stdout


def test_git_clones_and_pushes_with_a_token(tmp_path: Path) -> None:
    with FakeGitHub() as github:
        repository = github.add_repository("octo/hello", files={"a": "1"}, private=True)
        repository.fork("mallory").push("evil", {"a": "2"}, author="mallory")
        token = github.install(repository).token()
        url = f"{github.url}/octo/hello.git".replace("://", f"://x-access-token:{token}@")
        with pytest.raises(OSError, match=r"could not read Username"):
            git(tmp_path, "clone", f"{github.url}/octo/hello.git", "refused")
        git(tmp_path, "clone", "--quiet", url, "hello")
        folder = tmp_path / "hello"
        assert (folder / "a").read_text() == "1"
        assert "evil" not in git(folder, "branch", "--all")
        git(folder, "checkout", "--quiet", "-b", "feature")
        (folder / "a").write_text("2")
        git(folder, "commit", "--quiet", "--all", "--message", "Change")
        git(folder, "push", "--quiet", "origin", "feature")
        assert repository.branch("feature").sha == git(folder, "rev-parse", "HEAD").strip()
        pushed = [one.payload for one in github.deliveries if one.event == "push"]
        assert [one["ref"] for one in pushed] == ["refs/heads/feature"]


def test_git_may_not_push_without_the_permission(tmp_path: Path) -> None:
    with FakeGitHub() as github:
        repository = github.add_repository("octo/hello", files={"a": "1"})
        token = github.install(repository, permissions={"contents": "read"}).token()
        git(tmp_path, "clone", "--quiet", f"{github.url}/octo/hello.git", "hello")
        folder = tmp_path / "hello"
        url = f"{github.url}/octo/hello.git".replace("://", f"://x-access-token:{token}@")
        with pytest.raises(OSError, match="403"):
            git(folder, "push", url, "HEAD:refs/heads/feature")
        assert list(repository.branches) == ["main"]

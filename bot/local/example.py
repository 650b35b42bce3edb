"""Makes the example repository: tensorflow and flask in a Pipfile, with a lock from mid-2024."""

from __future__ import annotations

import os
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from bot.conversation.quoting import plain
from bot.errors import GitError
from bot.local.forge import IDENTITY_EMAIL, IDENTITY_NAME
from bot.local.git import Git, find_git

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["make_example"]

MESSAGE = "Ask for tensorflow and flask\n\nThoth-Example: 1\n"
DATE = "@1719792000 +0000"
"""2024-07-01, the day of the lockfile; a fixed date makes the commit the same everywhere."""


def make_example(folder: Path | None) -> Path:
    """Make the example in `folder`, by default in a fresh temporary one, and return its path.

    A folder that holds the example already is returned as it is. Raises InputError when it holds
    anything else. Killed in the middle, it leaves nothing at `folder`.
    """
    if folder is None:
        return _fill(Path(tempfile.mkdtemp(prefix="thoth-example-")))
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - a symbolic link is kept as named
    if _is_example(folder):
        return folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError.single(
            plain(str(folder)),
            "not empty, and not the example",
            hint="name a folder that does not exist yet",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = _fill(Path(tempfile.mkdtemp(prefix=".thoth-example-", dir=folder.parent)))
    scratch.rename(folder)
    return folder


def _files() -> Mapping[str, bytes]:
    data = resources.files("bot.local") / "example_data"
    return {
        "Pipfile": (data / "Pipfile.toml").read_bytes(),
        "Pipfile.lock": (data / "Pipfile.lock.json").read_bytes(),
    }


def _is_example(folder: Path) -> bool:
    """Return whether the folder's history begins with the example's commit."""
    git_dir = folder / ".git"
    if not git_dir.is_dir():
        return False
    git = Git(find_git(), folder, git_dir)
    try:
        roots = git.run("rev-list", "--max-parents=0", "--max-count=1", "HEAD").decode().strip()
        return MESSAGE.encode() in git.run("cat-file", "commit", roots)
    except GitError:
        return False


def _fill(folder: Path) -> Path:
    """Make a repository with one commit, checked out, in an empty folder."""
    files = _files()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    outside = Git(find_git(), folder)
    outside.run("-c", "init.defaultBranch=main", "init", "--quiet", "--template=", str(folder))
    git = Git(outside.program, folder, folder / ".git")
    git.run("--work-tree=.", "add", "--", *files)
    identity = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", IDENTITY_NAME), ("EMAIL", IDENTITY_EMAIL), ("DATE", DATE))
    }
    git.run("--work-tree=.", "commit", "--quiet", "-m", MESSAGE, environment=identity)
    folder.chmod(0o755)
    return folder

"""Opens a git repository on disk: where its parts are, who may read it, what its HEAD is."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from advisor_core.errors import InputError
from bot.conversation.quoting import plain
from bot.errors import GitError
from bot.forge import Base, CommitSha
from bot.local.git import Git, find_git

__all__ = ["DETACHED", "Repository", "open_repository"]

DETACHED = "HEAD"
"""What stands for the base branch when HEAD names a commit and no branch."""


@dataclass(frozen=True, slots=True)
class Repository:
    """One git repository; a linked worktree counts as the repository it belongs to."""

    path: Path
    """What the person named, absolute."""
    git: Git
    common_dir: Path
    """Where refs and objects are: `.git`, also for a linked worktree."""
    worktree: Path | None
    """Where the files are checked out; None: bare."""

    @property
    def private(self) -> bool:
        """Whether not everybody may read it: always, it is on this machine."""
        return True

    def head(self) -> Base:
        """Return the branch that HEAD names, and its commit. Raises InputError when it has none."""
        name = self.git.ask("symbolic-ref", "--quiet", "HEAD")
        branch = DETACHED
        if name is not None and name.startswith(b"refs/heads/"):
            branch = (
                name.decode("utf-8", "surrogateescape").rstrip("\n").removeprefix("refs/heads/")
            )
        head = self.commit("HEAD")
        if head is None:
            raise InputError.single(
                plain(str(self.path)),
                "the repository has no commit yet",
                hint="commit the manifest first: Thoth reads what is committed",
            )
        return Base(branch, head)

    def commit(self, revision: str) -> CommitSha | None:
        """Return the commit that a revision names, None when it names none."""
        found = self.git.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        return CommitSha(found.decode().strip()) if found else None


def open_repository(path: str | os.PathLike[str]) -> Repository:
    """Open the repository whose top folder (or bare repository) is `path`.

    Raises InputError when there is none, when `path` is a folder inside one, and when git refuses
    it because somebody else owns it.
    """
    folder = Path(os.path.abspath(path))  # noqa: PTH100 - a symbolic link is kept as named
    if not folder.is_dir():
        raise InputError.single(plain(str(folder)), "no such folder")
    git = _trusted(Git(find_git(), folder))
    git_dir = _ask_path(git, "--absolute-git-dir")
    common_dir = _ask_path(git, "--path-format=absolute", "--git-common-dir")
    bare = git.run("rev-parse", "--is-bare-repository").strip() == b"true"
    if not bare:
        _require_top(git, folder, git_dir)
    return Repository(
        path=folder,
        git=replace(git, folder=git_dir, git_dir=git_dir),
        common_dir=common_dir,
        worktree=None if bare else folder,
    )


def _require_top(git: Git, folder: Path, git_dir: Path) -> None:
    """Raise InputError unless the folder is the top of its working tree."""
    if git.run("rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise InputError.single(
            plain(str(folder)),
            "this is the inside of a repository, not its top folder",
            hint=f"name the top folder: thoth-bot local {plain(str(git_dir.parent))}",
        )
    if git.run("rev-parse", "--show-prefix").strip(b"\n"):
        top = _ask_path(git, "--show-toplevel")
        raise InputError.single(
            plain(str(folder)),
            "a folder inside a repository, not its top folder",
            hint=f"Thoth looks at whole repositories: thoth-bot local {plain(str(top))}",
        )


def _ask_path(git: Git, *options: str) -> Path:
    answer = git.run("rev-parse", *options)
    return Path(os.fsdecode(answer.removesuffix(b"\n")))


def _trusted(git: Git) -> Git:
    """Return the runner if git agrees to read the repository; the person's own exceptions count.

    git refuses a repository that somebody else owns unless `safe.directory` names it, which it
    takes from the person's configuration only; that is off here, so its value is read and passed.
    https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
    """
    for candidate in (git, None):
        runner = candidate or replace(git, extra_config=_safe_directories(git))
        try:
            runner.run("rev-parse", "--absolute-git-dir")
        except GitError as error:
            refused = "dubious ownership" in error.detail
            if refused and candidate is not None:
                continue
            raise _explain(git.folder, error, refused=refused) from error
        return runner
    raise AssertionError("unreachable: the second round returns or raises")


def _explain(folder: Path, error: GitError, *, refused: bool) -> InputError:
    place = plain(str(folder))
    if refused:
        return InputError.single(
            place,
            "somebody else owns this repository, so git does not read it",
            hint=f"if you trust it: git config --global --add safe.directory {place}",
        )
    if "not a git repository" in error.detail:
        return InputError.single(
            place, "not a git repository", hint="try `thoth-bot local --example`, or run git init"
        )
    return InputError.single(place, f"git cannot read this repository: {error.detail}")


def _safe_directories(git: Git) -> tuple[tuple[str, str], ...]:
    """Return the person's own `safe.directory` entries, read outside any repository."""
    entries = []
    for scope in ("--system", "--global"):
        finished = subprocess.run(
            [git.program, "config", scope, "--null", "--get-all", "safe.directory"],
            cwd=os.sep,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
        )
        entries += [os.fsdecode(entry) for entry in finished.stdout.split(b"\0") if entry]
    return tuple(("safe.directory", entry) for entry in entries)

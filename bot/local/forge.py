"""The forge port on a local git repository. Creates and moves Thoth's own branches, nothing else.

HEAD, index, working tree and every other ref stay as they are, and nothing is pushed.
"""

from __future__ import annotations

import os
import stat
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from bot.conversation.quoting import plain
from bot.errors import BranchMovedError, ForgeError, GitError
from bot.forge import MAX_FILE_BYTES, OWN_PREFIXES, BranchState, CommitSha, PullRequest
from bot.ledger import Deeds
from bot.local.objects import Objects
from bot.local.state import Comment, StateStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from bot.forge import (
        Base,
        BranchName,
        Changelog,
        CheckRun,
        NewCommit,
        Project,
        PublishedRelease,
    )
    from bot.local.repository import Repository

__all__ = ["IDENTITY_EMAIL", "IDENTITY_NAME", "LocalForge"]

IDENTITY_NAME = "Thoth"
IDENTITY_EMAIL = "thoth@thoth.invalid"
"""Committer of Thoth's local commits, by which it knows them. `.invalid` is nobody's: RFC 2606."""


@dataclass(slots=True)
class LocalForge:
    """One local repository. `clock` gives seconds since the epoch, for the dates of commits."""

    repository: Repository
    clock: Callable[[], float]
    store: StateStore = field(init=False)
    objects: Objects = field(init=False)

    def __post_init__(self) -> None:
        self.store = StateStore(self.repository.common_dir / "thoth")
        self.objects = Objects(self.repository.git)

    async def base(self) -> Base:
        """Return the branch that HEAD names. Raises InputError when that is one of Thoth's own."""
        base = self.repository.head()
        if base.branch.startswith(OWN_PREFIXES):
            raise InputError.single(
                plain(str(self.repository.path)),
                f"HEAD is on a branch that Thoth writes: {plain(base.branch)!r}",
                hint="check out the branch that it should improve, such as main",
            )
        return base

    async def read_file(self, commit: CommitSha, path: str) -> bytes | None:
        """Return the content of a file at a commit, None when it does not exist there."""
        return self.objects.read(commit, path)

    async def list_folder(self, commit: CommitSha, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder at a commit, None when there is none."""
        return self.objects.names(commit, folder)

    async def read_shared(self, repository: str, path: str) -> bytes | None:  # noqa: ARG002
        """Return None: a local run knows one repository."""
        return None

    def project_at(self, url: str) -> Project | None:  # noqa: ARG002 - the port's
        """Return None: nobody else is asked."""
        return None

    async def releases(self, project: Project) -> tuple[PublishedRelease, ...]:  # noqa: ARG002
        """Return nothing."""
        return ()

    async def changelog(self, project: Project) -> Changelog | None:  # noqa: ARG002
        """Return nothing."""
        return None

    async def branch_state(self, branch: BranchName, base: Base) -> BranchState | None:
        """Return the branch as seen from the base, None when it does not exist."""
        git = self.repository.git
        ref = f"refs/heads/{branch}"
        if git.ask("symbolic-ref", "--quiet", ref) is not None:
            raise ForgeError(
                f"the branch is a symbolic ref: {branch!r}",
                hint=f"remove it: git symbolic-ref --delete {ref}",
            )
        head = self.repository.commit(ref)
        if head is None:
            return None
        fork = git.ask("merge-base", base.head, head)
        parent, foreign = self._describe(head)
        return BranchState(
            branch=branch,
            head=head,
            parent=parent,
            fork=CommitSha(fork.decode().strip()) if fork else None,
            foreign=foreign,
        )

    async def recent_subjects(self, base: Base) -> tuple[str, ...]:
        """Return the first lines of the newest commits' messages, at most 50, the newest first."""
        listed = self.repository.git.run("log", "--max-count=50", "--format=%s", base.head, "--")
        return tuple(listed.decode("utf-8", "replace").splitlines())

    def urgently(self) -> AbstractContextManager[None]:
        """Change nothing: a local repository has no limits."""
        return nullcontext()

    async def write_commit(self, commit: NewCommit) -> CommitSha:
        """Write the commit and point the branch to it, at once or not at all; return its id."""
        self._require_not_checked_out(commit.branch)
        tree = self.objects.write_tree(commit.parent, commit.files)
        date = f"@{int(self.clock())} +0000"
        identity = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", IDENTITY_NAME), ("EMAIL", IDENTITY_EMAIL), ("DATE", date))
        }
        git = replace(
            self.repository.git,
            extra_config=(*self.repository.git.extra_config, ("i18n.commitEncoding", "UTF-8")),
        )
        written = git.run(
            "commit-tree",
            tree,
            "-p",
            commit.parent,
            input_bytes=commit.message.encode(),
            environment=identity,
        )
        sha = CommitSha(written.decode().strip())
        self._move(commit.branch, sha, commit.expected_head, identity)
        return sha

    async def pull_requests(self, branches: Iterable[BranchName] = ()) -> tuple[PullRequest, ...]:  # noqa: ARG002
        """Return the pull requests in the state file; one whose branch HEAD contains is merged."""
        state = self.store.load()
        base = self.repository.head()
        for pull_request in state.pull_requests:
            if pull_request.state == "open":
                branch = await self.branch_state(pull_request.branch, base)
                if branch is not None and branch.contained:
                    merged = replace(pull_request, state="merged")
                    state = state.with_pull_request(merged)
        self.store.save(state)
        return state.pull_requests

    async def deeds(self) -> Deeds:
        """Return that nothing was done: whoever runs it here asked for it by hand."""
        return Deeds()

    async def open_pull_request(
        self, branch: BranchName, *, base: str, title: str, body: str
    ) -> PullRequest:
        """Note a new pull request, or bring the one that is open up to date; return it."""
        state = self.store.load()
        for each in state.pull_requests:
            if each.branch == branch and each.state == "open":
                self._change(each.number, title=title, body=body)
                return self._pull_request(each.number)
        number = 1 + max((each.number for each in state.pull_requests), default=0)
        pull_request = PullRequest(number, branch, base, title, body)
        self.store.save(state.with_pull_request(pull_request))
        return pull_request

    async def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Do nothing: there are no labels here."""

    async def invite(
        self,
        number: int,  # noqa: ARG002 - the port's
        *,
        assignees: Sequence[str],  # noqa: ARG002 - as above
        reviewers: Sequence[str],  # noqa: ARG002 - as above
    ) -> tuple[str, ...]:
        """Do nothing: there are no people here."""
        return ()

    async def finish_pull_request(
        self,
        number: int,
        *,
        body: str,
        labels: Sequence[str] = (),  # noqa: ARG002 - the port's
    ) -> None:
        """Replace the body; there are no labels here."""
        self._change(number, body=body)

    async def edit_pull_request(self, number: int, *, title: str, body: str) -> None:
        """Replace title and body."""
        self._change(number, title=title, body=body)

    async def close_pull_request(self, number: int, *, reason: str) -> None:
        """Close it; the branch is left for the person to delete."""
        self._change(number, state="closed", closed_by_thoth=True, reason=reason)

    async def comment(self, number: int, *, key: str, text: str) -> None:
        """Write a comment unless one with that key is there."""
        state = self.store.load()
        present = {(each.number, each.key) for each in state.comments}
        if (number, key) not in present:
            self.store.save(replace(state, comments=(*state.comments, Comment(number, key, text))))
        self._change(number, comments=self._pull_request(number).comments | {key})

    async def put_dashboard(self, title: str, body: str) -> None:
        """Do nothing: there are no issues here."""

    async def tell_in_dashboard(self, reason: str, hint: str = "") -> None:
        """Do nothing: there are no issues here."""

    async def check_runs(self, head_sha: CommitSha) -> tuple[CheckRun, ...]:
        """Return Thoth's check runs on a commit."""
        return tuple(each for each in self.store.load().check_runs if each.head_sha == head_sha)

    async def put_check_run(self, check_run: CheckRun) -> None:
        """Keep the check run; those of other commits are forgotten: nobody looks at them here."""
        state = self.store.load()
        kept = [
            each
            for each in state.check_runs
            if each.head_sha == check_run.head_sha and each.name != check_run.name
        ]
        runs = sorted([*kept, check_run], key=lambda each: each.name)
        self.store.save(replace(state, check_runs=tuple(runs)))

    def uncommitted(self, commit: CommitSha, paths: Iterable[str]) -> tuple[str, ...]:
        """Return those of the paths whose content in the working tree is not the committed one.

        Line ends do not count, because git may have converted them. A bare repository has none.
        """
        top = self.repository.worktree
        if top is None:
            return ()
        changed = []
        for path in paths:
            try:
                committed = self.objects.read(commit, path)
            except InputError:
                continue
            present = _read_regular(os.path.join(top, path))  # noqa: PTH118 - bytes as they are
            if _unix_lines(present) != _unix_lines(committed):
                changed.append(path)
        return tuple(changed)

    def _describe(self, head: CommitSha) -> tuple[CommitSha | None, str | None]:
        """Return a commit's first parent, and its committer unless that is Thoth."""
        raw = self.repository.git.run("cat-file", "commit", head)
        header = raw.split(b"\n\n", 1)[0].split(b"\n")
        parents = [line.split(b" ", 1)[1] for line in header if line.startswith(b"parent ")]
        committers = [line.split(b" ", 1)[1] for line in header if line.startswith(b"committer ")]
        committer = committers[0].decode("utf-8", "replace") if committers else ""
        name = committer.partition(" <")[0]
        email = committer.partition("<")[2].partition(">")[0]
        foreign = None if email == IDENTITY_EMAIL and len(parents) < 2 else name or "somebody"
        return (CommitSha(parents[0].decode()) if parents else None), foreign

    def _require_not_checked_out(self, branch: BranchName) -> None:
        """Raise ForgeError when a worktree has the branch: its files would look edited."""
        listing = self.repository.git.run("worktree", "list", "--porcelain")
        if f"branch refs/heads/{branch}".encode() in listing.split(b"\n"):
            raise ForgeError(
                f"the branch is checked out in a worktree: {branch!r}",
                hint="check out another branch there, then run the same command again",
            )

    def _move(
        self,
        branch: BranchName,
        sha: CommitSha,
        expected: CommitSha | None,
        identity: dict[str, str],
    ) -> None:
        """Point the branch to the commit if it is where it is expected to be."""
        ref = f"refs/heads/{branch}"
        old = expected or "0" * len(sha)
        try:
            self.repository.git.run(
                "update-ref", "--no-deref", "-m", "thoth: update", ref, sha, old,
                environment=identity,
            )  # fmt: skip
        except GitError as error:
            if self.repository.commit(ref) != expected:
                raise BranchMovedError(branch, expected=expected) from error
            raise GitError(error.command, error.detail, hint=_ref_hint(error.detail)) from error

    def _pull_request(self, number: int) -> PullRequest:
        for each in self.store.load().pull_requests:
            if each.number == number:
                return each
        raise ForgeError(f"no such pull request: {number}")

    def _change(self, number: int, **changes: object) -> None:
        present = self._pull_request(number)
        changed = replace(present, **changes)  # type: ignore[arg-type] # its fields
        self.store.save(self.store.load().with_pull_request(changed))


def _ref_hint(detail: str) -> str:
    """Return what to do about a ref that git could not write; `detail` is what git said."""
    if "exists; cannot create" in detail:
        return "rename the branch that is in the way, then run the same command again"
    if "File exists" in detail:
        return "if no other git is at work on this repository, remove the lock file that git names"
    return ""


def _read_regular(path: str) -> bytes | None:
    """Return what a regular file holds, None for anything else; follows and awaits nothing."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return file.read(MAX_FILE_BYTES + 1)


def _unix_lines(content: bytes | None) -> bytes | None:
    return None if content is None else content.replace(b"\r\n", b"\n")

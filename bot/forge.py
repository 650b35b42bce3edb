"""The forge: where a repository, its pull requests and its check runs live. Values and port only.

Everything above this interface is the same for the local git forge (`bot.local`) and for GitHub, so
the methods are coroutines and name nothing but what both have. A forge carries out; it decides
nothing. Every method may raise `bot.errors.ForgeError`.

Example: Thoth's work on one lockfile is one branch with one commit on top of the base, and one pull
request from it:

    base     A --- B                     main
                    \
    branch           C                   thoth/update/pipfile-lock, C made by Thoth

`BranchState` describes C as seen from B; a `NewCommit` asks for the next C.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NewType, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from bot.ledger import Deeds

__all__ = [
    "BRANCH_PREFIX",
    "MAX_FILE_BYTES",
    "OWN_PREFIXES",
    "SECURITY_PREFIX",
    "Annotation",
    "Base",
    "BranchName",
    "BranchState",
    "Changelog",
    "CheckAction",
    "CheckRun",
    "CommitSha",
    "Conclusion",
    "Forge",
    "NewCommit",
    "Project",
    "PublishedRelease",
    "PullRequest",
]

CommitSha = NewType("CommitSha", str)
"""Lower-case hex, 40 digits (SHA-1) or 64 (SHA-256)."""

BranchName = NewType("BranchName", str)
"""Without `refs/heads/`."""

BRANCH_PREFIX = "thoth/update/"
"""What the names of Thoth's branches for ordinary updates begin with."""

SECURITY_PREFIX = "thoth/security/"
"""What the names of its branches for security updates begin with."""

OWN_PREFIXES = (BRANCH_PREFIX, SECURITY_PREFIX)
"""Both: whatever else begins so is in Thoth's way."""

Conclusion = Literal["success", "failure", "neutral", "action_required"]
"""The conclusions of GitHub's check runs that Thoth uses."""

MAX_FILE_BYTES = 5_000_000
"""Bytes of the largest file read from a repository. The largest manifests and lockfiles known are
near 1 MB; past the limit the file is an input error that names its size, and none of it is read."""


@dataclass(frozen=True, slots=True)
class Base:
    """The branch that pull requests go to, at one commit."""

    branch: str
    """`main`; `HEAD` for a local repository whose HEAD is detached."""
    head: CommitSha


@dataclass(frozen=True, slots=True)
class BranchState:
    """A branch as seen from the base."""

    branch: BranchName
    head: CommitSha
    parent: CommitSha | None
    """The first parent of `head`, None when it has none."""
    fork: CommitSha | None
    """The newest commit that it shares with the base; None when they share none."""
    foreign: str | None = None
    """Who committed last (as git has it, may be hostile: escape); None: Thoth did."""

    @property
    def contained(self) -> bool:
        """Whether the base holds everything of it: it was merged, or never had a commit."""
        return self.fork == self.head

    @property
    def single(self) -> bool:
        """Whether it is exactly one commit on top of a commit that the base has."""
        return self.fork is not None and self.fork == self.parent


@dataclass(frozen=True, slots=True)
class NewCommit:
    """One commit on top of `parent`, to become the only own commit of `branch`."""

    branch: BranchName
    parent: CommitSha
    expected_head: CommitSha | None
    """What the branch points to now; None: it does not exist. Else it is a `BranchMovedError`."""
    files: Mapping[str, bytes]
    """Path to full new content; every other file stays as in `parent`."""
    message: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request that Thoth opened."""

    number: int
    branch: BranchName
    base: str
    title: str
    body: str
    state: Literal["open", "closed", "merged"] = "open"
    closed_by_thoth: bool = False
    """Only meaningful when closed: else a person closed it, and so declined it."""
    reason: str = ""
    """Why Thoth closed it, as plain text; empty otherwise, and where the forge does not tell."""
    comments: frozenset[str] = frozenset()
    """Keys of the comments that Thoth wrote on it, so that each is written once."""
    trials: tuple[str, ...] = ()
    """What `bot.managers.bisect` kept in them, the oldest first."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of a file, part of a check run. Plain text, not Markdown."""

    path: str
    start_line: int
    """1-based."""
    end_line: int
    message: str
    title: str = ""
    level: Literal["notice", "warning", "failure"] = "failure"


@dataclass(frozen=True, slots=True)
class CheckAction:
    """A button on a check run (https://docs.github.com/rest/checks/runs, `actions`)."""

    label: str
    """At most 20 characters."""
    description: str
    """At most 40 characters."""
    identifier: str
    """At most 20 characters: what comes back when it is pressed."""


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A completed check run on one commit. Its name is its key: putting it again replaces it."""

    name: str
    head_sha: CommitSha
    conclusion: Conclusion
    title: str
    summary: str
    """Markdown, at most 65,535 bytes."""
    annotations: tuple[Annotation, ...] = field(default_factory=tuple)
    actions: tuple[CheckAction, ...] = field(default=(), compare=False)
    """At most three. GitHub does not tell them again, so they do not count when two are compared."""


@dataclass(frozen=True, slots=True)
class Project:
    """Another repository on the same forge: where a package is made."""

    name: str
    """`owner/name`, of letters, digits, `.`, `_` and `-` alone."""
    page: str
    """Its address for people, without a slash at the end."""


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """What a project says of one of its releases. Foreign: escape."""

    tag: str
    text: str
    """Markdown, cut to what anybody would read."""


@dataclass(frozen=True, slots=True)
class Changelog:
    """The file in which a project keeps what changed. Foreign: escape."""

    path: str
    text: str


class Forge(Protocol):
    """One repository on one forge."""

    async def base(self) -> Base:
        """Return the branch that pull requests go to, and its head. Nothing there: InputError."""

    async def read_file(self, commit: CommitSha, path: str) -> bytes | None:
        """Return the content of a file at a commit, None when it does not exist there.

        A symbolic link inside the repository is followed. InputError: the path is not a regular
        file, leaves the repository, or is larger than `MAX_FILE_BYTES`.
        """

    async def list_folder(self, commit: CommitSha, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder at a commit, `""` for the root; None when there is none there.

        Sorted, those of folders end in `/`; links and submodules are left out. Raises InputError.
        """

    async def read_shared(self, repository: str, path: str) -> bytes | None:
        """Return a file on the default branch of another repository of the same owner.

        None when there is none, when it is not for the App to read, and on a forge of one repository.
        """

    def project_at(self, url: str) -> Project | None:
        """Return the project that an address leads to; None when it is not another one on this forge.

        Known after `base`. Nothing is asked of anybody.
        """

    async def releases(self, project: Project) -> tuple[PublishedRelease, ...]:
        """Return the newest releases of a project that everybody may read, the newest first."""

    async def changelog(self, project: Project) -> Changelog | None:
        """Return the changelog of a project that everybody may read, None when there is none."""

    async def branch_state(self, branch: BranchName, base: Base) -> BranchState | None:
        """Return the branch as seen from the base, None when it does not exist."""

    async def recent_subjects(self, base: Base) -> tuple[str, ...]:
        """Return the first lines of the newest commits' messages, at most 50, the newest first."""

    def urgently(self) -> AbstractContextManager[None]:
        """Let what is written meanwhile use what a limit keeps for security. Nothing where there is none."""

    async def write_commit(self, commit: NewCommit) -> CommitSha:
        """Write the commit and point the branch to it, at once or not at all; return its id."""

    async def pull_requests(self, branches: Iterable[BranchName] = ()) -> tuple[PullRequest, ...]:
        """Return the pull requests that Thoth opened, the oldest first.

        Those of branches that are gone may be left out, unless the branch is named in `branches`.
        """

    async def deeds(self) -> Deeds:
        """Return what Thoth did here in the last 24 hours; nothing on a forge that keeps no account."""

    async def open_pull_request(
        self, branch: BranchName, *, base: str, title: str, body: str
    ) -> PullRequest:
        """Open a pull request from the branch and return it."""

    async def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Label a pull request, beside what it has. Nothing on a forge without labels."""

    async def invite(
        self, number: int, *, assignees: Sequence[str], reviewers: Sequence[str]
    ) -> tuple[str, ...]:
        """Assign people, ask people and teams (`owner/team`) for a review; return whom it did not take.

        Nothing on a forge without people.
        """

    async def finish_pull_request(
        self, number: int, *, body: str, labels: Sequence[str] = ()
    ) -> None:
        """Replace the body, and label it beside what it has, at once or not at all."""

    async def edit_pull_request(self, number: int, *, title: str, body: str) -> None:
        """Replace title and body."""

    async def close_pull_request(self, number: int, *, reason: str) -> None:
        """Close it; `reason` is Markdown for the person who follows it."""

    async def comment(self, number: int, *, key: str, text: str) -> None:
        """Write a comment unless one with that key is there."""

    async def put_dashboard(self, title: str, body: str) -> None:
        """Create the dashboard issue, or replace its text when it says something else.

        One that a person closed is left closed. Nothing on a forge without issues.
        """

    async def tell_in_dashboard(self, reason: str, hint: str = "") -> None:
        """Have the dashboard, if it is there and open, tell what was given up. Plain text."""

    async def check_runs(self, head_sha: CommitSha) -> tuple[CheckRun, ...]:
        """Return Thoth's check runs on a commit."""

    async def put_check_run(self, check_run: CheckRun) -> None:
        """Create the check run, or replace the one with its name on that commit."""

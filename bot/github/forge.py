"""The forge port on GitHub: one repository of one installation.

Each method may be repeated at any time: what exists already is found and left as it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.forge import SECURITY_PREFIX
from bot.github.app import PERMISSIONS
from bot.github.checks import list_check_runs, put_check_run
from bot.github.client import allow_always
from bot.github.commits import write_commit
from bot.github.history import History
from bot.github.merging import Merging
from bot.github.projects import Projects, Shelf, find_project
from bot.github.pulls import PullRequests
from bot.github.repository import RemoteRepository
from bot.github.results import CheckResults
from bot.github.shared import read_shared
from bot.github.threads import Threads
from bot.ledger import Deeds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from bot.forge import (
        Base,
        BranchName,
        BranchState,
        Changelog,
        CheckRun,
        CommitSha,
        NewCommit,
        Project,
        PublishedRelease,
        PullRequest,
    )
    from bot.github.app import AppClient
    from bot.github.client import Client
    from bot.ledger import Deed, Ledger

__all__ = ["GitHubForge", "open_forge"]


@dataclass(slots=True)
class GitHubForge:
    """One repository. For one job: what it has read of commits is kept."""

    repository: RemoteRepository
    app_id: int
    shared: Client | None = None
    """Reads every repository of the installation, and writes none."""
    ledger: Ledger | None = None
    """Keeps account of what is done; None: nobody does."""
    shelf: Shelf = field(default_factory=lambda: Shelf(time.time))
    """What is known of other projects, for every repository."""
    pulls: PullRequests = field(init=False)
    """Also tells of a person's pull request: `view`, `changed_paths`."""

    threads: Threads = field(init=False)
    """What people write: issues, pull requests, comments, and who they are."""

    history: History = field(init=False)
    """Paths, tags and commits."""

    merging: Merging = field(init=False)
    """What all checks say, and the merge itself."""

    results: CheckResults = field(init=False)
    """What CI says of a commit."""

    def __post_init__(self) -> None:
        self.results = CheckResults(self.repository, self.app_id)
        self.pulls = PullRequests(self.repository)
        self.threads = Threads(self.repository)
        self.history = History(self.repository)
        self.merging = Merging(self.repository)

    async def base(self) -> Base:
        """Return the default branch, and its head."""
        return await self.repository.base()

    async def read_file(self, commit: CommitSha, path: str) -> bytes | None:
        """Return the content of a file at a commit, None when it does not exist there."""
        return await self.repository.read_file(commit, path)

    async def list_folder(self, commit: CommitSha, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder at a commit, None when there is none there."""
        return await self.repository.list_folder(commit, folder)

    async def read_shared(self, repository: str, path: str) -> bytes | None:
        """Return a file of another repository of the same owner.

        For a public repository only what everybody may read: its check runs are public too.
        """
        client = self.shared if self.repository.private and self.shared else self.repository.client
        owner = self.repository.owner or self.repository.full_name.partition("/")[0]
        return await read_shared(client, f"{owner}/{repository}", path)

    def project_at(self, url: str) -> Project | None:
        """Return the project that an address on this GitHub leads to, None for every other address."""
        return find_project(url, own_page=self.repository.page)

    async def releases(self, project: Project) -> tuple[PublishedRelease, ...]:
        """Return the newest releases of a public project, the newest first."""
        return await self._projects().releases(project)

    async def changelog(self, project: Project) -> Changelog | None:
        """Return the changelog of a public project, None when there is none."""
        return await self._projects().changelog(project)

    def _projects(self) -> Projects:
        return Projects(self.repository.client, self.repository.full_name, self.shelf)

    async def branch_state(self, branch: BranchName, base: Base) -> BranchState | None:
        """Return the branch as seen from the base, None when it does not exist."""
        return await self.repository.branch_state(branch, base)

    async def recent_subjects(self, base: Base) -> tuple[str, ...]:
        """Return the first lines of the newest commits' messages, at most 50, the newest first."""
        return await self.repository.recent_subjects(base.head)

    async def write_commit(self, commit: NewCommit) -> CommitSha:
        """Write the commit and point the branch to it; return its id.

        GitHub does not merge it by itself because it was to merge the one before.
        """
        await self.pulls.take_back(commit.branch)
        await self._note("written")
        return await write_commit(self.repository, commit)

    def urgently(self) -> AbstractContextManager[None]:
        """Let what is written meanwhile use what is kept of the hour for security."""
        return self.repository.client.urgently()

    async def deeds(self) -> Deeds:
        """Return what Thoth did here in the last 24 hours."""
        return Deeds() if self.ledger is None else await self.ledger.today()

    async def _note(self, deed: Deed) -> None:
        if self.ledger is not None:
            await self.ledger.note(deed)

    async def pull_requests(self, branches: Iterable[BranchName] = ()) -> tuple[PullRequest, ...]:
        """Return the pull requests that Thoth opened, the oldest first; `reason` is left empty."""
        return await self.pulls.mine(branches)

    async def open_pull_request(
        self, branch: BranchName, *, base: str, title: str, body: str
    ) -> PullRequest:
        """Open a pull request from the branch, or bring the open one up to date; return it."""
        if not branch.startswith(SECURITY_PREFIX):
            await self._note("opened")
        return await self.pulls.open(branch, base=base, title=title, body=body)

    async def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Label a pull request, beside what it has; a label that does not exist is made."""
        await self.pulls.label(number, labels)

    async def invite(
        self, number: int, *, assignees: Sequence[str], reviewers: Sequence[str]
    ) -> tuple[str, ...]:
        """Assign people, ask people and teams for a review; return whom GitHub did not take."""
        return (
            *(await self.pulls.assign(number, assignees)),
            *(await self.pulls.ask_review(number, reviewers)),
        )

    async def finish_pull_request(
        self, number: int, *, body: str, labels: Sequence[str] = ()
    ) -> None:
        """Replace the body, and label it beside what it has; a label that does not exist is made."""
        await self.pulls.finish(number, body=body, labels=labels)

    async def edit_pull_request(self, number: int, *, title: str, body: str) -> None:
        """Replace title and body."""
        await self.pulls.edit(number, title=title, body=body)

    async def close_pull_request(self, number: int, *, reason: str) -> None:
        """Say why in a comment, and close it."""
        await self.pulls.close(number, reason=reason)

    async def comment(self, number: int, *, key: str, text: str) -> None:
        """Write a comment unless one with that key is there."""
        await self.pulls.comment(number, key=key, text=text)

    async def put_dashboard(self, title: str, body: str) -> None:
        """Create the dashboard issue, or replace its text when it says something else."""
        await self.threads.put_dashboard(title, body)

    async def tell_in_dashboard(self, reason: str, hint: str = "") -> None:
        """Have the dashboard, if it is there and open, tell what was given up."""
        await self.threads.tell_in_dashboard(reason, hint)

    async def check_runs(self, head_sha: CommitSha) -> tuple[CheckRun, ...]:
        """Return Thoth's check runs on a commit."""
        return await list_check_runs(self.repository, head_sha, app_id=self.app_id)

    async def put_check_run(self, check_run: CheckRun) -> None:
        """Create the check run, or replace the one with its name on that commit."""
        await put_check_run(self.repository, check_run, app_id=self.app_id)


async def open_forge(
    app: AppClient,
    *,
    installation_id: int,
    repository_id: int,
    full_name: str,
    fence: Callable[[], Awaitable[None]] = allow_always,
    permissions: Mapping[str, str] = PERMISSIONS,
    ledger: Ledger | None = None,
) -> GitHubForge:
    """Return the forge of one repository, with tokens for that repository alone.

    `fence` is awaited right before each write; what it raises stops the write and comes through.
    """
    identity = await app.identity()
    client = app.installation(
        installation_id, repository_ids=(repository_id,), permissions=permissions, fence=fence
    )
    repository = RemoteRepository(client, repository_id, full_name, identity.slug)
    readable = {"contents": "read", "metadata": "read"}
    shared = app.installation(installation_id, permissions=readable)
    return GitHubForge(repository, identity.id, shared, ledger, app.shelf)

"""What a fake GitHub remembers: plain values, changed only under the lock of the fake.

Rules live elsewhere: `changes` (what follows from a moved ref), `access` (who may), `operations`
(what a request does). Performs no I/O of its own; files and history are in `store`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from fakes.github.refs import Refs
    from fakes.github.store import GitStore

__all__ = [
    "Account",
    "App",
    "CheckRun",
    "CheckSuite",
    "Comment",
    "CommitStatus",
    "Installation",
    "Issue",
    "Label",
    "ManifestCode",
    "PullRequest",
    "Reaction",
    "Repository",
    "Token",
]


@dataclass(eq=False, slots=True)
class Account:
    """A person, an organization or an App's bot."""

    id: int
    login: str
    kind: Literal["User", "Organization", "Bot"]


@dataclass(eq=False, slots=True)
class App:
    """The App under test."""

    id: int
    slug: str
    name: str
    client_id: str
    owner: Account
    bot: Account
    private_key_pem: str
    webhook_secret: str
    webhook_url: str | None
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime


@dataclass(eq=False, slots=True)
class Installation:
    """The App installed on an account."""

    id: int
    account: Account
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    repositories: list[Repository] = field(default_factory=list)
    selection: Literal["all", "selected"] = "selected"
    suspended_at: datetime | None = None
    suspended_by: Account | None = None
    deleted: bool = False


@dataclass(eq=False, slots=True)
class Token:
    """An installation access token."""

    text: str = field(repr=False)
    installation: Installation
    expires_at: datetime
    permissions: dict[str, str]
    repositories: list[Repository] | None
    """None: all of the installation, those added later too."""
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class ManifestCode:
    """What GitHub gives after an App was made from a manifest, for the App to fetch its secrets."""

    manifest: dict[str, object]
    made_at: datetime


@dataclass(eq=False, slots=True)
class Reaction:
    """One reaction of one person."""

    id: int
    content: str
    user: Account
    created_at: datetime


@dataclass(eq=False, slots=True)
class Comment:
    """A comment on an issue or pull request."""

    id: int
    body: str
    user: Account
    via_app: bool
    created_at: datetime
    updated_at: datetime
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(eq=False, slots=True)
class Release:
    """What was published under a tag."""

    id: int
    tag: str
    body: str | None
    author: Account
    created_at: datetime
    draft: bool = False
    prerelease: bool = False


@dataclass(eq=False, slots=True)
class PullRequest:
    """What a pull request has besides its issue."""

    head_repository: Repository
    head_ref: str
    head_sha: str
    """Follows the branch while the pull request is open."""
    base_ref: str
    base_sha: str
    draft: bool
    maintainer_can_modify: bool
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    approved: bool = False
    auto_merge: tuple[Account, str] | None = None
    """Who turned it on, and the method."""
    reviewers: list[Account] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    """Slugs of those that were asked for a review."""


@dataclass(eq=False, slots=True)
class Issue:
    """An issue; a pull request is an issue with `pull`."""

    id: int
    number: int
    title: str
    body: str | None
    user: Account
    via_app: bool
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: Account | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    pull: PullRequest | None = None


@dataclass(eq=False, slots=True)
class CheckSuite:
    """The checks of one App on one commit."""

    id: int
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: datetime
    updated_at: datetime
    runs: list[CheckRun] = field(default_factory=list)
    by_actions: bool = False
    """GitHub Actions made it, not the App."""


@dataclass(eq=False, slots=True)
class CheckRun:
    """One check of a suite."""

    id: int
    suite: CheckSuite
    name: str
    external_id: str
    details_url: str | None
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, object]] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)
    images: list[dict[str, str]] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class CommitStatus:
    """A commit status, the older sibling of a check run."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: Account
    created_at: datetime


@dataclass(eq=False, slots=True)
class Repository:
    """A repository."""

    id: int
    owner: Account
    name: str
    private: bool
    default_branch: str
    created_at: datetime
    pushed_at: datetime
    store: GitStore
    refs: Refs
    parent: Repository | None = None
    archived: bool = False
    allow_auto_merge: bool = False
    needs_review: bool = False
    """Pull requests are merged only with an approval."""
    deleted: bool = False
    has_issues: bool = True
    collaborators: dict[str, str] = field(default_factory=dict)
    """Login -> read, triage, write, maintain or admin; the owner is admin without being listed."""
    protected: dict[str, list[str]] = field(default_factory=dict)
    """Branch -> required checks; nobody may push to it directly."""
    labels: dict[str, Label] = field(default_factory=dict)
    teams: set[str] = field(default_factory=set)
    """Slugs of those with write access."""
    """By name in lower case."""
    issues: dict[int, Issue] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    """The oldest first."""
    check_suites: list[CheckSuite] = field(default_factory=list)
    statuses: list[CommitStatus] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    @property
    def check_runs(self) -> list[CheckRun]:
        """All check runs, oldest first."""
        runs = [run for suite in self.check_suites for run in suite.runs]
        return sorted(runs, key=lambda run: run.id)

    @property
    def open_pulls(self) -> list[tuple[Issue, PullRequest]]:
        """The open pull requests, oldest first."""
        return [
            (issue, issue.pull)
            for issue in self.issues.values()
            if issue.pull is not None and issue.state == "open"
        ]

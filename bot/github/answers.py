"""The parts of GitHub's answers that are used, as types; everything else in them is dropped.

Shapes: https://docs.github.com/rest. Field names are GitHub's.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "AccountAnswer",
    "AnnotationAnswer",
    "AppAnswer",
    "AssignedAnswer",
    "BlobAnswer",
    "CheckRunAnswer",
    "CommentAnswer",
    "CommitAnswer",
    "CommitTextAnswer",
    "ComparisonAnswer",
    "FileAnswer",
    "InstallationAnswer",
    "IssueAnswer",
    "LabelAnswer",
    "ListedCommitAnswer",
    "PullAnswer",
    "RefAnswer",
    "RepositoryAnswer",
    "ShaAnswer",
    "TokenAnswer",
    "TreeAnswer",
]


class AccountAnswer(msgspec.Struct, frozen=True):
    """A person, an organization or a bot."""

    login: str
    type: str = "User"


class AppAnswer(msgspec.Struct, frozen=True):
    """The App itself."""

    id: int
    slug: str


class AppReference(msgspec.Struct, frozen=True):
    """The App that did something."""

    id: int


class InstallationAnswer(msgspec.Struct, frozen=True):
    """What an account granted the App."""

    id: int
    permissions: dict[str, str]
    suspended_at: str | None = None


class TokenAnswer(msgspec.Struct, frozen=True):
    """A new installation token. Never shown: its repr would tell the token."""

    token: str
    expires_at: str

    def __repr__(self) -> str:
        return f"TokenAnswer(expires_at={self.expires_at!r})"


class RepositoryAnswer(msgspec.Struct, frozen=True):
    """A repository."""

    id: int
    full_name: str
    owner: AccountAnswer
    default_branch: str
    private: bool
    archived: bool = False
    fork: bool = False
    html_url: str = ""


class ObjectAnswer(msgspec.Struct, frozen=True):
    """What a ref points to."""

    sha: str
    type: str


class RefAnswer(msgspec.Struct, frozen=True):
    """A ref."""

    ref: str
    object: ObjectAnswer


class ShaAnswer(msgspec.Struct, frozen=True):
    """A git object, by its id alone."""

    sha: str


class PersonAnswer(msgspec.Struct, frozen=True):
    """Who made a commit, as git has it."""

    name: str = ""
    email: str = ""


class CommitAnswer(msgspec.Struct, frozen=True):
    """A commit of the Git Data API."""

    sha: str
    tree: ShaAnswer
    author: PersonAnswer
    committer: PersonAnswer
    parents: list[ShaAnswer]


class ComparisonAnswer(msgspec.Struct, frozen=True):
    """How two commits are related."""

    merge_base_commit: ShaAnswer


class TreeEntryAnswer(msgspec.Struct, frozen=True):
    """One line of a tree."""

    path: str
    mode: str
    type: Literal["blob", "tree", "commit"]
    sha: str
    size: int = 0


class TreeAnswer(msgspec.Struct, frozen=True):
    """A tree, with everything below it when asked recursively."""

    sha: str
    tree: list[TreeEntryAnswer]
    truncated: bool


class BlobAnswer(msgspec.Struct, frozen=True):
    """A file's content."""

    content: str
    encoding: str
    size: int | None = None


class SideAnswer(msgspec.Struct, frozen=True):
    """One side of a pull request."""

    ref: str
    sha: str
    repo: RepositoryReference | None = None
    """None: the fork was deleted."""


class RepositoryReference(msgspec.Struct, frozen=True):
    """Which repository."""

    id: int
    full_name: str


class AutoMergeAnswer(msgspec.Struct, frozen=True):
    """That GitHub merges a pull request by itself."""

    enabled_by: AccountAnswer | None = None


class PullAnswer(msgspec.Struct, frozen=True):
    """A pull request."""

    number: int
    state: Literal["open", "closed"]
    title: str
    body: str | None
    user: AccountAnswer | None
    head: SideAnswer
    base: SideAnswer
    merged_at: str | None = None
    node_id: str = ""
    auto_merge: AutoMergeAnswer | None = None


class LabelAnswer(msgspec.Struct, frozen=True):
    """A label of an issue or a pull request."""

    name: str


class IssueAnswer(msgspec.Struct, frozen=True):
    """What only the issue behind a pull request tells."""

    number: int
    labels: tuple[LabelAnswer, ...] = ()
    closed_by: AccountAnswer | None = None


class CommitTextAnswer(msgspec.Struct, frozen=True):
    """What was written about a commit."""

    message: str = ""


class ListedCommitAnswer(msgspec.Struct, frozen=True):
    """A commit in a list."""

    commit: CommitTextAnswer


class AssignedAnswer(msgspec.Struct, frozen=True):
    """Who is assigned to an issue or a pull request."""

    assignees: list[AccountAnswer] = []


class CommentAnswer(msgspec.Struct, frozen=True):
    """A comment on a pull request."""

    id: int
    body: str = ""
    user: AccountAnswer | None = None


class FileAnswer(msgspec.Struct, frozen=True):
    """A file that a pull request changes."""

    filename: str
    previous_filename: str | None = None


class OutputAnswer(msgspec.Struct, frozen=True):
    """What a check run says."""

    title: str | None
    summary: str | None
    annotations_count: int


class CheckRunAnswer(msgspec.Struct, frozen=True):
    """A check run."""

    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    external_id: str | None
    output: OutputAnswer
    app: AppReference | None = None


class AnnotationAnswer(msgspec.Struct, frozen=True):
    """A remark on lines of a file."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str | None
    message: str | None
    title: str | None

"""What a manager may ask for, as data. `bot.perform` carries it out; nothing here does anything.

Each action is complete in itself and safe to repeat: performed twice, it has the effect of once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.forge import BranchName, CheckRun, NewCommit

__all__ = [
    "NOBODY",
    "Action",
    "Close",
    "Comment",
    "Nothing",
    "OpenPullRequest",
    "People",
    "SetCheck",
    "UpdateBranch",
]


@dataclass(frozen=True, slots=True)
class People:
    """Who is to look at a pull request."""

    assignees: tuple[str, ...] = ()
    """Logins."""
    reviewers: tuple[str, ...] = ()
    """Logins, and teams as `owner/team`."""


NOBODY = People()


@dataclass(frozen=True, slots=True)
class OpenPullRequest:
    """Make the branch, and a pull request from it."""

    branch: BranchName
    base: str
    title: str
    body: str
    commit: NewCommit | None
    """None: the branch has the right commit already (a run ended before it opened the request)."""
    labels: tuple[str, ...] = ()
    people: People = NOBODY


@dataclass(frozen=True, slots=True)
class UpdateBranch:
    """Bring an open pull request, and its branch, up to date in place."""

    number: int
    branch: BranchName
    title: str
    body: str
    commit: NewCommit | None
    """None: only the text changes."""


@dataclass(frozen=True, slots=True)
class Comment:
    """Say something on a pull request, once."""

    number: int
    key: str
    """What makes the comment unique on its pull request."""
    text: str


@dataclass(frozen=True, slots=True)
class SetCheck:
    """Put a check run on a commit."""

    check_run: CheckRun


@dataclass(frozen=True, slots=True)
class Close:
    """Close a pull request."""

    number: int
    branch: BranchName
    reason: str
    """Markdown for the person who follows it."""
    instead: BranchName | None = None
    """Whose pull request, if it is opened in the same run, is named as what takes its place."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Leave everything as it is, and say why."""

    reason: str
    """Plain text, one sentence, for logs and terminals; may quote strangers."""
    branch: BranchName | None = None
    held: bool = False
    """Something is to be done, and waits for the schedule or for a limit."""
    until: float | None = None
    """When it is worth another look, seconds since the epoch; None: the schedule tells, or a person does."""


Action = OpenPullRequest | UpdateBranch | Comment | SetCheck | Close | Nothing

"""What a repository wants of the App's pull requests, as values. No reading."""

from __future__ import annotations

from advisor_core.values import dataclass

__all__ = ["CODEOWNERS", "TITLE_FIELDS", "Group", "Limits", "PullRequestSettings"]

TITLE_FIELDS = ("title", "packages", "count", "lockfile")
"""What may stand in braces in a template."""

CODEOWNERS = "CODEOWNERS"
"""In the place of a login: whom the repository's CODEOWNERS names for the lockfile."""


@dataclass(frozen=True, slots=True)
class PullRequestSettings:
    """`pull_requests`."""

    labels: tuple[str, ...] = ()
    """Of those that are no security updates."""
    assignees: tuple[str, ...] = ()
    """Logins, or `CODEOWNERS`."""
    reviewers: tuple[str, ...] = ()
    """Logins, teams as `owner/team`, or `CODEOWNERS`."""
    conventional: str = "auto"
    """Whether titles and messages are conventional commits; `auto`: as the base branch's are."""
    title: str = ""
    """Template of titles, with `TITLE_FIELDS`; empty: as they are."""
    commit_message: str = ""
    """Template of the first line of commit messages."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`limits`: of what nobody asked for by hand, security updates left out. None: there is none."""

    open_pull_requests: int | None = None
    """That may be open at a time."""
    pull_requests_per_day: int | None = None
    """That may be opened in 24 hours."""
    ci_runs_per_day: int | None = None
    """Times that branches may be written in 24 hours, each of which makes checks run."""


@dataclass(frozen=True, slots=True)
class Group:
    """One entry of `groups`: packages that have a pull request of their own, for each lockfile."""

    name: str
    packages: tuple[str, ...] = ("*",)
    """Patterns of PEP 503 normalized names, with `*` and `?`."""
    updates: tuple[str, ...] = ("patch", "minor", "major")
    """Kinds of updates that it takes."""

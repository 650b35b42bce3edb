"""What a repository wants of the App's pull requests, as values. No reading."""

from __future__ import annotations

from advisor_core.values import dataclass

__all__ = ["CODEOWNERS", "PullRequestSettings"]

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

"""Finds the issue that a path names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.github.errors import ApiError, not_found
from fakes.github.pages import integer

if TYPE_CHECKING:
    from fakes.github.registry import Request
    from fakes.github.state import Issue

__all__ = ["find_issue"]


def find_issue(request: Request, *, write: bool = False) -> Issue:
    """Return the issue that the path names, or raise a 404.

    Pull requests are written with the permission for pull requests, issues with that for issues.
    """
    issue = request.repository.issues.get(integer(request.parameters["issue_number"]))
    if issue is None:
        raise not_found()
    assert request.token is not None
    if write:
        needed = "pull_requests" if issue.pull else "issues"
        if request.token.permissions.get(needed) != "write":
            accepted = {"x-accepted-github-permissions": f"{needed}=write"}
            raise ApiError(403, "Resource not accessible by integration", headers=accepted)
    return issue

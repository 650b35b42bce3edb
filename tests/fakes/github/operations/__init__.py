"""The operations of the REST API, one module a topic; importing this registers them all."""

from __future__ import annotations

from fakes.github.operations import (
    apps,
    archive,
    check_runs,
    check_suites,
    comments,
    commits,
    contents,
    deliveries,
    git_objects,
    git_refs,
    issues,
    labels,
    merging,
    meta,
    pulls,
    reactions,
    releases,
    repositories,
    statuses,
)

__all__ = [
    "apps",
    "archive",
    "check_runs",
    "check_suites",
    "comments",
    "commits",
    "contents",
    "deliveries",
    "git_objects",
    "git_refs",
    "issues",
    "labels",
    "merging",
    "meta",
    "pulls",
    "reactions",
    "releases",
    "repositories",
    "statuses",
]

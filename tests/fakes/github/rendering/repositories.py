"""Repositories, whole and minimal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.github.clock import format_time
from fakes.github.rendering.accounts import api_url, html_url, render_account
from fakes.github.world import LEVELS, node_id

if TYPE_CHECKING:
    from fakes.github.state import Repository
    from fakes.github.world import World

__all__ = [
    "render_full_repository",
    "render_minimal_repository",
    "render_repository",
    "repository_url",
]

_LINKS = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "contributors_url": "contributors",
    "deployments_url": "deployments",
    "downloads_url": "downloads",
    "events_url": "events",
    "forks_url": "forks",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "languages_url": "languages",
    "merges_url": "merges",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "stargazers_url": "stargazers",
    "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "tags_url": "tags",
    "teams_url": "teams",
    "trees_url": "git/trees{/sha}",
}


def repository_url(world: World, repository: Repository) -> str:
    """Return the API address of a repository."""
    return api_url(world, f"repos/{repository.full_name}")


def render_minimal_repository(world: World, repository: Repository) -> dict[str, Any]:
    """Return a `minimal-repository`."""
    url = repository_url(world, repository)
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": render_account(world, repository.owner),
        "html_url": html_url(repository.full_name),
        "description": None,
        "fork": repository.parent is not None,
        "url": url,
        **{key: f"{url}/{template}" for key, template in _LINKS.items()},
    }


def render_repository(world: World, repository: Repository) -> dict[str, Any]:
    """Return a `repository`, as it stands in pull requests and webhooks."""
    name = repository.full_name
    forks = sum(other.parent is repository and not other.deleted for other in world.repositories)
    open_issues = sum(issue.state == "open" for issue in repository.issues.values())
    return {
        **render_minimal_repository(world, repository),
        "created_at": format_time(repository.created_at),
        "updated_at": format_time(repository.pushed_at),
        "pushed_at": format_time(repository.pushed_at),
        "git_url": f"git://github.com/{name}.git",
        "ssh_url": f"git@github.com:{name}.git",
        "clone_url": f"{world.origin}/{name}.git",
        "svn_url": html_url(name),
        "homepage": None,
        "size": 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": "Python",
        "has_issues": repository.has_issues,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": forks,
        "mirror_url": None,
        "archived": repository.archived,
        "disabled": False,
        "open_issues_count": open_issues,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "forks": forks,
        "open_issues": open_issues,
        "watchers": 0,
        "default_branch": repository.default_branch,
    }


def render_full_repository(
    world: World, repository: Repository, *, level: str = "read"
) -> dict[str, Any]:
    """Return a `full-repository`; `level` is what the token may do with its contents."""
    rank = LEVELS.index(level)
    result = {
        **render_repository(world, repository),
        "permissions": {
            "admin": False,
            "maintain": False,
            "push": rank >= LEVELS.index("write"),
            "triage": rank >= LEVELS.index("triage"),
            "pull": rank >= LEVELS.index("read"),
        },
        "allow_rebase_merge": False,
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_auto_merge": repository.allow_auto_merge,
        "delete_branch_on_merge": False,
        "network_count": 0,
        "subscribers_count": 0,
    }
    if repository.parent is not None:
        result["parent"] = render_repository(world, repository.parent)
        result["source"] = render_repository(world, repository.parent)
    if repository.owner.kind == "Organization":
        result["organization"] = render_account(world, repository.owner)
    return result

"""Accounts, the App and its installations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakes.github.clock import format_time
from fakes.github.world import node_id

if TYPE_CHECKING:
    from fakes.github.state import Account, Installation
    from fakes.github.world import World

__all__ = [
    "api_url",
    "html_url",
    "render_account",
    "render_acting_app",
    "render_app",
    "render_installation",
    "render_public_account",
]


def api_url(world: World, path: str) -> str:
    """Return the address of something in the API."""
    return f"{world.origin}{world.path_prefix}/{path}"


def html_url(path: str) -> str:
    """Return the address of a page that people see; the fake does not serve it."""
    return f"https://github.com/{path}"


def render_account(world: World, account: Account) -> dict[str, Any]:
    """Return a `simple-user`."""
    url = api_url(world, f"users/{quote(account.login)}")
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id(account.kind, account.id),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": html_url(quote(account.login)),
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def render_public_account(world: World, account: Account) -> dict[str, Any]:
    """Return a `public-user`."""
    owned = [found for found in world.repositories if found.owner is account and not found.deleted]
    now = format_time(world.clock.now())
    nothing = ("company", "location", "email", "hireable", "bio", "twitter_username")
    return {
        **render_account(world, account),
        **dict.fromkeys(nothing),
        "name": account.login,
        "blog": "",
        "public_repos": sum(not repository.private for repository in owned),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": now,
        "updated_at": now,
    }


def render_app(world: World) -> dict[str, Any]:
    """Return the App as an `integration`, as checks and the App itself see it."""
    return {"client_id": world.app.client_id, **render_acting_app(world)}


def render_acting_app(world: World) -> dict[str, Any]:
    """Return the App as it stands in what it wrote (`performed_via_github_app`)."""
    app = world.app
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("App", app.id),
        "owner": render_account(world, app.owner),
        "name": app.name,
        "description": "",
        "external_url": "https://thoth.example",
        "html_url": html_url(f"apps/{app.slug}"),
        "created_at": format_time(app.created_at),
        "updated_at": format_time(app.created_at),
        "permissions": dict(app.permissions),
        "events": list(app.events),
    }


def render_installation(world: World, installation: Installation) -> dict[str, Any]:
    """Return an `installation`."""
    account = installation.account
    suspender = installation.suspended_by
    suspended = installation.suspended_at
    return {
        "id": installation.id,
        "account": render_account(world, account),
        "repository_selection": installation.selection,
        "access_tokens_url": api_url(world, f"app/installations/{installation.id}/access_tokens"),
        "repositories_url": api_url(world, "installation/repositories"),
        "html_url": html_url(f"settings/installations/{installation.id}"),
        "app_id": world.app.id,
        "client_id": world.app.client_id,
        "app_slug": world.app.slug,
        "target_id": account.id,
        "target_type": account.kind,
        "permissions": dict(installation.permissions),
        "events": list(installation.events),
        "created_at": format_time(installation.created_at),
        "updated_at": format_time(installation.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None if suspender is None else render_account(world, suspender),
        "suspended_at": None if suspended is None else format_time(suspended),
    }

"""Installing the App, taking it away, and what people change about it in between.

https://docs.github.com/webhooks/webhook-events-and-payloads#installation
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fakes.github.rendering.accounts import render_installation
from fakes.github.state import Installation
from fakes.github.world import node_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakes.github.state import Account, Repository
    from fakes.github.world import World

__all__ = [
    "accept_permissions",
    "add_repositories",
    "install",
    "remove_repositories",
    "suspend",
    "uninstall",
    "unsuspend",
]


def _render(repository: Repository) -> dict[str, Any]:
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
    }


def _emit(
    world: World, installation: Installation, action: str, actor: Account, **more: object
) -> None:
    fields = {
        "installation": render_installation(world, installation),
        "repositories": [_render(repository) for repository in world.reach(installation)],
        **more,
    }
    world.webhooks.emit("installation", action, fields, installation=installation, sender=actor)


def install(
    world: World,
    account: Account,
    repositories: Sequence[Repository],
    *,
    permissions: dict[str, str],
    events: Sequence[str],
    selection: Literal["all", "selected"],
) -> Installation:
    """Install the App on an account."""
    installation = Installation(
        id=world.next_id(),
        account=account,
        permissions=permissions,
        events=list(events),
        created_at=world.clock.now(),
        repositories=list(repositories),
        selection=selection,
    )
    world.installations.append(installation)
    _emit(world, installation, "created", account, requester=None)
    return installation


def uninstall(world: World, installation: Installation, actor: Account) -> None:
    """Take the App away: its tokens end at once."""
    _emit(world, installation, "deleted", actor, requester=None)
    installation.deleted = True


def suspend(world: World, installation: Installation, actor: Account) -> None:
    """Suspend: tokens are refused, no event but this one is sent."""
    installation.suspended_at, installation.suspended_by = world.clock.now(), actor
    _emit(world, installation, "suspend", actor, requester=None)


def unsuspend(world: World, installation: Installation, actor: Account) -> None:
    """Lift the suspension."""
    installation.suspended_at = installation.suspended_by = None
    _emit(world, installation, "unsuspend", actor, requester=None)


def accept_permissions(
    world: World, installation: Installation, permissions: dict[str, str], actor: Account
) -> None:
    """Let the account accept other permissions."""
    installation.permissions = permissions
    _emit(world, installation, "new_permissions_accepted", actor, requester=None)


def _emit_repositories(
    world: World,
    installation: Installation,
    action: str,
    added: Sequence[Repository],
    removed: Sequence[Repository],
    *,
    actor: Account,
) -> None:
    fields = {
        "installation": render_installation(world, installation),
        "repository_selection": installation.selection,
        "repositories_added": [_render(repository) for repository in added],
        "repositories_removed": [_render(repository) for repository in removed],
        "requester": None,
    }
    world.webhooks.emit(
        "installation_repositories", action, fields, installation=installation, sender=actor
    )


def add_repositories(
    world: World, installation: Installation, added: Sequence[Repository], actor: Account
) -> None:
    """Give the App more repositories."""
    installation.repositories += added
    _emit_repositories(world, installation, "added", added, [], actor=actor)


def remove_repositories(
    world: World, installation: Installation, removed: Sequence[Repository], actor: Account
) -> None:
    """Take repositories from the App."""
    installation.selection = "selected"
    installation.repositories = [one for one in world.reach(installation) if one not in removed]
    _emit_repositories(world, installation, "removed", [], removed, actor=actor)

"""An installation as tests see it: what its account does with the App."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.github import installing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.github.repository import FakeRepository
    from fakes.github.state import Installation, Repository
    from fakes.github.world import World

__all__ = ["FakeInstallation"]


class FakeInstallation:
    """The App on one account. Every method sends the webhook that GitHub would send."""

    def __init__(self, world: World, state: Installation) -> None:
        self.state = state
        self._world = world

    @property
    def id(self) -> int:
        """The id that payloads carry and tokens are asked for."""
        return self.state.id

    def token(
        self,
        *,
        permissions: Mapping[str, str] | None = None,
        repositories: list[FakeRepository] | None = None,
    ) -> str:
        """Return a new token without a request."""
        states: list[Repository] | None = None
        if repositories is not None:
            states = [repository.state for repository in repositories]
        with self._world.lock:
            return self._world.new_token(
                self.state,
                permissions=dict(permissions) if permissions is not None else None,
                repositories=states,
            ).text

    def suspend(self) -> None:
        """Suspend the App."""
        with self._world.lock:
            installing.suspend(self._world, self.state, self.state.account)

    def unsuspend(self) -> None:
        """Lift the suspension."""
        with self._world.lock:
            installing.unsuspend(self._world, self.state, self.state.account)

    def delete(self) -> None:
        """Uninstall the App."""
        with self._world.lock:
            installing.uninstall(self._world, self.state, self.state.account)

    def add(self, *repositories: FakeRepository) -> None:
        """Give the App more repositories."""
        with self._world.lock:
            added = [repository.state for repository in repositories]
            installing.add_repositories(self._world, self.state, added, self.state.account)

    def remove(self, *repositories: FakeRepository) -> None:
        """Take repositories from the App."""
        with self._world.lock:
            removed = [repository.state for repository in repositories]
            installing.remove_repositories(self._world, self.state, removed, self.state.account)

    def accept_permissions(self, permissions: Mapping[str, str]) -> None:
        """Accept other permissions than before."""
        with self._world.lock:
            installing.accept_permissions(
                self._world, self.state, dict(permissions), self.state.account
            )

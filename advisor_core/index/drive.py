"""Drives a resolution with an index client: fetches what a session asks for, and what it will ask next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from advisor_core.errors import OfflineError
from advisor_core.model import Skipped
from advisor_core.resolver.needs import Fetched, Needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.index.offline import OfflineIndex
    from advisor_core.model import Stack
    from advisor_core.resolver.session import Impasse, Session

__all__ = ["OfflineAccess"]

Known = TypeVar("Known")


class OfflineAccess:
    """Resolves from the cache alone."""

    def __init__(self, index: OfflineIndex) -> None:
        self._index = index
        self._passed_over: OfflineError | None = None
        """The first thing that `fetch` did without."""

    def resolve(self, session: Session) -> Stack | Impasse:
        """Drive a session to its answer. Raises OfflineError naming what the cache lacks."""
        while isinstance(step := session.run(), Needs):
            for name in step.projects:
                session.supply_project(name, self._index.project(name))
            for need in step.metadata:
                found = self._index.metadata(need.releases, need.position, need.artifact)
                session.supply_metadata(need.releases.name, need.position, found)
        return step

    def fetch(self, needs: Needs) -> Fetched:
        """Return what is needed; what the cache lacks is unknown, and so no candidate.

        A search for the best stack wants more than any one stack needs, and what it wants depends on
        what is at hand; `refresh` tells when the answer rests on something that was passed over.
        """
        return Fetched(
            {name: self._known(partial(self._index.project, name)) for name in needs.projects},
            {
                (need.releases.name, need.position): self._known(
                    partial(self._index.metadata, need.releases, need.position, need.artifact)
                )
                for need in needs.metadata
            },
        )

    def _known(self, read: Callable[[], Known]) -> Known | Skipped:
        try:
            return read()
        except OfflineError as error:
            self._passed_over = self._passed_over or error
            return Skipped(str(error))

    def give_up_after(self, seconds: float | None) -> None:
        """Do nothing: nobody is waited for."""

    def refresh(self) -> bool:
        """Return False: the cache is all there is.

        Raises OfflineError when `fetch` passed something over: then nothing can be said to be all.
        """
        if self._passed_over is not None:
            raise self._passed_over
        return False

"""Warns when the present lockfile was made from another manifest.

Thoth's `PipfileHashBoot`: a lock whose hash is not the Pipfile's says nothing of what is asked for now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.units.interface import Boot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import Context

__all__ = ["PipfileHashBoot"]


class PipfileHashBoot(Boot):
    """Says that the lock is out of date."""

    @classmethod
    def should_include(cls, context: Context) -> Iterable[Mapping[str, object]]:
        """Leave it out when the lock is fresh, or does not say what it was made from."""
        return ({},) if context.lock_is_stale else ()

    def run(self) -> Iterable[StackMessage]:
        """Return one warning."""
        message = "the present lockfile was made from another version of the manifest"
        return [StackMessage("WARNING", message, source=self.name)]

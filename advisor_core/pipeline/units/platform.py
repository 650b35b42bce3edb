"""Stops when no wheel can fit an environment, and says when one lock serves several platforms.

Thoth's `PlatformBoot`, which knew `linux-x86_64` only. Here every platform that has wheel tags is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.units.interface import Boot, Stop

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["PlatformBoot"]


class PlatformBoot(Boot):
    """Checks the platforms of the target's environments."""

    def run(self) -> Iterable[StackMessage | Stop]:
        """Return what to say, and perhaps a stop."""
        environments = self.context.environments
        for environment in environments:
            if not environment.tags:
                yield Stop(f"no wheel can be installed on {environment.platform!r}")
        platforms = sorted({environment.platform for environment in environments})
        if len(platforms) > 1:
            message = f"one lockfile serves {len(platforms)} platforms: {', '.join(platforms)}"
            yield StackMessage("INFO", message, source=self.name)

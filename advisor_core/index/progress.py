"""What a client tells about its progress. Rendering it is the business of the caller."""

from __future__ import annotations

from typing import Protocol

from advisor_core.values import dataclass

__all__ = ["Progress", "ProgressState"]


@dataclass(slots=True)
class ProgressState:
    """Counts since the client was made."""

    projects_asked: int = 0
    projects_done: int = 0
    metadata_asked: int = 0
    metadata_done: int = 0
    requests: int = 0
    bytes_received: int = 0


class Progress(Protocol):
    """Is told whenever a count changed: often, so it must be quick and draw at its own pace."""

    def update(self, state: ProgressState) -> None:
        """Take note. `state` is the client's own and changes after the call."""

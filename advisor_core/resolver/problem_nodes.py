"""The names of a problem's nodes: packages, their extras, and both in one of several environments.

With one environment a node is a package, or one of its extras: `uvicorn`, `uvicorn[standard]`. With
several, each environment has nodes of its own, which carry files, markers, scores and extras there,

    uvicorn[thoth-env-0], uvicorn[thoth-env-0-standard], uvicorn[thoth-env-1]

and each of these requires `uvicorn` at the same version: one version that is valid everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SHARED", "Key"]

SHARED = -1
"""Environment of a package's node that all environments share."""


class Key(NamedTuple):
    """What a node stands for."""

    name: str
    extra: str | None = None
    environment: int = SHARED

    @property
    def node(self) -> str:
        """The node's name: with one environment keys have no environment either."""
        parts = [f"thoth-env-{self.environment}"] if self.environment != SHARED else []
        parts += [self.extra] if self.extra else []
        return f"{self.name}[{'-'.join(parts)}]" if parts else self.name

    @property
    def tie(self) -> Key | None:
        """The node that must be at the same version; None for a package itself."""
        if self.extra is not None:
            return Key(self.name, None, self.environment)
        return None if self.environment == SHARED else Key(self.name)

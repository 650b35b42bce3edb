"""What is taken over from another tool's configuration: keys of `.thoth.yaml`, and what has none.

renovate.json     {"ignoreDeps": ["flask"], "prHourlyLimit": 1}
Imported          keys: packages += {name: flask, ignore: all}     left: prHourlyLimit, with the reason
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from advisor_core.config.yaml_tree import Node

__all__ = ["Carried", "Imported", "Importer", "Left"]


@dataclass(frozen=True, slots=True)
class Carried:
    """One key of the other file, as keys of `.thoth.yaml`."""

    source: str
    """How the other file calls it: `packageRules[0].enabled`."""
    path: tuple[str, ...]
    """Where it goes: `("schedule", "when")`; a list at the end of the path grows by the value."""
    value: object
    """Texts, numbers, booleans, lists and mappings of these."""


@dataclass(frozen=True, slots=True)
class Left:
    """One key of the other file that is not taken over."""

    source: str
    """May be hostile: escape."""
    reason: str
    """Lower case, no final full stop; quotes nothing."""


@dataclass(slots=True)
class Imported:
    """What one file came to, in the order of the file."""

    carried: list[Carried] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def carry(self, source: str, *path: str, value: object) -> None:
        """Take a key over."""
        self.carried.append(Carried(source, path, value))

    def leave(self, source: str, reason: str) -> None:
        """Leave a key."""
        self.left.append(Left(source, reason))


class Importer(Protocol):
    """One tool's configuration."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the tool looks for it, in its order."""

    def read(self, content: bytes, path: str) -> Node | None:
        """Return the file as a tree. Raises InputError."""

    def convert(self, root: Node | None) -> Imported:
        """Return what it says, as far as Thoth can do it."""

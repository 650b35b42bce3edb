"""What a person wants of one run beyond what the project's files say. Values only.

Wish(only=("flask",))                   flask to its newest release, and nothing else without need
Wish(only=("flask",), pins={"flask": "3.0"})
Wish(held=("flask",))                   everything but flask, which stays where it is
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.config.rules import Ignored, PackageRule
from advisor_core.model import Origin
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Wish"]

_ORIGIN = Origin("what was asked for")


@dataclass(frozen=True, slots=True)
class Wish:
    """A limit on one run. The empty one changes nothing."""

    only: tuple[str, ...] = ()
    """PEP 503 normalized names: these go as far as they can, and only what they need moves with them.
    Empty: everything may move."""
    pins: Mapping[str, str] = field(default_factory=dict)
    """Name to the version that it is to be at."""
    held: tuple[str, ...] = ()
    """Names of packages that stay at their locked version."""

    only_locks: bool = False
    """Nothing is wanted but what the lockfiles could be: no security updates beside them, nothing told of the
    releases. So it is for a check run on a person's pull request."""

    @property
    def rules(self) -> tuple[PackageRule, ...]:
        """Return the same as rules of `packages`."""
        pins = [PackageRule((name,), _ORIGIN, pin=version) for name, version in self.pins.items()]
        stay = Ignored(_ORIGIN, update="all", text="all")
        held = [PackageRule(self.held, _ORIGIN, ignore=(stay,))] if self.held else []
        return (*pins, *held)

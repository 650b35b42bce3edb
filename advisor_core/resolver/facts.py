"""The external facts a resolution rests on. A proof is a derivation from these alone.

The engine knows each as an integer tag; here a tag becomes something that can be said to a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.model import DeclaredRequirement

__all__ = ["Constrained", "Excluded", "Fact", "Required", "Rooted", "Tied"]


@dataclass(frozen=True, slots=True)
class Rooted:
    """The manifest requires something."""

    declared: DeclaredRequirement
    environment: str | None
    """The environment concerned; None when there is only one."""


@dataclass(frozen=True, slots=True)
class Required:
    """A release requires something."""

    parent: str
    """Name, with the extra that activates it: `uvicorn[standard]`."""
    name: str
    specifier: str
    extra: str | None
    """The extra of `name` that is asked for, if any."""
    missing: bool = False
    """No index has `name`."""


@dataclass(frozen=True, slots=True)
class Tied:
    """Two nodes are the same release: `p[x]` and `p`, or a package in two environments."""

    name: str


@dataclass(frozen=True, slots=True)
class Excluded:
    """Releases that are no candidates."""

    name: str
    reason: str
    """A predicate in the plural, present tense: `need Python >=3.12`, `are yanked`."""
    environment: str | None
    unknown: bool = False
    """The release's requirements are not known (as opposed to known and unfit)."""


@dataclass(frozen=True, slots=True)
class Constrained:
    """A constraint file, or a pin in another category, leaves only some versions."""

    name: str
    text: str
    """`constraints.txt:3: numpy<2`."""
    declared: DeclaredRequirement | None


Fact = Rooted | Required | Tied | Excluded | Constrained

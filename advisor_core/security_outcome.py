"""What taking known vulnerabilities out of a lockfile came to. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.advisories.interface import Advisory, Severity
    from advisor_core.model import DeclaredRequirement
    from advisor_core.outcome import LockOutcome

__all__ = ["Fixed", "SecurityFix", "Unfixed"]


@dataclass(frozen=True, slots=True)
class Fixed:
    """An advisory that no longer applies."""

    package: str
    old: str
    new: str | None
    """None: the package is not in the stack any more."""
    advisory: Advisory
    affected: str = ""
    """The releases that it concerns, in words: `<2.2.5`. Foreign text: escape. Empty: not known."""


@dataclass(frozen=True, slots=True)
class Unfixed:
    """An advisory that still applies."""

    package: str
    version: str
    advisory: Advisory
    fixed_in: tuple[str, ...]
    """Releases that it does not concern, newest first; empty: none is known."""
    reason: str
    """What keeps them out, in lines for a person. Foreign text: escape."""
    loosen: tuple[DeclaredRequirement, ...] = ()
    """Lines of the manifest that restrict the package or what requires it: one of them has to be loosened,
    unless a requirer of the package never allows another release of it."""
    affected: str = ""
    """As of `Fixed`."""


@dataclass(frozen=True, slots=True)
class SecurityFix:
    """The smallest change that takes known vulnerabilities out of a lockfile."""

    outcome: LockOutcome
    fixed: tuple[Fixed, ...]
    unfixed: tuple[Unfixed, ...]
    """What neither the change nor any other valid stack of no more vulnerabilities takes away."""
    as_of: int | None = None
    """Of when the advisories are (epoch seconds); None: none were ever imported."""
    least_severity: Severity = "low"
    """Advisories below it were not looked at; those of unknown severity were."""

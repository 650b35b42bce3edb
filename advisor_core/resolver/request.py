"""What is to be resolved, and by which rules. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import DeclaredRequirement, Environment

__all__ = ["ALL_PACKAGES", "Policy", "ResolutionRequest"]

ALL_PACKAGES = ":all:"
"""In `only_binary` and `no_binary`: every package, as pip spells it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules beyond the requirements themselves."""

    prereleases: bool = False
    """Pre-releases of every package are candidates like any other (`--pre`)."""
    only_binary: frozenset[str] = frozenset()
    """Names whose sdists may not be used; may hold `ALL_PACKAGES`."""
    no_binary: frozenset[str] = frozenset()
    """Names whose wheels may not be used; may hold `ALL_PACKAGES`."""
    exclude_newer: int | None = None
    """Files uploaded at or after this moment (epoch seconds) do not exist."""


@dataclass(frozen=True, slots=True)
class ResolutionRequest:
    """One resolution: one version per package, valid in every environment at once."""

    environments: tuple[Environment, ...]
    """At least one. The stack holds a package where some environment reaches it."""
    requirements: tuple[DeclaredRequirement, ...]
    """In the order declared, which is the order of preference; kept entries are passed over."""
    constraints: tuple[DeclaredRequirement, ...] = ()
    """Limit versions where the package is present, require nothing."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Package to version: already pinned by another category of the same lockfile."""
    kept_elsewhere: tuple[DeclaredRequirement, ...] = ()
    """The kept entries of another category of the same lockfile, which is installed as well."""
    policy: Policy = field(default_factory=Policy)

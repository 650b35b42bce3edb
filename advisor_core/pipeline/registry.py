"""Which units in Python there are, by explicit import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.units.set_score import SetScoreStep
from advisor_core.pipeline.units.version_constraint import VersionConstraintSieve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.pipeline.prescriptions.model import Kind
    from advisor_core.pipeline.units.interface import Unit

__all__ = ["BUILT_IN", "BUILT_IN_NAMES"]

BUILT_IN: Mapping[str, type[Unit]] = {
    unit.__name__: unit
    for unit in (
        VersionConstraintSieve,
        SetScoreStep,
    )
}
"""By name, in the order in which units of one family run."""

BUILT_IN_NAMES: Sequence[tuple[Kind, str]] = tuple(
    (unit.kind, name) for name, unit in BUILT_IN.items()
)
"""What prescriptions may name in `dependencies`."""

"""Which units in Python there are, by explicit import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.units.set_score import SetScoreStep
from advisor_core.pipeline.units.version_constraint import VersionConstraintSieve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.pipeline.units.interface import Unit

__all__ = ["BUILT_IN"]

BUILT_IN: Mapping[str, type[Unit]] = {
    unit.__name__: unit
    for unit in (
        VersionConstraintSieve,
        SetScoreStep,
    )
}
"""By name, in the order in which units of one family run."""

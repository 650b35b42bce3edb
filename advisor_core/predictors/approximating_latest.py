"""Approximating latest: see `ext/core/predict_draw.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.predictors.interface import node_numbers
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["ApproximatingLatest"]


@dataclass(frozen=True, slots=True)
class ApproximatingLatest:
    """The newest stack, then newest stacks in which ever more packages hop to another release.

    A hop goes to a recent release more likely than to an old one.
    Source: Thoth's adviser, `ApproximatingLatest`.
    """

    prioritized_packages: tuple[str, ...] = ()
    """Decided before all others that are required by then, in this order."""

    def engine_name(self) -> str:
        """Return its name."""
        return "approximating-latest"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:
        """Return the order."""
        return {
            "nodes": node_numbers(self.prioritized_packages, nodes, place="prioritized_packages")
        }

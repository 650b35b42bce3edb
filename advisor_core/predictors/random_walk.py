"""Random walk: see `ext/core/predict_draw.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.predictors.interface import node_numbers
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["RandomWalk"]


@dataclass(frozen=True, slots=True)
class RandomWalk:
    """Draw every stack from nothing, every release at random. Source: Thoth's adviser, `RandomWalk`."""

    prioritized_packages: tuple[str, ...] = ()
    """Decided before all others that are required by then, in this order."""
    prefer_recent: bool = False
    """Take the newest release nine times of ten, else one drawn with weights n, n - 1, ... 1."""

    def engine_name(self) -> str:
        """Return its name."""
        return "random-walk"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:
        """Return the order and the preference."""
        return {
            "nodes": node_numbers(self.prioritized_packages, nodes, place="prioritized_packages"),
            "prefer_recent": self.prefer_recent,
        }

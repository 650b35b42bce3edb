"""Adaptive simulated annealing: see `ext/core/predict_anneal.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.predictors.interface import engine_coefficient
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["AdaptiveSimulatedAnnealing"]


@dataclass(frozen=True, slots=True)
class AdaptiveSimulatedAnnealing:
    """Take any better neighbour, and a worse one with probability exp(-loss / temperature).

    Source: Thoth's adviser, `AdaptiveSimulatedAnnealing`: the temperature is multiplied by
    `temperature_coefficient ** k`, with k = (stacks + ln(stacks + 1)) / limit.
    """

    temperature_coefficient: float = 0.999
    """Above 0, at most 1. Smaller cools sooner; 1 never cools, which is a random walk."""
    limit: int = 0
    """Stacks of the first cooling; 0: the stack budget, else 10,000. Each later one is twice as long."""

    def engine_name(self) -> str:
        """Return its name."""
        return "adaptive-simulated-annealing"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:  # noqa: ARG002 - interface
        """Return the schedule."""
        return {
            "temperature_coefficient": engine_coefficient(self.temperature_coefficient),
            "plan": self.limit,
        }

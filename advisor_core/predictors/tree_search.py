"""Monte Carlo tree search: see `ext/core/predict_tree.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.predictors.interface import engine_coefficient
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["MonteCarloTreeSearch"]


@dataclass(frozen=True, slots=True)
class MonteCarloTreeSearch:
    """Follow the tree of decisions where stacks were good or few, then the best stack, then chance.

    Source: Thoth's adviser, `MCTS`, which credits the score of a whole stack to all its releases and
    first draws `limit // 10` stacks at random. Its `step` and `trace` come from its base class and
    have no effect there; they are left out here.
    """

    temperature_coefficient: float = 0.999
    """Above 0, at most 1. Smaller follows the best stack sooner; 1 draws everything below the tree."""
    heat_up: int = -1
    """Stacks drawn at random first; -1: a tenth of the limit."""
    limit: int = 0
    """Stacks over which it cools; 0: the stack budget, else 10,000."""

    def engine_name(self) -> str:
        """Return its name."""
        return "monte-carlo-tree-search"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:  # noqa: ARG002 - interface
        """Return the schedule."""
        return {
            "temperature_coefficient": engine_coefficient(self.temperature_coefficient),
            "heat_up": self.heat_up,
            "plan": self.limit,
        }

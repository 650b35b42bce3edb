"""Temporal difference learning: see `ext/core/predict_learn.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.predictors.interface import engine_coefficient
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["TemporalDifference"]


@dataclass(frozen=True, slots=True)
class TemporalDifference:
    """Choose the release that earned most on average; draw at random as long as it is hot.

    Source: Thoth's adviser, `TemporalDifference`.
    """

    step: int = 1
    """Decisions whose earnings are one reward."""
    trace: bool = True
    """A reward goes to all releases chosen so far; else only to those that earned it."""
    temperature_coefficient: float = 0.999
    """Above 0, at most 1. Smaller stops drawing sooner; 1 always draws."""
    limit: int = 0
    """Stacks over which it cools; 0: the stack budget, else 10,000."""

    def engine_name(self) -> str:
        """Return its name."""
        return "temporal-difference"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:  # noqa: ARG002 - interface
        """Return the schedule and how rewards are credited."""
        return {
            "step": self.step,
            "trace": self.trace,
            "temperature_coefficient": engine_coefficient(self.temperature_coefficient),
            "plan": self.limit,
        }

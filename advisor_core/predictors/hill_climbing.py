"""Hill climbing: see `ext/core/predict_climb.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["HillClimbing"]


@dataclass(frozen=True, slots=True)
class HillClimbing:
    """Go to the best neighbour until none is better; then away from there, and up again.

    Source: Thoth's adviser, `HillClimbing`, which takes the best state of its beam. It has no
    parameters. Here neighbours are whole stacks (iterated local search: Lourenço, Martin & Stützle).
    """

    def engine_name(self) -> str:
        """Return its name."""
        return "hill-climbing"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:  # noqa: ARG002 - interface
        """Return no options."""
        return {}

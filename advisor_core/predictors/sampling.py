"""Sampling: see `ext/core/predict_draw.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["Sampling"]

MAXIMUM_BEAM_WIDTH = 100_000
"""Of stacks kept: each has a number for every package in memory."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Take a random step from a random stack of the beam. Source: Thoth's adviser, `Sampling`."""

    beam_width: int = 64
    """Stacks kept, the best so far; 1 to 100,000. Thoth's adviser has this for all predictors."""

    def engine_name(self) -> str:
        """Return its name."""
        return "sampling"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:  # noqa: ARG002 - interface
        """Return the width."""
        if not 1 <= self.beam_width <= MAXIMUM_BEAM_WIDTH:
            raise InputError.single(
                "beam_width", f"not from 1 to {MAXIMUM_BEAM_WIDTH}: {self.beam_width}"
            )
        return {"beam_width": self.beam_width}

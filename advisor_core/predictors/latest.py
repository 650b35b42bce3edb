"""The newest stack: see `ext/core/predict.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["Latest"]


@dataclass(frozen=True, slots=True)
class Latest:
    """Propose one stack: every package as new as what requires it allows.

    Where that ends in a conflict, the stack is any that is valid.
    Source: Thoth's adviser, recommendation type `latest`. It has no parameters.
    """

    def engine_name(self) -> str:
        """Return its name."""
        return "latest"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:  # noqa: ARG002 - interface
        """Return no options."""
        return {}

"""What a predictor is to the rest: a name, parameters, and how they are told to the engine. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from advisor_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["EngineOptions", "Predictor", "engine_coefficient", "node_numbers"]

EngineOptions = dict[str, object]
"""Keyword arguments of `_engine.Predictor.run`."""


class Predictor(Protocol):
    """A value class whose fields are the parameters."""

    def engine_name(self) -> str:
        """Return what the engine calls this search; it is the name in the registry."""

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:
        """Return the parameters as the engine wants them; `nodes`: name to number.

        Raises InputError for a parameter out of range.
        """


def engine_coefficient(coefficient: float) -> int:
    """Return a temperature coefficient as the engine's fixed point number; raise InputError."""
    if not 0 < coefficient <= 1:
        raise InputError.single(
            "temperature_coefficient", f"not above 0 and at most 1: {coefficient!r}"
        )
    return max(1, round(coefficient * 2**32))


def node_numbers(packages: Sequence[str], nodes: Mapping[str, int], *, place: str) -> list[int]:
    """Return the numbers of the packages; raise InputError naming all that the problem lacks."""
    missing = [package for package in packages if package not in nodes]
    if missing:
        raise InputError.single(place, f"the problem has no package {', '.join(missing)!r}")
    return [nodes[package] for package in packages]

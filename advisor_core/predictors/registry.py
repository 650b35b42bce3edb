"""Which predictors there are, and how one is made from text. Performs no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.predictors.annealing import AdaptiveSimulatedAnnealing
from advisor_core.predictors.approximating_latest import ApproximatingLatest
from advisor_core.predictors.hill_climbing import HillClimbing
from advisor_core.predictors.latest import Latest
from advisor_core.predictors.package_combinations import PackageCombinations
from advisor_core.predictors.random_walk import RandomWalk
from advisor_core.predictors.sampling import Sampling
from advisor_core.predictors.temporal_difference import TemporalDifference
from advisor_core.predictors.tree_search import MonteCarloTreeSearch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor_core.predictors.interface import Predictor

__all__ = ["PREDICTORS", "make_predictor"]

PREDICTORS: Mapping[str, Callable[..., Predictor]] = {
    "adaptive-simulated-annealing": AdaptiveSimulatedAnnealing,
    "approximating-latest": ApproximatingLatest,
    "hill-climbing": HillClimbing,
    "latest": Latest,
    "monte-carlo-tree-search": MonteCarloTreeSearch,
    "package-combinations": PackageCombinations,
    "random-walk": RandomWalk,
    "sampling": Sampling,
    "temporal-difference": TemporalDifference,
}


def make_predictor(name: str, settings: Mapping[str, str]) -> Predictor:
    """Return the predictor with its parameters read from text; lists are separated by commas.

    Raises InputError for a name or parameter that does not exist and a value that cannot be read.
    """
    make = PREDICTORS.get(name)
    if make is None:
        raise InputError.single(
            "--predictor",
            f"not one of {', '.join(PREDICTORS)}: {name!r}",
            hint="docs/predictors.md describes each; without `--predictor` the search is exact",
        )
    defaults = make()
    names: tuple[str, ...] = getattr(type(defaults), "__slots__", ())
    parameters: dict[str, object] = {}
    for parameter, text in settings.items():
        if parameter not in names:
            known = ", ".join(names) or "none"
            raise InputError.single(
                "--predictor-config", f"{name} has no parameter (it has: {known}): {parameter!r}"
            )
        parameters[parameter] = _read(parameter, text, getattr(defaults, parameter))
    return make(**parameters)


def _read(parameter: str, text: str, default: object) -> object:
    """Return `text` as a value of the kind that the default is of."""
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(default, int):
            return int(text)
        if isinstance(default, float):
            return float(text)
    except (ValueError, KeyError):
        kinds = {bool: "true or false", int: "a whole number", float: "a number"}
        raise InputError.single(
            f"--predictor-config {parameter}", f"not {kinds[type(default)]}: {text!r}"
        ) from None
    return tuple(part.strip() for part in text.split(",") if part.strip())

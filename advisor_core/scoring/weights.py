"""The named weight sets of the recommendation types, as the data file has them."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from advisor_core.errors import InputError
from advisor_core.scoring.registry import COMPONENTS
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.pipeline.interface import Level

__all__ = ["WeightSet", "load_weight_sets", "weight_set"]

DEFAULT_TYPE = "stable"


@dataclass(frozen=True, slots=True)
class WeightSet:
    """One recommendation type."""

    name: str
    summary: str
    """One sentence."""
    weights: Mapping[str, int]
    """Component to points per unit of its amount; every component is there."""
    margin: int
    """By how many points a stack must beat the present lockfile to be proposed."""
    cooldown_days: int
    levels: tuple[Level, ...] = ("main",)
    """Compared in order."""

    def level_of(self, level: Level) -> Level:
        """Return the level in which points of that level count here."""
        return level if level in self.levels else "main"


@lru_cache(maxsize=1)
def load_weight_sets() -> Mapping[str, WeightSet]:
    """Return the weight sets by name, in the file's order."""
    file = resources.files("advisor_core.scoring") / "data" / "recommendation_types.toml"
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: _read(name, entry) for name, entry in document.items()}


def weight_set(name: str | None) -> WeightSet:
    """Return the weight set of a recommendation type, by default of `stable`. Raises InputError."""
    sets = load_weight_sets()
    chosen = name or DEFAULT_TYPE
    if chosen not in sets:
        hint = f"use one of {', '.join(sets)}"
        raise InputError.single("-t", f"no such recommendation type: {name!r}", hint=hint)
    return sets[chosen]


def _read(name: str, entry: dict[str, Any]) -> WeightSet:
    weights = {component.name: int(entry["weights"][component.name]) for component in COMPONENTS}
    return WeightSet(
        name=name,
        summary=entry["summary"],
        weights=weights,
        margin=entry["margin"],
        cooldown_days=entry["cooldown_days"],
        levels=tuple(entry.get("levels", ("main",))),
    )

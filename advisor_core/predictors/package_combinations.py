"""Package combinations: see `ext/core/predict_draw.c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.predictors.interface import node_numbers
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.predictors.interface import EngineOptions

__all__ = ["PackageCombinations"]


@dataclass(frozen=True, slots=True)
class PackageCombinations:
    """Every combination of the releases of some packages; all others as new as that leaves them.

    Combinations that no stack has are passed over. Source: Thoth's adviser, `PackageCombinations`.
    """

    package_combinations: tuple[str, ...] = ()
    """The packages to vary; none: the newest stack is the only one."""

    def engine_name(self) -> str:
        """Return its name."""
        return "package-combinations"

    def engine_options(self, nodes: Mapping[str, int]) -> EngineOptions:
        """Return the packages."""
        packages = tuple(dict.fromkeys(self.package_combinations))
        return {"nodes": node_numbers(packages, nodes, place="package_combinations")}

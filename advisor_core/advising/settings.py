"""What advice depends on beside the target and the index. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advising.category import SearchOptions
from advisor_core.pipeline.engine import prepare
from advisor_core.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor_core.advisories.interface import AdvisorySource
    from advisor_core.config.model import AdviceSettings
    from advisor_core.pipeline.interface import Context, Prepared
    from advisor_core.scoring.interface import Evidence
    from advisor_core.scoring.weights import WeightSet

__all__ = ["AdviceInputs"]


@dataclass(frozen=True, slots=True)
class AdviceInputs:
    """Knowledge, units, weights and budgets."""

    recommendation_type: str | None = None
    """None: what the target's first environment declares, else `stable`."""
    weights: WeightSet | None = None
    """Instead of those of the recommendation type."""
    prepare: Callable[[Context], Prepared] = prepare
    """Runs the boots of the pipeline for one category of a target."""
    advisories: AdvisorySource | None = None
    evidence: Evidence | None = None
    units: Mapping[str, object] = field(default_factory=dict)
    """Configuration of the pipeline's units by name."""
    unit_places: Mapping[str, str] = field(default_factory=dict)
    """Where each of them is written."""
    index_urls: Mapping[str, str] = field(default_factory=dict)
    """Name of an index source to its URL, without credentials."""
    now: int = 0
    """Epoch seconds: decides which releases are young."""
    options: SearchOptions = field(default_factory=SearchOptions)
    margin: int | None = None
    """Points by which the present lockfile must be beaten; None: the recommendation type's."""
    cooldown_days: int | None = None
    """How old a release has to be; None: the recommendation type's."""
    library_usage: Mapping[str, frozenset[str]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    authenticated: bool = False

    def configured(self, advice: AdviceSettings) -> AdviceInputs:
        """Return the inputs with what a `.thoth.yaml` says of advice."""
        return replace(
            self,
            margin=advice.margin,
            cooldown_days=advice.cooldown_days,
            units=advice.units,
            unit_places=advice.unit_places,
        )

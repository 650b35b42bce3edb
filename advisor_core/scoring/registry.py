"""Every component of the score, in the order in which it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.scoring.components.flags import FLAGS
from advisor_core.scoring.components.freshness import Freshness
from advisor_core.scoring.components.measured import Observations, Performance
from advisor_core.scoring.components.vulnerability import Vulnerability

if TYPE_CHECKING:
    from advisor_core.scoring.interface import Component

__all__ = ["COMPONENTS"]

COMPONENTS: tuple[Component, ...] = (
    Freshness(),
    Vulnerability(),
    *FLAGS,
    Observations(),
    Performance(),
)

"""Says which labels came with the request, as they choose prescriptions.

Thoth's `LabelsBoot`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.units.interface import Boot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import Context

__all__ = ["LabelsBoot"]


class LabelsBoot(Boot):
    """Lists the labels."""

    @classmethod
    def should_include(cls, context: Context) -> Iterable[Mapping[str, object]]:
        """Leave it out without labels."""
        return ({},) if context.labels else ()

    def run(self) -> Iterable[StackMessage]:
        """Return one message."""
        listed = ", ".join(f"{key}={value}" for key, value in sorted(self.context.labels.items()))
        return [StackMessage("INFO", f"the request has the labels {listed}", source=self.name)]

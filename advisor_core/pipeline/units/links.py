"""Links each release's page on the Python Package Index.

Thoth's `PyPIReleaseWrap`. Manual: a link for each package of a stack buries what matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import Justification
from advisor_core.pipeline.units.interface import Wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.pipeline.interface import FinalStack

__all__ = ["PyPIReleaseWrap"]

_INDEX = "https://pypi.org/simple"


class PyPIReleaseWrap(Wrap):
    """Links releases that come from PyPI."""

    manual = True

    def run(self, stack: FinalStack) -> Iterable[Justification]:
        """Return a link for each release."""
        for name, version in stack.versions.items():
            if stack.indexes.get(name, "").rstrip("/") == _INDEX:
                link = f"https://pypi.org/project/{name}/{version}/"
                text = f"{name} {version} on the Python Package Index"
                yield Justification("INFO", text, link, package=name, source=self.name)

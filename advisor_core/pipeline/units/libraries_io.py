"""Links each package's page on libraries.io.

Thoth's `LibrariesIOWrap`. Manual, for the same reason as `PyPIReleaseWrap`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import Justification
from advisor_core.pipeline.units.interface import Wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.pipeline.interface import FinalStack

__all__ = ["LibrariesIOWrap"]


class LibrariesIOWrap(Wrap):
    """Links packages."""

    manual = True

    def run(self, stack: FinalStack) -> Iterable[Justification]:
        """Return a link for each package."""
        for name in stack.versions:
            link = f"https://libraries.io/pypi/{name}/"
            yield Justification(
                "INFO", f"{name} on libraries.io", link, package=name, source=self.name
            )

"""Warns when an environment leaves out what decides which wheels fit it.

Thoth's `FullySpecifiedEnvironment`, which wanted operating system, its version, Python and platform. Here
Python and platform always have a value, so only a Linux without a named system is left to guess: the
C library is then taken as glibc 2.28 (`environment.platforms`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.runtime import describe_runtimes
from advisor_core.pipeline.units.interface import Boot

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["FullySpecifiedEnvironment"]


class FullySpecifiedEnvironment(Boot):
    """Names the environments of `.thoth.yaml` whose operating system is not declared."""

    def run(self) -> Iterable[StackMessage]:
        """Return one warning for each; an environment that nobody declared is left alone."""
        declarations = self.context.declarations
        for runtime, declaration in zip(
            describe_runtimes(self.context), declarations, strict=False
        ):
            if getattr(declaration, "declared", None) is None:
                continue
            is_linux = any(name.startswith("linux-") for name in runtime.platforms)
            if is_linux and (not runtime.system_names or runtime.system_version is None):
                message = (
                    f"{runtime.name} does not declare the operating system and its version: "
                    "which wheels fit is taken from its platform alone"
                )
                yield StackMessage("INFO", message, source=self.name)

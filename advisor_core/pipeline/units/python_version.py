"""Warns when an environment's Python is not the one that the manifest asks for.

Thoth's `PythonVersionBoot`, which filled in the version from the Pipfile; that is done when environments
are detected (`environment.detect`), so what is left is to compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.environment.python_range import range_holds
from advisor_core.environment.python_version import agree
from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.units.interface import Boot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import Context

__all__ = ["PythonVersionBoot"]


class PythonVersionBoot(Boot):
    """Compares `python_version` and `requires-python` of the manifest with the environments."""

    @classmethod
    def should_include(cls, context: Context) -> Iterable[Mapping[str, object]]:
        """Leave it out when the manifest does not name a Python."""
        manifest = context.manifest
        asks = manifest is not None and (manifest.python_version or manifest.requires_python)
        return ({},) if asks else ()

    def run(self) -> Iterable[StackMessage]:
        """Return one warning for each disagreement."""
        manifest = self.context.manifest
        if manifest is None:
            return
        for environment in self.context.environments:
            name, python = environment.name, environment.python
            wanted = manifest.python_version
            if wanted and not agree(wanted, python):
                message = f"{name} has Python {python}, {manifest.path} asks for {wanted}"
                yield StackMessage("WARNING", message, source=self.name)
            required = manifest.requires_python
            if required and not range_holds(required, python):
                message = f"{name} has Python {python}, {manifest.path} requires {required}"
                yield StackMessage("WARNING", message, source=self.name)

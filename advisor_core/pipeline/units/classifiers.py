"""Says where a release's own classifiers do not fit the environment.

Thoth's `TroveClassifiersWrap`: Python versions, CUDA and development status, as
https://pypi.org/classifiers/ lists them. Classifiers are what authors remembered to write: they are said,
and never decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import Justification
from advisor_core.pipeline.runtime import describe_runtimes
from advisor_core.pipeline.units.interface import Wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import Context, FinalStack

__all__ = ["TroveClassifiersWrap"]

_PYTHON = "Programming Language :: Python :: "
_CUDA = "Environment :: GPU :: NVIDIA CUDA :: "
_INACTIVE = "Development Status :: 7 - Inactive"


class TroveClassifiersWrap(Wrap):
    """Compares classifiers with the environments."""

    def __init__(self, context: Context, configuration: Mapping[str, object]) -> None:
        """Describe the environments once."""
        super().__init__(context, configuration)
        self._runtimes = describe_runtimes(context)

    def run(self, stack: FinalStack) -> Iterable[Justification]:
        """Return what does not fit, package by package."""
        for name, facts in sorted(stack.facts.items()):
            if facts.classifiers is not None and name in stack.versions:
                for message in self._compare(facts.classifiers):
                    text = f"{name} {stack.versions[name]} {message}"
                    yield Justification("INFO", text, package=name, source=self.name)

    def _compare(self, classifiers: tuple[str, ...]) -> Iterable[str]:
        if _INACTIVE in classifiers:
            yield "calls itself inactive"
        pythons = {
            entry.removeprefix(_PYTHON)
            for entry in classifiers
            if entry.startswith(f"{_PYTHON}3.") and entry.removeprefix(f"{_PYTHON}3.").isdecimal()
        }
        cudas = {entry.removeprefix(_CUDA) for entry in classifiers if entry.startswith(_CUDA)}
        for runtime in self._runtimes:
            python = runtime.python_version
            if pythons and python not in pythons:
                yield f"does not list Python {python} among those it was made for"
            cuda = runtime.libraries.get("cuda_version")
            if cuda and cudas and not any(_covers(listed, cuda) for listed in cudas):
                yield f"does not list CUDA {cuda} among those it was made for"


def _covers(listed: str, version: str) -> bool:
    """Return whether `11` or `11.2 :: 11.2.1`, as listed, holds a version."""
    newest = listed.rpartition(" :: ")[2]
    return version == newest or version.startswith(f"{newest}.")

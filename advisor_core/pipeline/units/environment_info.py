"""Says for which runtime environments the advice is made.

Thoth's `EnvironmentInfoBoot`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.runtime import LIBRARIES, describe_runtimes
from advisor_core.pipeline.units.interface import Boot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.pipeline.runtime import RuntimeFacts

__all__ = ["EnvironmentInfoBoot"]


class EnvironmentInfoBoot(Boot):
    """Describes every environment in a line."""

    def run(self) -> Iterable[StackMessage]:
        """Return one message for each environment."""
        runtimes = describe_runtimes(self.context)
        for environment, runtime in zip(self.context.environments, runtimes, strict=True):
            text = (
                f"advice for {runtime.name}: Python {environment.python} on {environment.platform}"
            )
            details = _list_details(runtime)
            if details:
                text += f" ({', '.join(details)})"
            yield StackMessage("INFO", text, source=self.name)


def _list_details(runtime: RuntimeFacts) -> list[str]:
    details = []
    if runtime.base_image:
        details.append(f"image {runtime.base_image}")
    for key in LIBRARIES:
        version = runtime.libraries.get(key)
        if version:
            details.append(f"{key.removesuffix('_version')} {version}")
    if runtime.gpu_model:
        details.append(f"GPU {runtime.gpu_model}")
    if runtime.cpu_family is not None and runtime.cpu_model is not None:
        details.append(f"CPU family {runtime.cpu_family} model {runtime.cpu_model}")
    return details

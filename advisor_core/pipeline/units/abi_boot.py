"""Warns when the base image has an older C library than the environment's wheels need.

Thoth's `ThothS2IAbiCompatibilitySieve` compared the symbols that each wheel needs with those of the image.
The tag of a wheel promises what it needs (PEP 600: `manylinux_2_28` needs no symbol newer than
`GLIBC_2.28`), so comparing the tag of the environment's platform with the image's newest symbol decides
for every wheel at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import StackMessage
from advisor_core.pipeline.runtime import describe_runtimes
from advisor_core.pipeline.units.interface import Boot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.pipeline.interface import Context

__all__ = ["AbiCompatibilityBoot"]


class AbiCompatibilityBoot(Boot):
    """Compares `manylinux` of each environment with `GLIBC` of its image."""

    @classmethod
    def should_include(cls, context: Context) -> Iterable[Mapping[str, object]]:
        """Leave it out when no image was analysed."""
        return ({},) if context.images else ()

    def run(self) -> Iterable[StackMessage]:
        """Return one error for each environment whose image is too old."""
        runtimes = describe_runtimes(self.context)
        for environment, runtime in zip(self.context.environments, runtimes, strict=True):
            family, _, rest = environment.platform.partition("_")
            if family != "manylinux" or runtime.image is None:
                continue
            needed = _numbers(".".join(rest.split("_")[:2]))
            offered = [
                _numbers(symbol.removeprefix("GLIBC_"))
                for symbol in runtime.image.symbols
                if symbol.startswith("GLIBC_")
            ]
            if needed and any(offered) and max(offered) < needed:
                newest = ".".join(map(str, max(offered)))
                message = (
                    f"{runtime.base_image} has glibc {newest}, {environment.platform} means "
                    f"{'.'.join(map(str, needed))}: wheels may not load in it"
                )
                yield StackMessage("ERROR", message, source=self.name)


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()

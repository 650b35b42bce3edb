"""What the name of a base image tells of its contents: its C library. Pure; asks no registry.

    quay.io/centos/python-311 on ubi8   ->   glibc 2.28, so `GLIBC_2.28` and every older symbol

Nothing else of an image is known without looking into it, and what is not known never holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.environment.dockerfile import describe_image
from advisor_core.environment.operating_systems import find_c_library
from advisor_core.pipeline.interface import ImageFacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["describe_base_images"]

_EARLY = (
    "2.0", "2.1", "2.1.1", "2.1.2", "2.1.3", "2.2", "2.2.1", "2.2.2", "2.2.3", "2.2.4", "2.2.5",
    "2.2.6", "2.3", "2.3.2", "2.3.3", "2.3.4",
)  # fmt: skip
"""Versions of symbols before glibc had one for each of its releases, from `Versions` files of glibc:
https://sourceware.org/git/?p=glibc.git"""


def describe_base_images(declarations: Iterable[object]) -> Mapping[str, ImageFacts]:
    """Return the base images of environment declarations whose names tell something, with what."""
    found: dict[str, ImageFacts] = {}
    for declaration in declarations:
        name: str | None = getattr(getattr(declaration, "declared", None), "base_image", None)
        if name is None or name in found:
            continue
        image = describe_image(name)
        system = image.operating_system if image is not None else None
        library = find_c_library(system) if system is not None else None
        if library is None or library[0].family != "manylinux":
            continue
        minor = library[0].minor
        symbols = (*_EARLY, *(f"2.{each}" for each in range(4, minor + 1)))
        found[name] = ImageFacts(
            symbols=frozenset(f"GLIBC_{each}" for each in symbols),
            symbol_families=frozenset({"GLIBC"}),
            rpm_packages=None,
            python_packages=None,
        )
    return found

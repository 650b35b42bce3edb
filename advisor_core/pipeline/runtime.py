"""What a runtime environment looks like to a condition of a unit: `cuda_version: ">=11"`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.processors import find_processor_flags
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.config.model import RuntimeEnvironment
    from advisor_core.model import Environment
    from advisor_core.pipeline.interface import Context, ImageFacts

__all__ = ["LIBRARIES", "RuntimeFacts", "describe_runtimes"]

LIBRARIES = ("cuda_version", "cudnn_version", "openblas_version", "openmpi_version", "mkl_version")
"""Keys of `.thoth.yaml` that name the version of a library beside Python."""

_SAME_SYSTEM = {"ubi": "rhel", "s2i-thoth-ubi": "rhel"}
"""Universal Base Images are made of Red Hat Enterprise Linux packages:
https://catalog.redhat.com/software/base-images"""


@dataclass(frozen=True, slots=True)
class RuntimeFacts:
    """One environment. None everywhere: not known, or not there."""

    name: str
    python_version: str
    """`3.11`: conditions name minor releases."""
    platforms: frozenset[str]
    """Its spellings: `manylinux_2_28_x86_64` and, as `sysconfig.get_platform()`, `linux-x86_64`."""
    system_names: frozenset[str] = frozenset()
    """`ubi` is `rhel` too."""
    system_version: str | None = None
    libraries: Mapping[str, str | None] = field(default_factory=dict)
    """Each of `LIBRARIES`."""
    cpu_family: int | None = None
    cpu_model: int | None = None
    cpu_flags: frozenset[str] | None = None
    gpu_model: str | None = None
    base_image: str | None = None
    image: ImageFacts | None = None
    """What was found in the base image; None when it was not analysed."""


def describe_runtimes(context: Context) -> tuple[RuntimeFacts, ...]:
    """Return the facts of every environment of the context."""
    declarations = list(context.declarations)
    declarations += [None] * (len(context.environments) - len(declarations))
    return tuple(
        _describe(environment, declaration, context)
        for environment, declaration in zip(context.environments, declarations, strict=False)
    )


def _describe(environment: Environment, declaration: object, context: Context) -> RuntimeFacts:
    declared: RuntimeEnvironment | None = getattr(declaration, "declared", None)
    system = getattr(declaration, "operating_system", None)
    hardware = declared.hardware if declared else None
    family = hardware.cpu_family if hardware else None
    model = hardware.cpu_model if hardware else None
    image = declared.base_image if declared else None
    names = {system.name, _SAME_SYSTEM.get(system.name, system.name)} if system else set()
    return RuntimeFacts(
        name=environment.name,
        python_version=environment.markers["python_version"],
        platforms=frozenset({environment.platform, _as_sysconfig(environment.platform)}),
        system_names=frozenset(names),
        system_version=system.version if system else None,
        libraries={key: getattr(declared, key, None) for key in LIBRARIES},
        cpu_family=family,
        cpu_model=model,
        cpu_flags=find_processor_flags(family, model),
        gpu_model=hardware.gpu_model if hardware else None,
        base_image=image,
        image=context.images.get(image) if image else None,
    )


def _as_sysconfig(platform: str) -> str:
    """Return `linux-x86_64` for `manylinux_2_28_x86_64`, `macosx-14.0-arm64`, `win-amd64`.

    https://docs.python.org/3/library/sysconfig.html#sysconfig.get_platform
    """
    family, _, rest = platform.partition("_")
    if family in {"manylinux", "musllinux", "macosx"}:
        parts = rest.split("_", 2)
        if len(parts) == 3:
            machine = parts[2]
            return (
                f"linux-{machine}"
                if family != "macosx"
                else f"macosx-{parts[0]}.{parts[1]}-{machine}"
            )
    return platform.replace("_", "-", 1)

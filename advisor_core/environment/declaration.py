"""A runtime environment, declared or detected, made concrete without running it.

Example: Python `3.11` on `linux-x86_64` becomes the PEP 508 variables (`python_full_version` is
`3.11.0`, `sys_platform` is `linux`, ...) and the ranked wheel tags
(`cp311-cp311-manylinux_2_28_x86_64` first). Performs no I/O of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.environment.platforms import is_linux, list_platform_tags, resolve_platform
from advisor_core.environment.python_version import full_version, minor_of, parse_python_version
from advisor_core.environment.tags import WheelTags, list_wheel_tags
from advisor_core.errors import Fault, InputError
from advisor_core.model import Environment
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.config.model import RuntimeEnvironment
    from advisor_core.environment.operating_systems import OperatingSystem
    from advisor_core.environment.platforms import Platform

__all__ = ["EnvironmentDeclaration", "Sourced", "make_environment"]

_SYSTEMS = {
    "manylinux": ("posix", "linux", "Linux"),
    "musllinux": ("posix", "linux", "Linux"),
    "macosx": ("posix", "darwin", "Darwin"),
    "win": ("nt", "win32", "Windows"),
}
"""`os.name`, `sys.platform`, `platform.system()`."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value with where it came from."""

    value: str
    source: str
    """For people: `.python-version:1`, `Pipfile [requires]`, `the running interpreter`."""


@dataclass(frozen=True, slots=True)
class EnvironmentDeclaration:
    """What is known of a runtime environment, each value with its source."""

    name: str
    python: Sourced
    """`3.12` or `3.12.4`."""
    platform: Sourced
    """A wheel platform tag: `manylinux_2_28_x86_64`."""
    operating_system: OperatingSystem | None = None
    recommendation_type: str | None = None
    """One of Thoth's five, or None when it was not said."""
    notes: tuple[str, ...] = ()
    """For the report: disagreements between files, and what had to be inferred. Not escaped."""
    declared: RuntimeEnvironment | None = None
    """The entry of `.thoth.yaml`, with the hardware, libraries, base image and labels it names."""

    @property
    def summary(self) -> str:
        """`Python 3.12 (.python-version:1) on manylinux_2_28_x86_64 (the default)`; not escaped."""
        return (
            f"Python {self.python.value} ({self.python.source}) on "
            f"{self.platform.value} ({self.platform.source})"
        )


def make_environment(
    declaration: EnvironmentDeclaration | None = None,
    *,
    python: str | None = None,
    platform: str | None = None,
    name: str | None = None,
) -> Environment:
    """Return the environment that the declaration describes; the keywords win over it.

    `python` and `platform` are what `--python` and `--platform` take. Both must be given without a
    declaration. Raises InputError naming the option that is wrong.
    """
    faults: list[Fault] = []
    version, target = "", None
    try:
        version = parse_python_version(python or (declaration.python.value if declaration else ""))
    except ValueError as exc:
        faults.append(Fault("--python" if python else "python version", str(exc)))
    try:
        target = _choose_platform(declaration, platform)
    except ValueError as exc:
        faults.append(Fault("--platform" if platform else "platform", str(exc)))
    if faults or target is None:
        raise InputError(tuple(faults))
    tags = list_wheel_tags(minor_of(version), list_platform_tags(target))
    return Environment(
        name=name or (declaration.name if declaration else "default"),
        python=version,
        markers=_marker_values(version, target),
        tags=WheelTags(tags),
        platform=str(target),
    )


def _choose_platform(declaration: EnvironmentDeclaration | None, option: str | None) -> Platform:
    """Return what the option means; only `linux_*` leaves anything to the declared system."""
    if option is None:
        return resolve_platform(declaration.platform.value if declaration else "")[0]
    system = declaration.operating_system if declaration and is_linux(option) else None
    if system is not None and system.name in {"macos", "windows"}:
        system = None
    return resolve_platform(option, system)[0]


def _marker_values(python: str, platform: Platform) -> dict[str, str]:
    """Return the eleven variables of PEP 508.

    `platform_release` and `platform_version` are properties of a kernel, not of a declaration, and
    are empty, as uv has them when it resolves for a platform other than its own.
    """
    full = full_version(python)
    os_name, sys_platform, platform_system = _SYSTEMS[platform.family]
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": os_name,
        "platform_machine": platform.platform_machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": platform_system,
        "platform_version": "",
        "python_full_version": full,
        "python_version": f"3.{minor_of(python)}",
        "sys_platform": sys_platform,
    }

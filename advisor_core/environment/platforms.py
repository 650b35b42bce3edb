"""Wheel platform tags: from what a person writes to one `Platform`, and to every tag that fits it.

Example: on ubi 8, `linux-x86_64` is `manylinux_2_28_x86_64`, which also takes wheels tagged
`manylinux_2_17_x86_64`, `manylinux2014_x86_64`, ..., `linux_x86_64`. Nothing is run or asked of the
machine: the same input gives the same platform everywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from advisor_core.environment.operating_systems import find_c_library
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor_core.environment.operating_systems import OperatingSystem

__all__ = ["DEFAULT_GLIBC", "Platform", "is_linux", "list_platform_tags", "resolve_platform"]

DEFAULT_GLIBC = (2, 28)
"""What `linux_*` means when no operating system was declared: glibc of Debian 10 and RHEL 8,
so no image in support has an older one."""

_NEWEST_MINOR = 99
"""Bounds the number of tags that a platform expands to; no C library or macOS is near it."""

_LINUX = {
    "x86_64": 5,
    "i686": 5,
    "aarch64": 17,
    "armv7l": 17,
    "ppc64": 17,
    "ppc64le": 17,
    "s390x": 17,
    "riscv64": 17,
    "loongarch64": 17,
}
"""Machine to the oldest glibc minor that has a manylinux tag (PEP 600: 2.17 but on Intel 2.5)."""

_MACHINE_ALIASES = {"amd64": "x86_64", "arm64": "aarch64", "i386": "i686", "i586": "i686"}

_LEGACY = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
"""glibc minor to the tag's older name (PEP 513, 571, 599; PEP 600 keeps them as aliases)."""

_WINDOWS = {"win_amd64": "AMD64", "win32": "x86", "win_arm64": "ARM64"}
"""Platform tag to `platform.machine()`."""

_EXAMPLES = (
    "`linux_x86_64`, `manylinux_2_28_x86_64`, `musllinux_1_2_x86_64`, `macosx_14_0_arm64` or "
    "`win_amd64`"
)


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform that wheels are made for."""

    family: Literal["manylinux", "musllinux", "macosx", "win"]
    major: int
    """Of glibc, musl or macOS; 0 on Windows."""
    minor: int
    machine: str
    """As in the tag: `x86_64`, `aarch64`, `arm64`; on Windows the whole tag, `win_amd64`."""

    def __str__(self) -> str:
        """Return the wheel platform tag."""
        if self.family == "win":
            return self.machine
        return f"{self.family}_{self.major}_{self.minor}_{self.machine}"

    @property
    def platform_machine(self) -> str:
        """What `platform.machine()` says there (PEP 508 `platform_machine`)."""
        return _WINDOWS[self.machine] if self.family == "win" else self.machine


def resolve_platform(
    text: str | None, operating_system: OperatingSystem | None = None
) -> tuple[Platform, tuple[str, ...]]:
    """Return the platform that the text means on the operating system, and what was inferred.

    `linux_MACHINE` (or `linux-MACHINE`) means the C library of the operating system, and glibc 2.28
    when none was declared or it is not known; a full tag means itself. Without a text the operating
    system alone decides, on x86_64 (macOS: arm64). Raises ValueError with the reason when the text
    is no platform or contradicts the operating system.
    """
    name = operating_system.name if operating_system else ""
    if text is None:
        text = {"macos": "macosx", "windows": "win_amd64"}.get(name, "linux_x86_64")
    tag = text.strip().lower().replace("-", "_").replace(".", "_")
    if tag.startswith("linux_"):
        return _resolve_linux(tag.removeprefix("linux_"), text, operating_system)
    if tag == "macosx" and operating_system is not None:
        version = operating_system.version or "14"
        tag = (
            f"macosx_{version.replace('.', '_')}" + ("_0" if "." not in version else "") + "_arm64"
        )
    platform = _parse_tag(tag, text)
    notes = _contradictions(platform, operating_system)
    return platform, notes


def is_linux(text: str) -> bool:
    """Return whether the text leaves the C library to the operating system: `linux-x86_64`."""
    return text.strip().lower().replace("-", "_").startswith("linux_")


def list_platform_tags(platform: Platform) -> tuple[str, ...]:
    """Return every platform tag that fits, best first, in the order of `packaging.tags`."""
    if platform.family == "win":
        return (platform.machine,)
    if platform.family == "macosx":
        return tuple(_mac_tags(platform))
    tags: list[str] = []
    if platform.family == "manylinux":
        for minor in range(platform.minor, _LINUX[platform.machine] - 1, -1):
            tags.append(f"manylinux_2_{minor}_{platform.machine}")
            if minor in _LEGACY:
                tags.append(f"{_LEGACY[minor]}_{platform.machine}")
    else:
        tags += [
            f"musllinux_1_{minor}_{platform.machine}" for minor in range(platform.minor, -1, -1)
        ]
    tags.append(f"linux_{platform.machine}")
    return tuple(tags)


def _resolve_linux(
    machine: str, text: str, operating_system: OperatingSystem | None
) -> tuple[Platform, tuple[str, ...]]:
    machine = _MACHINE_ALIASES.get(machine, machine)
    if machine not in _LINUX:
        raise ValueError(f"not a Linux machine that wheels are made for: {text!r}")
    if operating_system is None:
        return Platform("manylinux", *DEFAULT_GLIBC, machine), ()
    if operating_system.name in {"macos", "windows"}:
        raise ValueError(f"{operating_system} is not Linux: {text!r}")
    found = find_c_library(operating_system)
    if found is None:
        note = f"the C library of {operating_system} is not known: taken as glibc 2.28"
        return Platform("manylinux", *DEFAULT_GLIBC, machine), (note,)
    library, note = found
    minor = library.minor
    family: Literal["manylinux", "musllinux"] = (
        "musllinux" if library.family == "musllinux" else "manylinux"
    )
    return Platform(family, library.major, minor, machine), ((note,) if note else ())


def _parse_tag(tag: str, text: str) -> Platform:
    if tag in _WINDOWS:
        return Platform("win", 0, 0, tag)
    for minor, legacy in _LEGACY.items():
        if tag.startswith(f"{legacy}_"):
            tag = f"manylinux_2_{minor}_{tag.removeprefix(f'{legacy}_')}"
    matched = re.fullmatch(
        r"(manylinux|musllinux|macosx)_(\d{1,4})_(\d{1,4})_(\w{1,20})", tag, re.ASCII
    )
    if matched is None:
        raise ValueError(f"not a wheel platform tag such as {_EXAMPLES}: {text!r}")
    family, machine = matched[1], matched[4]
    major, minor = int(matched[2]), int(matched[3])
    if family == "macosx":
        if machine not in {"x86_64", "arm64"}:
            raise ValueError(f"not a machine that macOS runs on, `x86_64` or `arm64`: {text!r}")
        known = (major == 10 and 4 <= minor <= 16) or 11 <= major <= _NEWEST_MINOR
        if not known or minor > _NEWEST_MINOR or (machine == "arm64" and major < 11):
            raise ValueError(f"there is no such macOS: {text!r}")
        return Platform("macosx", major, minor, machine)
    if machine not in _LINUX:
        raise ValueError(f"not a Linux machine that wheels are made for: {text!r}")
    if family == "manylinux":
        if major != 2 or not _LINUX[machine] <= minor <= _NEWEST_MINOR:
            raise ValueError(f"there is no such manylinux platform: {text!r}")
        return Platform("manylinux", major, minor, machine)
    if major != 1 or minor > _NEWEST_MINOR:
        raise ValueError(f"there is no such musllinux platform: {text!r}")
    return Platform("musllinux", major, minor, machine)


def _contradictions(
    platform: Platform, operating_system: OperatingSystem | None
) -> tuple[str, ...]:
    if operating_system is None:
        return ()
    of_system = {"macos": "macosx", "windows": "win"}.get(operating_system.name, "linux")
    of_tag = "linux" if platform.family in {"manylinux", "musllinux"} else platform.family
    if of_system != of_tag:
        raise ValueError(f"{operating_system} does not run wheels of platform {str(platform)!r}")
    found = find_c_library(operating_system) if of_system == "linux" else None
    if found is None:
        return ()
    library = found[0]
    if library.family != platform.family:
        raise ValueError(f"{operating_system} does not run wheels of platform {str(platform)!r}")
    if library.minor >= platform.minor:
        return ()
    level = f"{library.family} level {library.major}.{library.minor}"
    return (f"{operating_system} has {level}, older than the platform asked for: {platform}",)


def _mac_tags(platform: Platform) -> Iterator[str]:
    """Yield as `packaging.tags.mac_platforms`: since macOS 11 the minor number means nothing."""
    intel = platform.machine == "x86_64"
    formats = (
        ("x86_64", "intel", "fat64", "fat3", "universal2", "universal")
        if intel
        else ("arm64", "universal2")
    )
    if platform.major == 10:
        releases = [(10, minor) for minor in range(platform.minor, 3, -1)]
    else:
        releases = [(major, 0) for major in range(platform.major, 10, -1)]
    for major, minor in releases:
        for binary_format in formats:
            yield f"macosx_{major}_{minor}_{binary_format}"
    if platform.major == 10:
        return
    # Older systems' binaries: on Intel all of them, on Arm the Intel half of a universal2 binary
    # dates it, so such a file may be tagged older than the first Arm system.
    for minor in range(16, 3, -1):
        for binary_format in formats if intel else ("universal2",):
            yield f"macosx_10_{minor}_{binary_format}"

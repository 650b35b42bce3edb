"""Which C library an operating system brings, which decides the wheels that fit it. Data.

A wheel tagged `manylinux_2_28` needs glibc 2.28 or newer (PEP 600), one tagged `musllinux_1_2`
needs musl 1.2 or newer (PEP 656). Example: `ubi 8` has glibc 2.28, so `manylinux_2_34` wheels do
not fit it.
"""

from __future__ import annotations

from advisor_core.values import dataclass

__all__ = [
    "DEBIAN_CODENAMES",
    "CLibrary",
    "OperatingSystem",
    "find_c_library",
    "normalize_operating_system",
]


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """An operating system as a person declares it."""

    name: str
    """Lower case: `ubi`, `fedora`, `alpine`, `macos`."""
    version: str | None = None
    """`8`, `8.6`, `22.04`, `bookworm`; None when it was not said."""

    def __str__(self) -> str:
        """Return `name version`, or the name alone."""
        return f"{self.name} {self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class CLibrary:
    """The C library of one operating system release."""

    family: str
    """`manylinux` (glibc) or `musllinux` (musl)."""
    major: int
    minor: int


_ENTERPRISE = (("7", 2, 17), ("8", 2, 28), ("9", 2, 34), ("10", 2, 39))
"""Red Hat Enterprise Linux and what is rebuilt from it."""

# Releases oldest first. Sources: the glibc of each distribution as measured by
# https://github.com/mayeut/pep600_compliance (README, table `compatibility`), and for releases it
# no longer lists https://packages.debian.org/glibc, https://packages.ubuntu.com/libc6 and
# https://src.fedoraproject.org/rpms/glibc.
_GLIBC: dict[str, tuple[tuple[str, int, int], ...]] = {
    "rhel": _ENTERPRISE,
    "amazonlinux": (("1", 2, 17), ("2", 2, 26), ("2023", 2, 34)),
    "debian": (
        ("8", 2, 19),
        ("9", 2, 24),
        ("10", 2, 28),
        ("11", 2, 31),
        ("12", 2, 36),
        ("13", 2, 41),
    ),
    "fedora": (
        ("28", 2, 27),
        ("29", 2, 28),
        ("30", 2, 29),
        ("31", 2, 30),
        ("32", 2, 31),
        ("33", 2, 32),
        ("34", 2, 33),
        ("35", 2, 34),
        ("36", 2, 35),
        ("37", 2, 36),
        ("38", 2, 37),
        ("39", 2, 38),
        ("40", 2, 39),
        ("41", 2, 40),
        ("42", 2, 41),
        ("43", 2, 42),
    ),
    "opensuse": (("15.1", 2, 26), ("15.3", 2, 31), ("15.6", 2, 38)),
    "photon": (("1.0", 2, 22), ("2.0", 2, 26), ("3.0", 2, 28), ("4.0", 2, 32), ("5.0", 2, 36)),
    "ubuntu": (
        ("14.04", 2, 19),
        ("16.04", 2, 23),
        ("18.04", 2, 27),
        ("20.04", 2, 31),
        ("20.10", 2, 32),
        ("21.04", 2, 33),
        ("21.10", 2, 34),
        ("22.04", 2, 35),
        ("22.10", 2, 36),
        ("23.04", 2, 37),
        ("23.10", 2, 38),
        ("24.04", 2, 39),
        ("24.10", 2, 40),
        ("25.04", 2, 41),
        ("25.10", 2, 42),
    ),
}

# Alpine 3.13 brought musl 1.2: https://alpinelinux.org/posts/Alpine-3.13.0-released.html
_MUSL: dict[str, tuple[tuple[str, int, int], ...]] = {
    "alpine": (("3.0", 1, 1), ("3.13", 1, 2)),
}

_ALIASES = {
    "alma": "rhel",
    "almalinux": "rhel",
    "amzn": "amazonlinux",
    "amazon": "amazonlinux",
    "centos": "rhel",
    "centos-stream": "rhel",
    "ol": "rhel",
    "opensuse-leap": "opensuse",
    "oraclelinux": "rhel",
    "redhat": "rhel",
    "rocky": "rhel",
    "rockylinux": "rhel",
    "s2i-thoth-ubi": "rhel",
    "sles": "opensuse",
    "ubi": "rhel",
}
"""Names with the same C library, release for release."""

DEBIAN_CODENAMES = {
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
}
"""https://www.debian.org/releases/"""

_UBUNTU_CODENAMES = {
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
}
"""https://wiki.ubuntu.com/Releases"""


def normalize_operating_system(name: str, version: str | None = None) -> OperatingSystem:
    """Return the operating system in lower case, with a code name replaced by its number."""
    name = name.strip().lower()
    version = version.strip().lower().removeprefix("stream") if version else None
    if version:
        codenames = {"debian": DEBIAN_CODENAMES, "ubuntu": _UBUNTU_CODENAMES}.get(name, {})
        version = codenames.get(version, version)
    return OperatingSystem(name, version or None)


def find_c_library(system: OperatingSystem) -> tuple[CLibrary, str] | None:
    """Return the C library of a Linux distribution, and a note where it had to be inferred.

    A distribution never goes back to an older C library, so a release that the table does not list
    has at least that of the newest listed release before it. Returns None for a name that the table
    lacks, and for a release older than every listed one.
    """
    name = _ALIASES.get(system.name, system.name)
    family = "musllinux" if name in _MUSL else "manylinux"
    releases = _MUSL.get(name) or _GLIBC.get(name)
    if releases is None:
        return None
    if system.version is None:
        if family == "musllinux":
            return CLibrary(family, *releases[-1][1:]), ""
        return None
    wanted = _numbers(system.version)
    if wanted is None:
        return None
    found: tuple[str, int, int] | None = None
    for release in releases:
        if (_numbers(release[0]) or ()) <= wanted:
            found = release
    if found is None:
        return None
    note = ""
    newest = _numbers(releases[-1][0]) or ()
    if family == "manylinux" and wanted[: len(newest)] > newest:
        note = f"{system} is newer than this program knows: taken as {system.name} {found[0]}"
    return CLibrary(family, found[1], found[2]), note


def _numbers(version: str) -> tuple[int, ...] | None:
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        return None
    return tuple(int(part) for part in parts)

"""PEP 440 and PEP 508: `advisor_core.standards` beside `packaging`, on the texts of one resolution.

    python benchmarks/standards.py [--rounds 7]

CPU nanoseconds for one text, the median of interleaved rounds, and the ratio of the medians. The
last line is all of it for 40 packages, 3,000 versions, 1,000 requirements and as many matches.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import TYPE_CHECKING

import packaging.utils
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from advisor_core import standards

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = [
    f"{major}.{minor}.{patch}{suffix}"
    for major in range(5)
    for minor in range(20)
    for patch, suffix in ((0, "rc1"), (0, ""), (1, ""), (2, ""), (3, ".post1"))
]
SPECIFIER = ">=1.2,<3,!=2.0.*"
LINES = [
    "certifi>=2017.4.17",
    "charset_normalizer<4,>=2",
    'importlib-metadata>=3.6.0; python_version < "3.10"',
    'requests[socks]>=2.8.1,<3; python_version >= "3.8" and extra == "http"',
    'PySocks!=1.5.7,>=1.5.6; extra == "socks"',
    'win-inet-pton; (sys_platform == "win32" and python_version == "2.7") and extra == "socks"',
]
WHEEL = "numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}

environment = standards.MarkerEnvironment(ENVIRONMENT)
listed = standards.VersionList(VERSIONS)
parsed = [Version(text) for text in VERSIONS]


def evaluate_with_packaging() -> None:
    for line in LINES:
        requirement = Requirement(line)
        if requirement.marker is not None:
            requirement.marker.evaluate({**ENVIRONMENT, "extra": ""})


def match_with_packaging() -> None:
    specifiers = SpecifierSet(SPECIFIER)
    for version in parsed:
        specifiers.contains(version, prereleases=True)


CASES: list[tuple[str, int, Callable[[], object], Callable[[], object]]] = [
    (
        "normalize a version",
        len(VERSIONS),
        lambda: [standards.normalize_version(text) for text in VERSIONS],
        lambda: [str(Version(text)) for text in VERSIONS],
    ),
    (
        "sort versions, each",
        len(VERSIONS),
        lambda: standards.VersionList(VERSIONS),
        lambda: sorted(map(Version, VERSIONS)),
    ),
    (
        "take sorted versions, each",
        len(VERSIONS),
        lambda: standards.VersionList.from_sorted(listed.versions),
        lambda: [Version(text) for text in listed.versions],
    ),
    ("match 500 versions", 1, lambda: listed.match(SPECIFIER), match_with_packaging),
    (
        "read and evaluate a requirement",
        len(LINES),
        lambda: standards.active_requirements(LINES, environment, ""),
        evaluate_with_packaging,
    ),
    (
        "read a wheel filename",
        1,
        lambda: standards.parse_wheel_filename(WHEEL),
        lambda: packaging.utils.parse_wheel_filename(WHEEL),
    ),
]


def measure(call: Callable[[], object], texts: int) -> float:
    """Return CPU nanoseconds for one text."""
    times, spent = 0, 0
    start = time.process_time_ns()
    while spent < 20_000_000:
        call()
        times += 1
        spent = time.process_time_ns() - start
    return spent / times / texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    if standards.IMPLEMENTATION != "c":
        sys.exit("the extension is missing: this would measure packaging beside itself")
    print("what | ours ns | packaging ns | ratio")
    medians = {}
    for what, texts, ours, peer in CASES:
        samples = [(measure(ours, texts), measure(peer, texts)) for _ in range(rounds)]
        ours_ns, peer_ns = (statistics.median(column) for column in zip(*samples, strict=True))
        medians[what] = (ours_ns, peer_ns)
        print(f"{what} | {ours_ns:.0f} | {peer_ns:.0f} | {peer_ns / ours_ns:.0f}")
    total = [
        3000 * medians["take sorted versions, each"][side]
        + 1000 * medians["read and evaluate a requirement"][side]
        + 1000 * medians["match 500 versions"][side]
        for side in (0, 1)
    ]
    print(f"all of a resolution | {total[0]:.0f} | {total[1]:.0f} | {total[1] / total[0]:.0f}")


if __name__ == "__main__":
    main()

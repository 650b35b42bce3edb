"""The pure twin of names, versions and specifiers, as `packaging` reads them (PEP 440, PEP 503)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from advisor_core.standards.limits import check_length

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "VersionList",
    "check_clauses",
    "compare_versions",
    "normalize_name",
    "normalize_version",
    "specifier_contains",
    "specifier_names_prerelease",
]


def normalize_name(name: str) -> str:
    """Return the PEP 503 form: lower case, each run of `-`, `_` and `.` one `-`. Any text."""
    name.encode()
    return canonicalize_name(name)


def normalize_version(text: str) -> str:
    """Return the PEP 440 normalized form. Raises ValueError when `text` is no version."""
    return str(_parse_version(text))


def compare_versions(a: str, b: str) -> int:
    """Return -1, 0 or 1: `a` is older, equal, newer. Raises ValueError when one is no version."""
    left, right = _parse_version(a), _parse_version(b)
    return (left > right) - (left < right)


def specifier_contains(specifier: str, version: str, *, prereleases: bool = True) -> bool:
    """Return whether the specifier set holds the version.

    A text that is no version is held by the empty set and may be by `===`, as PEP 440 wants.
    Raises ValueError when the specifier is not PEP 440.
    """
    specifiers = _parse_specifier(specifier)
    check_length(version)
    if not version.isascii() and any(clause.operator == "===" for clause in specifiers):
        raise ValueError(f"=== compares ASCII text only: {version!r:.200}")
    try:
        return specifiers.contains(version, prereleases=prereleases)
    except ValueError as exc:  # a number that is too long
        raise ValueError(f"not a PEP 440 version: {version!r:.200}") from exc


def specifier_names_prerelease(specifier: str) -> bool:
    """Return whether some clause, other than `!=`, has a pre-release as its version.

    Raises ValueError when the specifier is not PEP 440.
    """
    # A list, not a generator: a version that cannot be read is found wherever it stands.
    return any([bool(clause.prereleases) for clause in _parse_specifier(specifier)])  # noqa: C419


class VersionList:
    """The versions of one project, newest first, ready to be matched against specifiers."""

    __slots__ = ("_parsed", "invalid", "prereleases", "versions")

    versions: tuple[str, ...]
    """PEP 440 normalized, descending, no repeats: of equal versions (`1.0` and `1.0.0`) the one
    that came first stays."""
    invalid: tuple[str, ...]
    """What is no version, as it came."""
    prereleases: bytes
    """Bitset over `versions`: pre-releases and development releases."""

    def __init__(self, versions: Sequence[str]) -> None:
        kept: dict[Version, None] = {}
        invalid = []
        for text in versions:
            try:
                kept.setdefault(_parse_version(text))
            except ValueError:
                invalid.append(text)
        self._parsed = sorted(kept, reverse=True)
        self.versions = tuple(map(str, self._parsed))
        self.invalid = tuple(invalid)
        self.prereleases = _bitset(version.is_prerelease for version in self._parsed)

    @classmethod
    def from_sorted(cls, versions: Sequence[str]) -> VersionList:
        """Return the list of what `versions` of another list said, without sorting.

        Raises ValueError when they are not normalized and strictly descending.
        """
        built = cls(versions)
        if built.versions != tuple(versions):
            raise ValueError("versions are not normalized and strictly descending")
        return built

    def __len__(self) -> int:
        return len(self.versions)

    def match(self, specifier: str) -> bytes:
        """Return the bitset over `versions` of those the specifier set holds, pre-releases too.

        Raises ValueError when the specifier is not PEP 440.
        """
        specifiers = _parse_specifier(specifier)
        return _bitset(specifiers.contains(version, prereleases=True) for version in self._parsed)


def _parse_version(text: str) -> Version:
    check_length(text)
    try:
        return Version(text)
    except ValueError as exc:
        raise ValueError(f"not a PEP 440 version: {text!r:.200}") from exc


def _parse_specifier(text: str) -> SpecifierSet:
    """Return the set; also parses each clause's version, which `packaging` does too late."""
    check_length(text)
    try:
        specifiers = SpecifierSet(text)
        check_clauses(specifiers)
    except ValueError as exc:
        raise ValueError(f"not a PEP 440 specifier: {text!r:.200}") from exc
    return specifiers


def check_clauses(specifiers: SpecifierSet) -> None:
    """Raise ValueError when the version of some clause cannot be read."""
    for clause in specifiers:
        if clause.operator != "===":
            Version(clause.version.removesuffix(".*"))


def _bitset(bits: Iterable[bool]) -> bytes:
    """Return the bits as bytes: bit i is `b[i >> 3] >> (i & 7) & 1`."""
    flags = list(bits)
    number = sum(1 << i for i, flag in enumerate(flags) if flag)
    return number.to_bytes((len(flags) + 7) // 8, "little")

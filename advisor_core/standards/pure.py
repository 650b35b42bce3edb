"""The pure twin: PEP 440, PEP 508 and wheel filenames as `packaging` reads them.

Every function here has a twin of the same name in `advisor_core._engine`; one suite tests both.
Slow and plain: it is what the C code is checked against, and what runs where no compiler was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.utils import parse_wheel_filename as read_wheel_filename
from packaging.version import Version

from advisor_core.standards.limits import (
    FILENAME_LENGTH_LIMIT,
    MARKER_DEPTH_LIMIT,
    TEXT_LENGTH_LIMIT,
)
from advisor_core.standards.tags import check_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "MARKER_VARIABLES",
    "MarkerEnvironment",
    "VersionList",
    "active_requirements",
    "compare_versions",
    "evaluate_marker",
    "normalize_name",
    "normalize_version",
    "parse_requirement_parts",
    "parse_sdist_filename",
    "parse_wheel_filename",
    "specifier_contains",
    "specifier_names_prerelease",
]

MARKER_VARIABLES = frozenset(
    {
        "implementation_name",
        "implementation_version",
        "os_name",
        "platform_machine",
        "platform_python_implementation",
        "platform_release",
        "platform_system",
        "platform_version",
        "python_full_version",
        "python_version",
        "sys_platform",
    }
)

RequirementParts = tuple[str, tuple[str, ...], str, str | None, str | None]
"""Name, extras, specifier, marker, URL: the fields of `model.Requirement` in their order."""


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
    _check_length(version)
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


def parse_requirement_parts(text: str) -> RequirementParts:
    """Return the fields of the `model.Requirement` that a PEP 508 text writes.

    Raises ValueError, which names the position and the text, when it is none.
    """
    return _parts(_parse_requirement(text), text)


class MarkerEnvironment:
    """What the variables of PEP 508 markers stand for."""

    __slots__ = ("_values",)

    def __init__(
        self,
        markers: Mapping[str, str],
        *,
        extras: Iterable[str] | None = None,
        dependency_groups: Iterable[str] | None = None,
    ) -> None:
        """Take the eleven variables of PEP 508, all of them and no others.

        `extras` and `dependency_groups` are the sets that markers of a lockfile may name (PEP
        751); without them such a marker cannot be evaluated. Raises ValueError.
        """
        if wrong := markers.keys() ^ MARKER_VARIABLES:
            raise ValueError(f"missing or unknown marker variables: {', '.join(sorted(wrong))}")
        self._values: dict[str, str | frozenset[str]] = {
            name: _check_ascii(value) for name, value in markers.items()
        }
        for name, names in (("extras", extras), ("dependency_groups", dependency_groups)):
            if names is not None:
                self._values[name] = frozenset(normalize_name(_check_ascii(n)) for n in names)

    def holds(self, marker: Marker, extra: str, text: str) -> bool:
        """Return whether the marker of `text` holds. Raises ValueError when it has no value."""
        try:
            return marker.evaluate({**self._values, "extra": extra})
        except (KeyError, AssertionError, ValueError) as exc:
            raise ValueError(f"a comparison that is not defined: {text!r:.200}") from exc


def evaluate_marker(marker: str, environment: MarkerEnvironment, extra: str = "") -> bool:
    """Return whether the PEP 508 marker holds in the environment, with that extra if any.

    Raises ValueError when it is no marker or cannot be evaluated.
    """
    extra = normalize_name(_check_ascii(extra))
    _check_length(marker)
    try:
        parsed = Marker(marker)
    except (ValueError, RecursionError) as exc:
        _refuse("marker", marker, exc)
    _check_marker(marker)
    return environment.holds(parsed, extra, marker)


def active_requirements(
    lines: Sequence[str], environment: MarkerEnvironment, extra: str
) -> list[tuple[str, tuple[str, ...], str, str | None, int]]:
    """Return (name, extras, specifier, URL, index in `lines`) of the requirements that count.

    With an empty `extra` those whose marker holds; else those whose marker holds with that extra
    but not without any. Raises ValueError, which names the line, when one does not parse or its
    marker cannot be evaluated.
    """
    extra = normalize_name(_check_ascii(extra))
    active = []
    for index, line in enumerate(lines):
        requirement = _parse_requirement(line)
        marker = requirement.marker
        always = marker is None or environment.holds(marker, "", line)
        if extra and marker is not None:
            counts = environment.holds(marker, extra, line) and not always
        else:
            counts = always and not extra
        if counts:
            name, extras, specifier, _, url = _parts(requirement, line)
            active.append((name, extras, specifier, url, index))
    return active


def parse_wheel_filename(
    filename: str,
) -> tuple[str, str, tuple[()] | tuple[int, str], str]:
    """Return normalized name, normalized version, build tag and compressed tags of a wheel.

    The tags are the last three parts of the filename in lower case; `expand_tags` expands them.
    Raises ValueError when it is no wheel filename (PEP 427).
    """
    tags = "-".join(filename.removesuffix(".whl").rsplit("-", 3)[1:])
    try:
        if len(filename) > FILENAME_LENGTH_LIMIT or not filename.isascii():
            raise ValueError("too long or not ASCII")  # noqa: TRY301 - told below, with the name
        check_tags(tags)
        name, version, build, _ = read_wheel_filename(filename)
    except ValueError as exc:
        raise ValueError(f"not a wheel filename: {filename!r:.200}") from exc
    return name, str(version), build, tags.lower()


def parse_sdist_filename(filename: str, project_name: str) -> str | None:
    """Return the normalized version of an sdist of that project, None when it is none.

    Knowing the project tells name and version apart where both have dashes. `.tar.gz` (PEP 625)
    and `.zip` are sdists.
    """
    stem = filename.removesuffix(".zip").removesuffix(".tar.gz")
    if (
        filename not in {f"{stem}.zip", f"{stem}.tar.gz"}
        or len(filename) > FILENAME_LENGTH_LIMIT
        or not filename.isascii()
    ):
        return None
    name = normalize_name(project_name)
    for position, character in enumerate(stem):
        if character == "-" and position and normalize_name(stem[:position]) == name:
            try:
                return normalize_version(stem[position + 1 :])
            except ValueError:
                return None
    return None


def _parse_version(text: str) -> Version:
    _check_length(text)
    try:
        return Version(text)
    except ValueError as exc:
        raise ValueError(f"not a PEP 440 version: {text!r:.200}") from exc


def _parse_specifier(text: str) -> SpecifierSet:
    """Return the set; also parses each clause's version, which `packaging` does too late."""
    _check_length(text)
    try:
        specifiers = SpecifierSet(text)
        _check_clauses(specifiers)
    except ValueError as exc:
        raise ValueError(f"not a PEP 440 specifier: {text!r:.200}") from exc
    return specifiers


def _check_clauses(specifiers: SpecifierSet) -> None:
    for clause in specifiers:
        if clause.operator != "===":
            Version(clause.version.removesuffix(".*"))


def _parse_requirement(text: str) -> Requirement:
    _check_length(text)
    try:
        requirement = Requirement(text)
        _check_clauses(requirement.specifier)
    except (ValueError, RecursionError) as exc:
        _refuse("requirement", text, exc)
    if requirement.marker is not None:
        _check_marker(_marker_text(requirement, text))
    return requirement


def _parts(requirement: Requirement, text: str) -> RequirementParts:
    return (
        normalize_name(requirement.name),
        tuple(sorted({normalize_name(extra) for extra in requirement.extras})),
        ",".join(f"{clause.operator}{clause.version}" for clause in requirement.specifier),
        None if requirement.marker is None else _marker_text(requirement, text).strip(" \t"),
        requirement.url,
    )


def _marker_text(requirement: Requirement, text: str) -> str:
    """Return what stands after the semicolon, as written: `packaging` only has it rewritten."""
    if requirement.url is not None:
        text = text.partition("@")[2].lstrip(" \t")[len(requirement.url) :]
    return text.partition(";")[2]


def _check_marker(text: str) -> None:
    """Refuse what nests too deep or has a backslash in a quoted string; `text` is a marker."""
    depth, quote = 0, ""
    for character in text:
        if quote:
            if character == "\\":
                raise ValueError(f"a backslash in a marker: {text!r:.200}")
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character == "(") - (character == ")")
            if depth > MARKER_DEPTH_LIMIT:
                raise ValueError(f"a marker nested deeper than {MARKER_DEPTH_LIMIT}")


def _refuse(kind: str, text: str, exc: Exception) -> NoReturn:
    span = getattr(exc.__cause__, "span", None)
    place = "" if span is None else f" at position {span[1]}"
    raise ValueError(f"not a usable PEP 508 {kind}{place}: {text!r:.200}") from exc


def _check_length(text: str) -> None:
    if len(text.encode()) > TEXT_LENGTH_LIMIT:
        raise ValueError(f"longer than {TEXT_LENGTH_LIMIT} bytes: {text[:80]!r}")


def _check_ascii(text: str) -> str:
    _check_length(text)
    if not text.isascii():
        raise ValueError(f"not ASCII: {text!r:.200}")
    return text


def _bitset(bits: Iterable[bool]) -> bytes:
    """Return the bits as bytes: bit i is `b[i >> 3] >> (i & 7) & 1`."""
    flags = list(bits)
    number = sum(1 << i for i, flag in enumerate(flags) if flag)
    return number.to_bytes((len(flags) + 7) // 8, "little")

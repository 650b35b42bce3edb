"""The pure twin of requirements and markers, as `packaging` reads them (PEP 508)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from packaging.markers import Marker
from packaging.requirements import Requirement

from advisor_core.standards.limits import MARKER_DEPTH_LIMIT, check_ascii, check_length
from advisor_core.standards.pure_versions import check_clauses, normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "MARKER_VARIABLES",
    "MarkerEnvironment",
    "active_requirements",
    "evaluate_marker",
    "parse_requirement_parts",
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
            name: check_ascii(value) for name, value in markers.items()
        }
        for name, names in (("extras", extras), ("dependency_groups", dependency_groups)):
            if names is not None:
                self._values[name] = frozenset(normalize_name(check_ascii(n)) for n in names)

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
    extra = normalize_name(check_ascii(extra))
    check_length(marker)
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
    extra = normalize_name(check_ascii(extra))
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


def _parse_requirement(text: str) -> Requirement:
    check_length(text)
    try:
        requirement = Requirement(text)
        check_clauses(requirement.specifier)
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

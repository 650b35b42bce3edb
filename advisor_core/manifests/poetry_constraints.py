"""Poetry's version constraints as PEP 440 specifiers. Pure.

^1.2.3      >=1.2.3,<2.0.0      (https://python-poetry.org/docs/dependency-specification/)
~1.2        >=1.2,<1.3
1.2         ==1.2
>=1 <3      >=1,<3
^1.0 || ^2  >=1.0,<3            (an alternative only where it is one range)
"""

from __future__ import annotations

import re

__all__ = ["pep_440_of", "python_marker_of"]

_CLAUSE = re.compile(r"(\^|~(?!=)|===|==|~=|!=|<=|>=|<|>|=)?\s*v?([0-9][^\s,|^~<>=!]*)")
_RELEASE = re.compile(r"(?:\d+!)?(\d+(?:\.\d+)*)")

_MAX_CLAUSES = 50
"""Clauses of one constraint. Real ones have three."""


def pep_440_of(constraint: str) -> str:
    """Return the specifier that means the same, empty for any version. Raises ValueError."""
    alternatives = [part.strip() for part in re.split(r"\|\|?", constraint)]
    if len(alternatives) > _MAX_CLAUSES:
        raise ValueError("too many alternatives")
    found = [_specifier(part) for part in alternatives]
    return found[0] if len(found) == 1 else _joined(found)


def python_marker_of(constraint: str) -> str | None:
    """Return the marker for Poetry's `python = "..."` of a dependency. Raises ValueError."""
    parts = [_python_marker(part) for part in re.split(r"\|\|?", constraint)]
    if "" in parts:
        return None
    return parts[0] if len(parts) == 1 else " or ".join(f"({part})" for part in parts)


def _python_marker(constraint: str) -> str:
    found = []
    for clause in filter(None, _specifier(constraint).split(",")):
        match = re.fullmatch(r"(===|==|~=|!=|<=|>=|<|>)(.+)", clause)
        if match is None:
            raise ValueError(f"not a version constraint: {constraint!r}")
        exact = match[2].removesuffix(".*").count(".") > 1
        found.append(
            f"{'python_full_version' if exact else 'python_version'} {match[1]} '{match[2]}'"
        )
    return " and ".join(found)


def _specifier(text: str) -> str:
    """Return the specifier of one alternative."""
    if text.strip() in ("", "*"):
        return ""
    clauses: list[str] = []
    rest = text.strip()
    while rest:
        match = _CLAUSE.match(rest)
        if match is None or len(clauses) >= _MAX_CLAUSES:
            raise ValueError(f"not a version constraint: {text[:100]!r}")
        clauses.append(_clause(match[1] or "", match[2]))
        rest = rest[match.end() :].lstrip(" \t,")
    return ",".join(clauses)


def _clause(operator: str, version: str) -> str:
    if operator in ("^", "~"):
        release = _RELEASE.match(version)
        if release is None or "*" in version:
            raise ValueError(f"not a version: {version[:100]!r}")
        return f">={version},<{_upper(operator, release[1])}"
    if operator in ("", "="):
        return f"=={version}"
    return f"{operator}{version}"


def _upper(operator: str, release: str) -> str:
    """Return the first version that a caret or tilde excludes."""
    parts = [int(part) for part in release.split(".")]
    if operator == "~":
        place = min(1, len(parts) - 1)
    else:
        # The first part that is not zero; of zeros alone the last one.
        place = next((index for index, part in enumerate(parts) if part), len(parts) - 1)
    raised = [*parts[:place], parts[place] + 1]
    return ".".join(str(part) for part in (raised + [0] * len(parts))[: max(len(parts), 2)])


def _joined(specifiers: list[str]) -> str:
    """Return the one range that alternatives are together. Raises ValueError where they are not."""
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - seldom needed
    from packaging.version import Version  # noqa: PLC0415

    if "" in specifiers:
        return ""
    ranges = []
    for specifier in specifiers:
        lower, upper = None, None
        for clause in SpecifierSet(specifier):
            if clause.operator == ">=" and lower is None:
                lower = Version(clause.version)
            elif clause.operator == "<" and upper is None:
                upper = Version(clause.version)
            else:
                raise ValueError("alternatives that are no plain ranges")
        ranges.append((lower, upper))
    ranges.sort(key=lambda each: each[0] or Version("0.dev0"))
    (lower, upper), *rest = ranges
    for start, end in rest:
        if upper is not None and start is not None and start > upper:
            raise ValueError("alternatives with a gap between them")
        upper = None if upper is None or end is None else max(upper, end)
    return ",".join(
        text for text in (f">={lower}" if lower else "", f"<{upper}" if upper else "") if text
    )

"""The marker that pipenv writes for the `Requires-Python` of a release.

pipenv does not copy the specifier: it widens `>3.6` to `>=3.7`, drops `.*`, and keeps one bound of
each kind. Followed to the letter, so that a lock does not change when the other tool writes it.
"""

from __future__ import annotations

import re

__all__ = ["python_marker"]

_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>)\s*([A-Za-z0-9.*+!_-]+)")
_MICRO = re.compile(r"\d+\.\d+\.\d+")

_LAST_MINOR = {1: 7, 2: 7, 3: 11, 4: 0}
"""The last minor version of each major one that pipenv knows; past it a bound is not moved."""

Version = tuple[int | str, ...]


def python_marker(requires_python: str) -> str | None:
    """Return the marker for a `Requires-Python` specifier, None when it says nothing.

    None also for what is no specifier of plain versions: pipenv fails on it, pip ignores it.
    """
    text = requires_python.strip()
    if not text or text.lower() in ("any", "<any>", "*"):
        return None
    if text[0] not in "=!<>~":
        text = f"=={text}"
    bounds: set[tuple[str, Version]] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _CLAUSE.fullmatch(part.removesuffix(".*").rstrip("*"))
        if found is None:
            return None
        try:
            bounds.add(_widened(found.group(1), _numbers(found.group(2))))
        except ValueError:
            return None
    clauses = _clauses(bounds)
    return " and ".join(_format(operator, version) for operator, version in clauses) or None


def _numbers(text: str) -> Version:
    """Return a version's parts, from the third on as text. ValueError if not numbers."""
    return tuple(int(part) if place < 2 else part for place, part in enumerate(text.split(".")))


def _widened(operator: str, version: Version) -> tuple[str, Version]:
    """Return `>3.6` as `>=3.7` and `<=3.6` as `<3.7`, where the next minor version is known."""
    replaced = {">": ">=", "<=": "<"}.get(operator)
    if replaced is None:
        return operator, version
    major, minor = int(version[0]), int(version[1]) if len(version) > 1 else 0
    if minor + 1 > _LAST_MINOR.get(major, -1):
        return operator, version
    return replaced, (major, minor + 1)


def _clauses(bounds: set[tuple[str, Version]]) -> list[tuple[str, str]]:
    """Return operators with versions, the weakest of each kind, in ascending order."""
    grouped: dict[tuple[str, bool], list[Version]] = {}
    for operator, version in sorted(
        bounds, key=lambda bound: (bound[0], len(bound[1]) > 2, _order(bound[1]))
    ):
        grouped.setdefault((operator, len(version) > 2), []).append(version)
    clauses: list[tuple[str, str]] = []
    for (operator, _), versions in grouped.items():
        if operator in (">", ">="):
            chosen = versions[:1]
        elif operator in ("<", "<="):
            chosen = versions[-1:]
        elif operator == "!=":
            chosen = versions
        else:
            chosen = versions if operator == "==" else versions[:1]
        texts = [".".join(str(part) for part in version) for version in chosen]
        if operator == "==" and len(texts) > 1:
            clauses.append(("in", ",".join(texts)))
        else:
            clauses.extend((operator, text) for text in texts)
    return sorted(clauses, key=lambda clause: _place(clause[1]))


def _order(version: Version) -> tuple[tuple[bool, int, str], ...]:
    """Return a key that compares versions whose later parts are text."""
    return tuple(
        (isinstance(part, str), part if isinstance(part, int) else 0, str(part)) for part in version
    )


def _place(version: str) -> tuple[bool, tuple[int, ...], str]:
    """Return a key that puts plain versions in order and others after them."""
    first = version.split(",", 1)[0]
    if re.fullmatch(r"\d+(\.\d+)*", first):
        return False, tuple(int(part) for part in first.split(".")), version
    return True, (), version


def _format(operator: str, version: str) -> str:
    """Return one comparison; a list of versions is an alternative."""
    if operator == "in":
        return "(" + " or ".join(_format("==", part) for part in version.split(",")) + ")"
    variable = "python_full_version" if _MICRO.search(version) else "python_version"
    return f"{variable} {operator} '{version}'"

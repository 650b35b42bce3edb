"""Reader of `[tool.poetry]`: dependencies, groups and extras as Poetry wrote them before PEP 621.

Of a project with `[project]` only what Poetry adds is read: the index of a package, and its groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.manifests.faults import shown
from advisor_core.manifests.poetry_constraints import pep_440_of, python_marker_of
from advisor_core.manifests.pyproject_reading import first_line
from advisor_core.model import DeclaredRequirement
from advisor_core.standards import normalize_name, parse_requirement
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from advisor_core.manifests.pyproject_reading import Reading

__all__ = ["PoetryTables", "read_poetry_tables"]

_PLATFORMS = {"darwin": "darwin", "linux": "linux", "win32": "win32", "windows": "win32"}

_ELSEWHERE = ("git", "url", "file")


@dataclass(frozen=True, slots=True)
class PoetryTables:
    """What `[tool.poetry]` says."""

    dependencies: tuple[DeclaredRequirement, ...] = ()
    """Without those that only an extra has."""
    groups: Mapping[str, tuple[DeclaredRequirement, ...]] = field(default_factory=dict)
    """By normalized name; what a group includes is in it."""
    extras: Mapping[str, tuple[DeclaredRequirement, ...]] = field(default_factory=dict)
    python: str | None = None
    """The specifier that `python = "^3.11"` means."""
    indexes: Mapping[str, str] = field(default_factory=dict)
    """Package to the source that it must come from."""


def read_poetry_tables(reading: Reading, table: Mapping[str, object]) -> PoetryTables:
    """Return what the table says; faults go to `reading`."""
    keys: tuple[str, ...] = ("tool", "poetry", "dependencies")
    entries = reading.table(table, keys)
    python = _python(reading, entries.get("python"))
    optional = {
        normalize_name(name)
        for name, value in entries.items()
        if isinstance(value, dict) and value.get("optional") is True
    }
    found = _Dependencies(reading)
    main = found.read(keys, {name: value for name, value in entries.items() if name != "python"})
    groups: dict[str, tuple[DeclaredRequirement, ...]] = {}
    if "dev-dependencies" in table:
        keys = ("tool", "poetry", "dev-dependencies")
        groups["dev"] = tuple(found.read(keys, reading.table(table, keys)))
    includes: dict[str, list[str]] = {}
    group_tables = reading.table(table, ("tool", "poetry", "group"))
    for name in group_tables:
        group = reading.table(group_tables, ("tool", "poetry", "group", name))
        keys = ("tool", "poetry", "group", name, "dependencies")
        own = tuple(found.read(keys, reading.table(group, keys)))
        groups[normalize_name(name)] = (*groups.get(normalize_name(name), ()), *own)
        included = group.get("include-groups", [])
        includes[normalize_name(name)] = [
            normalize_name(each)
            for each in (included if isinstance(included, list) else [])
            if isinstance(each, str)
        ]
    extras = {}
    for name, value in reading.table(table, ("tool", "poetry", "extras")).items():
        wanted = {normalize_name(each) for each in _strings(value)}
        extras[normalize_name(name)] = tuple(
            each for each in main if each.requirement.name in wanted
        )
    return PoetryTables(
        tuple(each for each in main if each.requirement.name not in optional),
        {name: _with_included(name, groups, includes) for name in groups},
        extras,
        python,
        found.indexes,
    )


class _Dependencies:
    """Reads tables of dependencies."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.indexes: dict[str, str] = {}

    def read(
        self, keys: tuple[str, ...], entries: Mapping[str, object]
    ) -> list[DeclaredRequirement]:
        """Return the requirements of a table of dependencies."""
        return [
            declared
            for name, value in entries.items()
            for item in (value if isinstance(value, list) else [value])
            for declared in self._one((*keys, name), name, item)
        ]

    def _one(
        self, place: tuple[str, ...], name: str, value: object
    ) -> Iterator[DeclaredRequirement]:
        self.reading.count += 1
        entry: Mapping[str, object]
        if isinstance(value, str):
            entry = {"version": value}
        elif isinstance(value, dict):
            entry = value
        else:
            self._fault(place, f"not a version or a table: {shown(value)}")
            return
        source = entry.get("source")
        if isinstance(source, str):
            self.indexes[normalize_name(name)] = source
        elsewhere = next((key for key in _ELSEWHERE if key in entry), None)
        if elsewhere is not None:
            self.reading.fault(
                place,
                f"`{elsewhere}` cannot be resolved against an index: {shown(name)}",
                "require a released version, or leave this package out of the lock",
            )
            return
        try:
            text = _requirement_text(name, entry)
            parsed = parse_requirement(text)
        except ValueError as exc:
            self._fault(place, f"not a requirement: {shown(str(exc))}", first_line(exc))
            return
        yield DeclaredRequirement(
            parsed,
            self.reading.origin(place),
            f"{name} = {value!r}"[:500],
            index=source if isinstance(source, str) else None,
            allow_prereleases=entry.get("allow-prereleases") is True,
            kept={"path": entry["path"]} if isinstance(entry.get("path"), str) else None,
        )

    def _fault(self, place: tuple[str, ...], message: str, hint: str = "") -> None:
        self.reading.fault(place, message, hint or f'write `{place[-1]} = "^1.2"`')


def _requirement_text(name: str, entry: Mapping[str, object]) -> str:
    """Return an entry as PEP 508. Raises ValueError."""
    version = entry.get("version", "*")
    if not isinstance(version, str):
        raise ValueError(f"not a version: {shown(version)}")  # noqa: TRY004 - told as a fault
    extras = ",".join(_strings(entry.get("extras")))
    specifier = "" if "path" in entry else pep_440_of(version)
    markers = []
    for key in ("markers", "python", "platform"):
        value = entry.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            raise ValueError(f"`{key}` is not a string: {shown(value)}")  # noqa: TRY004
        if key == "python":
            marker = python_marker_of(value)
        elif key == "platform":
            marker = f"sys_platform == '{_PLATFORMS.get(value, value)}'"
        else:
            marker = value
        markers += [marker] if marker else []
    joined = markers[0] if len(markers) == 1 else " and ".join(f"({each})" for each in markers)
    return f"{name}{f'[{extras}]' if extras else ''}{specifier}{f' ; {joined}' if joined else ''}"


def _python(reading: Reading, value: object) -> str | None:
    if value is None:
        return None
    try:
        if isinstance(value, str):
            specifier = pep_440_of(value)
            return parse_requirement(f"python {specifier}").specifier or None
    except ValueError:
        pass
    reading.fault(
        ("tool", "poetry", "dependencies", "python"),
        f"not a range of Pythons: {shown(value)}",
        'write `python = "^3.11"`',
    )
    return None


def _with_included(
    name: str,
    groups: Mapping[str, tuple[DeclaredRequirement, ...]],
    includes: Mapping[str, list[str]],
) -> tuple[DeclaredRequirement, ...]:
    found: dict[str, tuple[DeclaredRequirement, ...]] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = groups.get(each, ())
            waiting.extend(reversed(includes.get(each, [])))
    return tuple(declared for group in found.values() for declared in group)


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

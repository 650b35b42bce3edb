"""What the readers of a `pyproject.toml`'s parts share: its lines, its faults, one requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.manifests.faults import FaultCollector, shown
from advisor_core.manifests.toml_lines import Lines, line_of
from advisor_core.model import DeclaredRequirement, Origin
from advisor_core.standards import normalize_name, parse_requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.manifests.interface import Files

__all__ = ["Reading", "first_line"]


class Reading:
    """One document being read."""

    files: Files
    """Of the project. Set by whoever reads the whole document."""

    def __init__(self, path: str, lines: Lines) -> None:
        self.path = path
        self.lines = lines
        self.faults = FaultCollector()
        self.count = 0
        """Requirements so far."""

    def origin(self, keys: tuple[str | int, ...]) -> Origin:
        """Return where a key stands."""
        return Origin(self.path, line_of(self.lines, *keys), ".".join(str(key) for key in keys))

    def fault(self, keys: tuple[str | int, ...], message: str, hint: str) -> None:
        """Add a fault at a key."""
        self.faults.add(self.origin(keys), message, hint=hint)

    def table(self, parent: Mapping[str, object], keys: tuple[str, ...]) -> dict[str, object]:
        """Return a table by the last of `keys`, empty when missing or of a wrong type (a fault)."""
        value = parent.get(keys[-1], {})
        if isinstance(value, dict):
            return value
        self.fault(keys, f"not a table: {shown(value)}", f"write `[{'.'.join(keys)}]`")
        return {}

    def by_normal_name(
        self, parent: Mapping[str, object], keys: tuple[str, ...]
    ) -> dict[str, tuple[tuple[str, ...], object]]:
        """Return a table's values with their paths, by normalized key."""
        found: dict[str, tuple[tuple[str, ...], object]] = {}
        for key, value in self.table(parent, keys).items():
            name = normalize_name(key)
            if name in found:
                self.fault(
                    (*keys, key), f"a second key of this name: {shown(key)}", "keep one of them"
                )
            found[name] = ((*keys, key), value)
        return found

    def requirements(self, keys: tuple[str, ...], value: object) -> tuple[DeclaredRequirement, ...]:
        """Return the requirements of an array of strings at `keys`."""
        if not isinstance(value, list):
            self.fault(
                keys, f"not an array: {shown(value)}", f'write `{keys[-1]} = ["package>=1"]`'
            )
            return ()
        found = (self.requirement((*keys, index), item) for index, item in enumerate(value))
        return tuple(requirement for requirement in found if requirement is not None)

    def requirement(self, keys: tuple[str | int, ...], item: object) -> DeclaredRequirement | None:
        """Return one requirement, or None with its fault collected."""
        self.count += 1
        if not isinstance(item, str):
            self.fault(keys, f"not a string: {shown(item)}", 'write `"package>=1"`')
            return None
        try:
            parsed = parse_requirement(item)
        except ValueError as exc:
            self.fault(keys, f"not a PEP 508 requirement: {shown(item)}", first_line(exc))
            return None
        if parsed.url is not None:
            self.fault(
                keys,
                f"a direct URL cannot be resolved against an index: {shown(item)}",
                "require a released version, or leave this package out of the lock",
            )
            return None
        return DeclaredRequirement(parsed, self.origin(keys), item)


def first_line(error: ValueError) -> str:
    """Return what a parser said, for a hint."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else "it does not parse"
    return f"{said[:200]}; write it like `package>=1; python_version < '3.12'`"

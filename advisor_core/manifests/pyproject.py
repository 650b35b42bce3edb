"""Reader of `pyproject.toml`: dependencies and extras (PEP 621), dependency groups (PEP 735).

Extras and groups are read only when asked for; each becomes a category of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.manifests.faults import FaultCollector, shown
from advisor_core.manifests.interface import MAX_DEPTH, MAX_REQUIREMENTS
from advisor_core.manifests.toml_lines import Lines, line_of, parse_toml
from advisor_core.model import Category, DeclaredRequirement, Manifest, Origin
from advisor_core.standards import normalize_name, parse_requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.manifests.interface import Files, ReadOptions

__all__ = ["read_pyproject"]

_DYNAMIC_HINT = "list the dependencies in `[project]`, or name a requirements file with `-r`"


def read_pyproject(files: Files, path: str, data: bytes, options: ReadOptions) -> Manifest:  # noqa: ARG001
    """Return the manifest of a `pyproject.toml`. Raises InputError with every fault of it."""
    document, lines = parse_toml(path, data)
    return _PyprojectReader(path, document, lines).read(data, options)


class _PyprojectReader:
    """Reads one document and collects its faults."""

    def __init__(self, path: str, document: dict[str, object], lines: Lines) -> None:
        self.path = path
        self.lines = lines
        self.faults = FaultCollector()
        self.project = self.table(document, ("project",))
        self.groups = self.by_normal_name(document, ("dependency-groups",))
        self.extras = self.by_normal_name(self.project, ("project", "optional-dependencies"))
        self.name = ""
        self.count = 0

    def origin(self, keys: tuple[str | int, ...]) -> Origin:
        """Return where a key stands."""
        return Origin(self.path, line_of(self.lines, *keys), ".".join(str(key) for key in keys))

    def fault(self, keys: tuple[str | int, ...], message: str, hint: str) -> None:
        """Add a fault at a key."""
        self.faults.add(self.origin(keys), message, hint=hint)

    def read(self, data: bytes, options: ReadOptions) -> Manifest:
        self.check_dynamic(options)
        name = self.project.get("name", "")
        if isinstance(name, str):
            self.name = normalize_name(name)
        else:
            self.fault(
                ("project", "name"), f"not a string: {shown(name)}", 'write `name = "project"`'
            )
        requires_python = self.read_requires_python()
        categories = [
            Category("default", self.read_array(("project", "dependencies"), self.project))
        ]
        for asked, known, kind in (
            (options.extras, self.extras, "project.optional-dependencies"),
            (options.groups, self.groups, "dependency-groups"),
        ):
            for wanted in asked:
                category = normalize_name(wanted)
                if category not in known:
                    names = ", ".join(f"`{key}`" for key in sorted(known)) or "none"
                    self.faults.add(
                        f"{self.path}: {kind}",
                        f"no such key: {shown(wanted)}",
                        hint=f"it has {names}",
                    )
                elif any(category == other.name for other in categories):
                    self.faults.add(
                        f"{self.path}: {kind}",
                        f"asked for twice, or both an extra and a group: {shown(wanted)}",
                        hint="ask for one of them",
                    )
                else:
                    found = (
                        self.expand_extra(category, (), set())
                        if known is self.extras
                        else self.expand_group(category, (), set())
                    )
                    categories.append(Category(category, found))
        if self.count > MAX_REQUIREMENTS:
            self.faults.add(
                self.path,
                f"more than {MAX_REQUIREMENTS} requirements: {self.count}",
                hint="split the project",
            )
        self.faults.raise_if_any()
        return Manifest(
            path=self.path,
            kind="pyproject",
            categories=tuple(categories),
            requires_python=requires_python,
            files={self.path: data},
        )

    def check_dynamic(self, options: ReadOptions) -> None:
        """Add a fault for what the file leaves to its build backend, which is never run."""
        dynamic = self.project.get("dynamic", [])
        if not isinstance(dynamic, list):
            self.fault(
                ("project", "dynamic"), f"not an array: {shown(dynamic)}", "write an array of keys"
            )
            return
        for index, key in enumerate(dynamic):
            if key == "dependencies" or (key == "optional-dependencies" and options.extras):
                self.fault(
                    ("project", "dynamic", index),
                    f"{key} are computed by the build backend, which is not run",
                    _DYNAMIC_HINT,
                )

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

    def read_requires_python(self) -> str | None:
        """Return `requires-python`."""
        value = self.project.get("requires-python")
        if value is None:
            return None
        if isinstance(value, str):
            try:
                return parse_requirement(f"python {value}").specifier or None
            except ValueError:
                pass
        self.fault(
            ("project", "requires-python"),
            f"not a PEP 440 specifier: {shown(value)}",
            'write `requires-python = ">=3.11"`',
        )
        return None

    def read_array(
        self, keys: tuple[str, ...], parent: Mapping[str, object]
    ) -> tuple[DeclaredRequirement, ...]:
        """Return the requirements of an array of strings."""
        return self.requirements(keys, parent.get(keys[-1], []))

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
            self.fault(keys, f"not a PEP 508 requirement: {shown(item)}", _first_line(exc))
            return None
        if parsed.url is not None:
            self.fault(
                keys,
                f"a direct URL cannot be resolved against an index: {shown(item)}",
                "require a released version, or leave this package out of the lock",
            )
            return None
        return DeclaredRequirement(parsed, self.origin(keys), item)

    def expand_extra(
        self, name: str, inside: tuple[str, ...], done: set[str]
    ) -> tuple[DeclaredRequirement, ...]:
        """Return an extra's requirements, with those of other extras of the project it names.

        `inside` are the extras being expanded around it, `done` those expanded already: each is
        once.
        """
        done.add(name)
        keys, value = self.extras[name]
        found: list[DeclaredRequirement] = []
        for declared in self.requirements(keys, value):
            if not self.name or declared.requirement.name != self.name:
                found.append(declared)
                continue
            for other in declared.requirement.extras:
                if self.may_include(declared.origin, other, (*inside, name), self.extras, done):
                    found.extend(self.expand_extra(other, (*inside, name), done))
        return tuple(found)

    def expand_group(
        self, name: str, inside: tuple[str, ...], done: set[str]
    ) -> tuple[DeclaredRequirement, ...]:
        """Return a group's requirements with those of the groups it includes (PEP 735)."""
        done.add(name)
        keys, value = self.groups[name]
        if not isinstance(value, list):
            return self.requirements(keys, value)
        found: list[DeclaredRequirement] = []
        for index, item in enumerate(value):
            place: tuple[str | int, ...] = (*keys, index)
            if not isinstance(item, dict):
                requirement = self.requirement(place, item)
                found.extend((requirement,) if requirement is not None else ())
                continue
            included = item.get("include-group")
            if set(item) != {"include-group"} or not isinstance(included, str):
                self.fault(
                    place, f"not an include: {shown(item)}", 'write `{include-group = "name"}`'
                )
                continue
            other = normalize_name(included)
            if self.may_include(self.origin(place), other, (*inside, name), self.groups, done):
                found.extend(self.expand_group(other, (*inside, name), done))
        return tuple(found)

    def may_include(
        self,
        origin: Origin,
        other: str,
        inside: tuple[str, ...],
        known: Mapping[str, object],
        done: set[str],
    ) -> bool:
        """Return whether an extra or group is to be expanded here; collects why it cannot."""
        if other not in known:
            self.faults.add(
                origin, f"no such extra or group: {shown(other)}", hint="add it, or remove this"
            )
        elif other in inside:
            self.faults.add(origin, f"it includes itself: {shown(other)}", hint="break the cycle")
        elif len(inside) > MAX_DEPTH:
            self.faults.add(
                origin, f"nested more than {MAX_DEPTH} deep", hint="include fewer levels"
            )
        else:
            return other not in done
        return False


def _first_line(error: ValueError) -> str:
    """Return what a parser said, for a hint."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else "it does not parse"
    return f"{said[:200]}; write it like `package>=1; python_version < '3.12'`"

"""Reader of `pyproject.toml`: dependencies and extras (PEP 621), dependency groups (PEP 735).

Extras and groups are read only when asked for; each becomes a category of its own, an extra that has
the name of a group as `extra:NAME`. What Poetry, PDM and uv wrote before these standards is read too:
`[tool.poetry]`, `[tool.pdm.dev-dependencies]`, `[tool.uv] dev-dependencies`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.manifests.faults import shown
from advisor_core.manifests.interface import MAX_REQUIREMENTS
from advisor_core.manifests.local_project import read_local_project
from advisor_core.manifests.poetry_tables import PoetryTables, read_poetry_tables
from advisor_core.manifests.pyproject_includes import Includes
from advisor_core.manifests.pyproject_sources import read_sources
from advisor_core.manifests.toml_lines import Lines, parse_toml
from advisor_core.model import EXTRA_PREFIX, Category, Manifest
from advisor_core.standards import normalize_name, parse_requirement
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.manifests.interface import Files, ReadOptions
    from advisor_core.model import DeclaredRequirement

__all__ = ["read_pyproject"]

_DYNAMIC_HINT = "list the dependencies in `[project]`, or name a requirements file with `-r`"


_OVERRIDES = (
    ("uv", "override-dependencies"),
    ("uv", "exclude-dependencies"),
    ("pdm", "resolution", "overrides"),
    ("pdm", "resolution", "excludes"),
)
"""Keys of `[tool]` under which uv and PDM have packages require something else than they say."""


def read_pyproject(files: Files, path: str, data: bytes, options: ReadOptions) -> Manifest:
    """Return the manifest of a `pyproject.toml`. Raises InputError with every fault of it."""
    document, lines = parse_toml(path, data)
    return _PyprojectReader(files, path, document, lines).read(data, options)


class _PyprojectReader(Includes):
    """Reads one document and collects its faults."""

    def __init__(self, files: Files, path: str, document: dict[str, object], lines: Lines) -> None:
        super().__init__(path, document, lines)
        self.files = files
        self.contents: dict[str, bytes] = {}
        self.tools = self.table(document, ("tool",))
        self.poetry = self.read_poetry()

    def read(self, data: bytes, options: ReadOptions) -> Manifest:
        """Return the manifest; raises all faults together."""
        self.check_dynamic(options)
        name = self.project.get("name", self.table(self.tools, ("tool", "poetry")).get("name", ""))
        if isinstance(name, str):
            self.name = normalize_name(name)
        else:
            self.fault(
                ("project", "name"), f"not a string: {shown(name)}", 'write `name = "project"`'
            )
        requires_python = self.read_requires_python() or self.poetry.python
        groups = self.all_groups()
        default = self.read_array(("project", "dependencies"), self.project)
        if "dependencies" not in self.project:
            default = (*default, *self.poetry.dependencies)
        categories = [Category("default", default)]
        categories += self.read_extras(groups, options)
        categories += self.read_groups(groups, options)
        named = read_sources(self, self.tools)
        self.refuse_overrides()
        if self.count > MAX_REQUIREMENTS:
            self.faults.add(
                self.path,
                f"more than {MAX_REQUIREMENTS} requirements: {self.count}",
                hint="split the project",
            )
        self.faults.raise_if_any()
        indexes = {
            **self.poetry.indexes,
            **{name: chosen[0][0] for name, chosen in named.choices.items()},
        }
        known = {source.name for source in named.sources}
        return Manifest(
            path=self.path,
            kind="pyproject",
            categories=tuple(
                replace(
                    category,
                    requirements=tuple(
                        found
                        for each in category.requirements
                        for found in self.settled(each, indexes, known, named.paths)
                    ),
                    constraints=self.constraints,
                )
                for category in categories
            ),
            sources=named.sources,
            index_choices=named.choices,
            requires_python=requires_python,
            allow_prereleases=self.table(self.tools, ("tool", "uv")).get("prerelease") == "allow",
            files={self.path: data, **self.contents},
        )

    def refuse_overrides(self) -> None:
        """Add a fault for what replaces requirements of packages: without it the stack would be another."""
        for keys in _OVERRIDES:
            table: object = self.tools
            for key in keys:
                table = table.get(key) if isinstance(table, dict) else None
            if table:
                self.fault(
                    ("tool", *keys),
                    f"replaces what packages require, which is not followed: `{keys[-1]}`",
                    "limit versions with `constraint-dependencies`, or lock this project by hand",
                )

    def settled(
        self,
        declared: DeclaredRequirement,
        indexes: Mapping[str, str],
        known: set[str],
        paths: Mapping[str, str],
    ) -> tuple[DeclaredRequirement, ...]:
        """Return a requirement with its index; of a project in a folder also what that requires."""
        name = declared.requirement.name
        path = paths.get(name) or (declared.kept or {}).get("path")
        if not isinstance(path, str):
            index = indexes.get(name)
            return (replace(declared, index=index if index in known else None),)
        kept = replace(
            declared,
            requirement=replace(declared.requirement, specifier=""),
            kept={"path": path},
            index=None,
        )
        place = posixpath.join(posixpath.dirname(self.path), path)
        required = read_local_project(self.files, place, kept, contents=self.contents)
        if required is None:
            return (kept,)
        return (replace(kept, knows_requirements=True), *required)

    def read_poetry(self) -> PoetryTables:
        """Return what `[tool.poetry]` says; nothing when there is none."""
        poetry = self.table(self.tools, ("tool", "poetry")) if "poetry" in self.tools else {}
        found = read_poetry_tables(self, poetry) if poetry else PoetryTables()
        uv = self.table(self.tools, ("tool", "uv"))
        self.constraints = (
            self.requirements(
                ("tool", "uv", "constraint-dependencies"), uv["constraint-dependencies"]
            )
            if "constraint-dependencies" in uv
            else ()
        )
        return found

    def all_groups(self) -> dict[str, tuple[DeclaredRequirement, ...] | None]:
        """Return the groups by name: those of PEP 735 as None, they are read when asked for."""
        found: dict[str, tuple[DeclaredRequirement, ...] | None] = dict.fromkeys(self.groups)
        added = dict(self.poetry.groups)
        pdm = self.table(self.tools, ("tool", "pdm")) if "pdm" in self.tools else {}
        keys = ("tool", "pdm", "dev-dependencies")
        for name, (place, value) in self.by_normal_name(pdm, keys).items():
            if isinstance(value, list):
                # PDM takes editable paths here, which no index has.
                value = [item for item in value if not str(item).startswith("-e ")]  # noqa: PLW2901
            added[name] = (*added.get(name, ()), *self.requirements(place, value))
        uv = self.table(self.tools, ("tool", "uv"))
        if "dev-dependencies" in uv:
            old = self.requirements(("tool", "uv", "dev-dependencies"), uv["dev-dependencies"])
            added["dev"] = (*added.get("dev", ()), *old)
        for name, requirements in added.items():
            own = self.expand_group(name, (), set()) if name in self.groups else ()
            found[name] = (*own, *requirements)
        return found

    def read_groups(
        self, groups: Mapping[str, tuple[DeclaredRequirement, ...] | None], options: ReadOptions
    ) -> list[Category]:
        """Return the groups that are asked for."""
        found = []
        for name in self.asked(options.groups, groups, "dependency-groups", options):
            known = groups[name]
            found.append(
                Category(name, self.expand_group(name, (), set()) if known is None else known)
            )
        return found

    def read_extras(self, groups: Mapping[str, object], options: ReadOptions) -> list[Category]:
        """Return the extras that are asked for."""
        known = {**dict.fromkeys(self.extras), **self.poetry.extras}
        kind = "project.optional-dependencies"
        found = []
        for name in self.asked(options.extras, known, kind, options):
            requirements = (
                self.expand_extra(name, (), set())
                if name in self.extras
                else self.poetry.extras[name]
            )
            title = f"{EXTRA_PREFIX}{name}" if name in groups else name
            found.append(Category(title, requirements, is_extra=True))
        return found

    def asked(
        self,
        wanted: tuple[str, ...],
        known: Mapping[str, object],
        kind: str,
        options: ReadOptions,
    ) -> list[str]:
        """Return which extras or groups are to be read, normalized; each once."""
        if options.everything:
            return list(known)
        found: list[str] = []
        for each in wanted:
            name = normalize_name(each)
            if name not in known:
                names = ", ".join(f"`{key}`" for key in sorted(known)) or "none"
                self.faults.add(
                    f"{self.path}: {kind}", f"no such key: {shown(each)}", hint=f"it has {names}"
                )
            elif name in found:
                self.faults.add(
                    f"{self.path}: {kind}",
                    f"asked for twice: {shown(each)}",
                    hint="ask for it once",
                )
            else:
                found.append(name)
        return found

    def check_dynamic(self, options: ReadOptions) -> None:
        """Add a fault for what the file leaves to its build backend, which is never run."""
        dynamic = self.project.get("dynamic", [])
        if not isinstance(dynamic, list):
            self.fault(
                ("project", "dynamic"), f"not an array: {shown(dynamic)}", "write an array of keys"
            )
            return
        for index, key in enumerate(dynamic):
            # Poetry's own table is where the backend would look.
            poetry = key == "dependencies" and bool(self.poetry.dependencies or self.poetry.python)
            asked = bool(options.extras) and key == "optional-dependencies"
            if (key == "dependencies" and not poetry) or asked:
                self.fault(
                    ("project", "dynamic", index),
                    f"{key} are computed by the build backend, which is not run",
                    _DYNAMIC_HINT,
                )

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

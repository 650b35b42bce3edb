"""Reader of Pipfiles: every category, `[[source]]`, `[requires]`, `[pipenv]` and `[thoth]`.

Entries from version control, paths and files are kept as written, not resolved. The rules are those
of the pipenv that the tests pin; what it would refuse or misread is a fault here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.manifests.faults import FaultCollector, shown
from advisor_core.manifests.interface import MAX_REQUIREMENTS
from advisor_core.manifests.local_project import read_local_project
from advisor_core.manifests.pipfile_hash import pipfile_hash
from advisor_core.manifests.pipfile_packages import OPERATORS, PackageReader
from advisor_core.manifests.toml_lines import Lines, line_of, parse_toml
from advisor_core.model import (
    Category,
    DeclaredRequirement,
    IndexSource,
    Manifest,
    Origin,
)
from advisor_core.standards import normalize_name, parse_requirement
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.manifests.interface import Files, ReadOptions

__all__ = ["category_sections", "lock_category", "read_pipfile"]

_OTHER_SECTIONS = frozenset(
    ("source", "requires", "scripts", "pipenv", "pipfile", "build-system", "thoth")
)
"""Top-level tables that hold no packages."""


def lock_category(section: str) -> str:
    """Return the name in the lock of a Pipfile section: `packages` is `default` there."""
    return {"packages": "default", "dev-packages": "develop"}.get(section, section)


def category_sections(document: Mapping[str, object]) -> tuple[str, ...]:
    """Return the sections of packages: `packages`, `dev-packages`, then others as written."""
    invented = (key for key in document if key not in _OTHER_SECTIONS)
    return (
        "packages",
        "dev-packages",
        *(key for key in invented if key not in ("packages", "dev-packages")),
    )


def read_pipfile(files: Files, path: str, data: bytes, options: ReadOptions) -> Manifest:  # noqa: ARG001
    """Return the manifest of a Pipfile. Raises InputError with every fault of it."""
    document, lines = parse_toml(path, data)
    return _PipfileReader(files, path, document, lines).read(data)


class _PipfileReader:
    """Reads one document and collects its faults."""

    def __init__(self, files: Files, path: str, document: dict[str, object], lines: Lines) -> None:
        self.files = files
        self.contents: dict[str, bytes] = {}
        self.path = path
        self.document = document
        self.lines = lines
        self.faults = FaultCollector()
        self.count = 0

    def origin(self, *keys: str | int) -> Origin:
        """Return where a key stands."""
        return Origin(self.path, line_of(self.lines, *keys), ".".join(str(key) for key in keys))

    def fault(self, keys: tuple[str | int, ...], message: str, hint: str) -> None:
        """Add a fault at a key."""
        self.faults.add(self.origin(*keys), message, hint=hint)

    def read(self, data: bytes) -> Manifest:
        sources = self.read_sources()
        source_names = frozenset(source.name for source in sources) or frozenset(("pypi",))
        requires = self.table("requires")
        settings = self.table("pipenv")
        thoth = self.table("thoth")
        prereleases = self.read_thoth_prereleases(thoth)
        packages = PackageReader(
            self.path, self.lines, self.faults, source_names=source_names, prereleases=prereleases
        )
        categories = tuple(
            self.read_category(section, packages) for section in category_sections(self.document)
        )
        if self.count > MAX_REQUIREMENTS:
            self.faults.add(
                self.path,
                f"more than {MAX_REQUIREMENTS} packages: {self.count}",
                hint="split the project",
            )
        python_version, requires_python = self.read_python(requires)
        allow_prereleases = self.flag(settings, "pipenv", "allow_prereleases", default=False)
        use_constraints = self.flag(settings, "pipenv", "use_default_constraints", default=True)
        self.check_hashable()
        self.faults.raise_if_any()
        return Manifest(
            path=self.path,
            kind="pipfile",
            categories=categories,
            sources=sources,
            requires_python=requires_python,
            python_version=python_version,
            allow_prereleases=allow_prereleases,
            files={self.path: data, **self.contents},
            independent_categories=not use_constraints,
            thoth=thoth,
        )

    def check_hashable(self) -> None:
        """Add a fault for values that no lockfile can hold; pipenv fails on them."""
        try:
            pipfile_hash(self.document)
        except (TypeError, ValueError) as exc:
            self.faults.add(
                self.path,
                f"a value that a lockfile cannot hold: {str(exc)[:200].lower()}",
                hint="write dates and `nan` as strings",
            )

    def table(self, section: str) -> dict[str, object]:
        """Return a top-level table, empty when missing or of a wrong type (a fault)."""
        value = self.document.get(section, {})
        if isinstance(value, dict):
            return value
        self.fault(
            (section,), f"not a table: {shown(value)}", f"write `[{section}]` and keys below it"
        )
        return {}

    def flag(self, table: Mapping[str, object], section: str, key: str, *, default: bool) -> bool:
        """Return a boolean setting."""
        value = table.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault((section, key), f"not true or false: {shown(value)}", f"write `{key} = true`")
        return default

    def read_sources(self) -> tuple[IndexSource, ...]:
        """Return the `[[source]]` tables in order."""
        value = self.document.get("source", [])
        if not isinstance(value, list):
            self.fault(
                ("source",), "not an array of tables", "write `[[source]]` in double brackets"
            )
            return ()
        sources: list[IndexSource] = []
        for index, item in enumerate(value):
            keys = ("source", index)
            if not isinstance(item, dict):
                self.fault(
                    keys, f"not a table: {shown(item)}", "write `[[source]]` and keys below it"
                )
                continue
            name, url, verify = item.get("name"), item.get("url"), item.get("verify_ssl", True)
            if not isinstance(url, str) or not _is_url(url):
                self.fault(
                    (*keys, "url"),
                    f"not the address of an index: {shown(url)}",
                    'write `url = "https://pypi.org/simple"`',
                )
                continue
            if not isinstance(name, str) or not name or not name.isprintable():
                self.fault((*keys, "name"), f"not a name: {shown(name)}", 'write `name = "pypi"`')
                continue
            if not isinstance(verify, bool):
                self.fault(
                    (*keys, "verify_ssl"),
                    f"not true or false: {shown(verify)}",
                    "write `verify_ssl = true`",
                )
                continue
            if any(source.name == name for source in sources):
                self.fault(
                    (*keys, "name"),
                    f"a second source of this name: {shown(name)}",
                    "give each `[[source]]` its own name",
                )
                continue
            sources.append(IndexSource(name, url, verify))
        return tuple(sources)

    def read_python(self, requires: Mapping[str, object]) -> tuple[str | None, str | None]:
        """Return the Python version, and the specifier when `[requires]` has one instead."""
        for key in ("python_full_version", "python_version"):
            value = requires.get(key)
            if value is None or value == "*":
                continue
            if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+){0,2}", value):
                return value, None
            if isinstance(value, str) and value.startswith(OPERATORS) and _is_specifier(value):
                return None, value
            self.fault(
                ("requires", key),
                f"not a Python version: {shown(value)}",
                f'write `{key} = "3.12"`',
            )
        return None, None

    def read_thoth_prereleases(self, thoth: Mapping[str, object]) -> frozenset[str]:
        """Return the packages that `[thoth.allow_prereleases]` allows pre-releases of."""
        table = thoth.get("allow_prereleases", {})
        if not isinstance(table, dict):
            self.fault(
                ("thoth", "allow_prereleases"),
                f"not a table: {shown(table)}",
                "write `[thoth.allow_prereleases]` and `package = true` below it",
            )
            return frozenset()
        allowed: set[str] = set()
        for name, value in table.items():
            if not isinstance(value, bool):
                self.fault(
                    ("thoth", "allow_prereleases", name),
                    f"not true or false: {shown(value)}",
                    "write `true`",
                )
            elif value:
                allowed.add(normalize_name(name))
        return frozenset(allowed)

    def with_what_it_requires(
        self, declared: DeclaredRequirement
    ) -> tuple[DeclaredRequirement, ...]:
        """Return a requirement, and for a path in the project what the project there requires."""
        path = (declared.kept or {}).get("path")
        if not isinstance(path, str):
            return (declared,)
        required = read_local_project(self.files, path, declared, contents=self.contents)
        if required is None:
            return (declared,)
        return replace(declared, knows_requirements=True), *required

    def read_category(self, section: str, packages: PackageReader) -> Category:
        """Return one category."""
        requirements: list[DeclaredRequirement] = []
        declared: dict[str, str] = {}
        if section in ("default", "develop"):
            instead = "packages" if section == "default" else "dev-packages"
            self.fault(
                (section,),
                f"a name of the lock, not of a Pipfile section: {section!r}",
                f"write `[{instead}]`",
            )
        for key, entry in self.table(section).items():
            self.count += 1
            requirement = packages.read(section, key, entry)
            if requirement is None:
                continue
            name = requirement.requirement.name
            if name in declared:
                self.fault(
                    (section, key),
                    f"declared twice: also as {shown(declared[name])}",
                    "keep one of the two",
                )
            declared[name] = key
            requirements.extend(self.with_what_it_requires(requirement))
        return Category(lock_category(section), tuple(requirements))


def _is_specifier(text: str) -> bool:
    """Whether a text is a PEP 440 specifier set."""
    try:
        parse_requirement(f"python{text}")
    except ValueError:
        return False
    return True


def _is_url(text: str) -> bool:
    """Whether a text can be the address of an index; variables are left as written."""
    return text.isprintable() and " " not in text and ("://" in text or text.startswith("$"))

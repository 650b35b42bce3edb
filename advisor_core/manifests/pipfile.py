"""Reader of Pipfiles: every category, `[[source]]`, `[requires]`, `[pipenv]` and `[thoth]`.

Entries from version control, paths and files are kept as written, not resolved. The rules are those
of the pipenv that the tests pin; what it would refuse or misread is a fault here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.manifests.faults import FaultCollector, shown
from advisor_core.manifests.interface import MAX_REQUIREMENTS
from advisor_core.manifests.toml_lines import Lines, line_of, parse_toml
from advisor_core.model import (
    Category,
    DeclaredRequirement,
    IndexSource,
    Manifest,
    Origin,
    Requirement,
)
from advisor_core.standards import normalize_name, parse_requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.manifests.interface import Files, ReadOptions

__all__ = ["KEPT_KEYS", "MARKER_KEYS", "category_sections", "lock_category", "read_pipfile"]

KEPT_KEYS = ("git", "hg", "svn", "bzr", "path", "file")
"""Keys of an entry that is not resolved from an index."""

MARKER_KEYS = (
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
)
"""PEP 508 variables that pipenv takes as keys of an entry: `sys_platform = "== 'win32'"`."""

_OTHER_SECTIONS = frozenset(
    ("source", "requires", "scripts", "pipenv", "pipfile", "build-system", "thoth")
)
"""Top-level tables that hold no packages."""

_KEY_TYPES: Mapping[str, type] = {
    **dict.fromkeys((*KEPT_KEYS, *MARKER_KEYS), str),
    **dict.fromkeys(("version", "markers", "os_markers", "index", "ref", "subdirectory"), str),
    **dict.fromkeys(("editable", "no_binary", "skip_resolver"), bool),
    **dict.fromkeys(("extras", "hashes", "pip_args"), list),
}
"""The keys that pipenv knows in an entry, with their types."""

_TYPE_WORDS = {str: "a string", bool: "true or false", list: "an array of strings", dict: "a table"}

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NAME_AND_EXTRAS = re.compile(rf"({_NAME.pattern})(?:\[([A-Za-z0-9._, -]*)\])?")
_OPERATORS = ("==", ">=", "<=", "~=", "!=", ">", "<")
_HASH = re.compile(r"[a-z0-9]+:[0-9a-f]+")


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
    return _PipfileReader(path, document, lines).read(data)


class _PipfileReader:
    """Reads one document and collects its faults."""

    def __init__(self, path: str, document: dict[str, object], lines: Lines) -> None:
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
        categories = tuple(
            self.read_category(section, source_names, prereleases)
            for section in category_sections(self.document)
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
        self.faults.raise_if_any()
        return Manifest(
            path=self.path,
            kind="pipfile",
            categories=categories,
            sources=sources,
            requires_python=requires_python,
            python_version=python_version,
            allow_prereleases=allow_prereleases,
            files={self.path: data},
            independent_categories=not use_constraints,
            thoth=thoth,
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
            if isinstance(value, str) and value.startswith(_OPERATORS) and _is_specifier(value):
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

    def read_category(
        self, section: str, source_names: frozenset[str], prereleases: frozenset[str]
    ) -> Category:
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
            requirement = self.read_entry(section, key, entry, source_names, prereleases)
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
            requirements.append(requirement)
        return Category(lock_category(section), tuple(requirements))

    def read_entry(
        self,
        section: str,
        key: str,
        entry: object,
        source_names: frozenset[str],
        prereleases: frozenset[str],
    ) -> DeclaredRequirement | None:
        """Return one requirement, or None with its faults collected."""
        place = (section, key)
        matched = _NAME_AND_EXTRAS.fullmatch(key)
        if matched is None:
            self.fault(
                place,
                f"not a package name: {shown(key)}",
                "letters, digits, `.`, `_` and `-`, first and last a letter or digit",
            )
            return None
        if isinstance(entry, str):
            entry = {"version": entry}
        elif not isinstance(entry, dict):
            self.fault(place, f"not a version or a table: {shown(entry)}", f'write `{key} = "*"`')
            return None
        if not self.check_keys(place, entry, source_names):
            return None
        name = matched.group(1)
        extras = ",".join((matched.group(2) or "", *entry.get("extras", ()))).strip(",")
        kept = any(kind in entry for kind in KEPT_KEYS) or entry.get("skip_resolver") is True
        specifier = "" if kept else _specifier_of(entry.get("version", "*"))
        marker = self.read_markers(place, entry)
        requirement = self.parse(place, name, extras, specifier, marker)
        if requirement is None:
            return None
        return DeclaredRequirement(
            requirement=requirement,
            origin=self.origin(*place),
            text=f"{key} = {_as_written(self.document, place)}",
            index=entry.get("index"),
            allow_prereleases=requirement.name in prereleases,
            kept=dict(entry) if kept else None,
            hashes=tuple(entry.get("hashes", ())),
        )

    def check_keys(
        self, place: tuple[str, str], entry: Mapping[str, object], source_names: frozenset[str]
    ) -> bool:
        """Return whether every key of an entry is known, of its type and usable."""
        good = True
        for key, value in entry.items():
            expected = _KEY_TYPES.get(key)
            if expected is None:
                self.fault(
                    (*place, key),
                    f"an unknown key: {shown(key)}",
                    f"pipenv knows {', '.join(f'`{known}`' for known in _KEY_TYPES)}",
                )
                good = False
            elif not isinstance(value, expected) or (
                isinstance(value, list) and not all(isinstance(item, str) for item in value)
            ):
                self.fault(
                    (*place, key),
                    f"not {_TYPE_WORDS[expected]}: {shown(value)}",
                    f"give `{key}` {_TYPE_WORDS[expected]}",
                )
                good = False
            elif isinstance(value, str) and not value.isprintable():
                self.fault((*place, key), f"holds a control character: {shown(value)}", "remove it")
                good = False
        index = entry.get("index")
        if good and isinstance(index, str) and index not in source_names:
            names = ", ".join(f"`{name}`" for name in sorted(source_names))
            self.fault(
                (*place, "index"),
                f"no `[[source]]` has this name: {shown(index)}",
                f"name one of {names}",
            )
            good = False
        kinds = [kind for kind in KEPT_KEYS if kind in entry]
        if good and len(kinds) > 1:
            self.fault(
                place, f"several places to take it from: {', '.join(kinds)}", "keep one of them"
            )
            good = False
        hashes = entry.get("hashes", ())
        for value in hashes if good and isinstance(hashes, list) else ():
            if _HASH.fullmatch(value) is None:
                self.fault(
                    (*place, "hashes"),
                    f"not a hash: {shown(value)}",
                    "write `sha256:` and 64 hexadecimal digits",
                )
                good = False
        return good

    def read_markers(self, place: tuple[str, str], entry: Mapping[str, object]) -> str | None:
        """Return the conjunction of `markers` and the marker keys, or None."""
        markers: list[str] = []
        for key in ("markers", *MARKER_KEYS):
            value = entry.get(key)
            if not isinstance(value, str) or not value.strip():
                continue
            text = value if key == "markers" else f"{key} {value}"
            try:
                parse_requirement(f"name; {text}")
            except ValueError:
                example = (
                    f"{key} = \"== 'linux'\"" if key != "markers" else "sys_platform == 'linux'"
                )
                self.fault(
                    (*place, key),
                    f"not an environment marker: {shown(value)}",
                    f"write it as PEP 508 does: `{example}`",
                )
            else:
                markers.append(text)
        return (
            " and ".join(f"({text})" for text in markers)
            if len(markers) > 1
            else "".join(markers) or None
        )

    def parse(
        self, place: tuple[str, str], name: str, extras: str, specifier: str, marker: str | None
    ) -> Requirement | None:
        """Return the parsed requirement, or None with its fault collected."""
        bracket = f"[{extras}]" if extras else ""
        ending = f"; {marker}" if marker else ""
        try:
            return parse_requirement(f"{name}{bracket}{specifier}{ending}")
        except ValueError:
            pass
        try:
            parse_requirement(f"{name}{specifier}")
        except ValueError:
            self.fault(
                place,
                f"not a PEP 440 version or range: {shown(specifier.removeprefix('=='))}",
                f'write `{name} = ">=1.0,<2"`, or `"*"` for any version',
            )
        else:
            self.fault(
                (*place, "extras"),
                f"not names of extras: {shown(extras)}",
                'write `extras = ["name"]`',
            )
        return None


def _specifier_of(version: str) -> str:
    """Return the specifier of a Pipfile version: `*` is any, `1.0` is `==1.0`."""
    text = version.strip().lstrip("(").rstrip(")")
    if text in ("", "*", "==*"):
        return ""
    return text if text.startswith(_OPERATORS) else f"=={text}"


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


def _as_written(document: Mapping[str, object], place: tuple[str, str]) -> str:
    """Return an entry as TOML on one line, for messages."""
    section = document[place[0]]
    value = section[place[1]] if isinstance(section, dict) else ""
    return _inline(value)


def _inline(value: object) -> str:
    """Return a value as inline TOML, close enough for messages."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)

"""Reader of one package's entry in a Pipfile: `flask = ">=2"`, or a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.manifests.faults import shown
from advisor_core.manifests.toml_lines import Lines, line_of
from advisor_core.model import DeclaredRequirement, Origin, Requirement
from advisor_core.standards import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.manifests.faults import FaultCollector

__all__ = ["KEPT_KEYS", "MARKER_KEYS", "OPERATORS", "PackageReader"]

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
OPERATORS = ("==", ">=", "<=", "~=", "!=", ">", "<")
_HASH = re.compile(r"[a-z0-9]+:[0-9a-f]+")


class PackageReader:
    """Reads entries and collects their faults."""

    def __init__(
        self,
        path: str,
        lines: Lines,
        faults: FaultCollector,
        *,
        source_names: frozenset[str],
        prereleases: frozenset[str],
    ) -> None:
        self.path = path
        self.lines = lines
        self.faults = faults
        self.source_names = source_names
        self.prereleases = prereleases

    def origin(self, *keys: str | int) -> Origin:
        """Return where a key stands."""
        return Origin(self.path, line_of(self.lines, *keys), ".".join(str(key) for key in keys))

    def fault(self, keys: tuple[str | int, ...], message: str, hint: str) -> None:
        """Add a fault at a key."""
        self.faults.add(self.origin(*keys), message, hint=hint)

    def read(self, section: str, key: str, entry: object) -> DeclaredRequirement | None:
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
        written = entry
        if isinstance(entry, str):
            if not entry.strip():
                self.fault(place, f"an empty version: {shown(entry)}", f'write `{key} = "*"`')
                return None
            entry = {"version": entry}
        elif not isinstance(entry, dict):
            self.fault(place, f"not a version or a table: {shown(entry)}", f'write `{key} = "*"`')
            return None
        if not self.check_keys(place, entry):
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
            text=f"{key} = {_inline(written)}",
            index=entry.get("index"),
            allow_prereleases=requirement.name in self.prereleases,
            kept=dict(entry) if kept else None,
            hashes=tuple(entry.get("hashes", ())),
        )

    def check_keys(self, place: tuple[str, str], entry: Mapping[str, object]) -> bool:
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
        if good and isinstance(index, str) and index not in self.source_names:
            names = ", ".join(f"`{name}`" for name in sorted(self.source_names))
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
    return text if text.startswith(OPERATORS) else f"=={text}"


def _inline(value: object) -> str:
    """Return a value as inline TOML, close enough for messages."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)

"""YAML text to nodes that know their lines, and nodes to checked values. Constructs no objects.

`yaml.compose` with libyaml makes the nodes: five times faster than reading the parser's events in
Python, which counts when there are sixty thousand files. libyaml refuses more than 1,000 levels of
nesting. It shares the node of an anchor among its aliases, so a document of nested aliases ("billion
laughs") costs nothing until it is walked, and walking is bounded by `Walk.budget`.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, TypeVar

import yaml

from advisor_core.errors import Fault
from advisor_core.standards import normalize_name, specifier_contains
from advisor_core.standards.satisfiable import is_unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

__all__ = ["Entries", "Walk", "WrongError", "compose", "is_web_address"]

_MAXIMUM_VISITS = 100_000
"""Nodes of one file that are looked at, aliases followed; past it the file is refused."""

_MAXIMUM_TEXT = 4_000
"""Characters of one text; the longest message of Thoth's own prescriptions has 600."""

_MAXIMUM_MERGES = 8
"""Levels of `<<` within `<<`."""

_TAG = "tag:yaml.org,2002:"
_TEXTS = frozenset({f"{_TAG}{kind}" for kind in ("str", "int", "float", "timestamp", "value")})
_NULL = f"{_TAG}null"
_MERGE = f"{_TAG}merge"
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SLUG = re.compile(r"[a-z0-9_-]+")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Entries = dict[str, tuple[yaml.Node, yaml.Node]]
"""Key to its node and its value."""

_T = TypeVar("_T")
_D = TypeVar("_D")


class WrongError(Exception):
    """What is being read is wrong; the fault is already noted."""


def compose(content: bytes, path: str) -> yaml.Node | Fault | None:
    """Return the root node of the file, None when it is empty, or why it cannot be read."""
    try:
        root: yaml.Node | None = yaml.compose(content.decode("utf-8-sig"), Loader=_LOADER)
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        return Fault(
            f"{path}:{line}", f"not UTF-8: byte {content[exc.start]:#04x}", "save it as UTF-8"
        )
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        said = "; ".join(part for part in (exc.context, exc.problem) if part)
        return Fault(f"{path}:{mark.line + 1 if mark else 1}", f"not YAML: {said}")
    except (yaml.YAMLError, RecursionError) as exc:
        return Fault(path, f"not YAML: {getattr(exc, 'reason', 'nested too deeply')}")
    return root


class Walk:
    """Reads nodes of one file as what the schema wants; notes every fault with its line."""

    def __init__(self, path: str, *, strict: bool = False) -> None:
        """Read a file; `strict` also notes what can be read but is of no use."""
        self.path = path
        self.strict = strict
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self.budget = _MAXIMUM_VISITS

    def wrong(self, node: yaml.Node, message: str, hint: str = "") -> WrongError:
        """Note a fault; return the error to raise where nothing can be made of the node."""
        self.faults.append(Fault(f"{self.path}:{node.start_mark.line + 1}", message, hint))
        return WrongError()

    def note(self, node: yaml.Node, message: str, hint: str = "") -> None:
        """Note something that is allowed, but not good."""
        if self.strict:
            self.notes.append(Fault(f"{self.path}:{node.start_mark.line + 1}", message, hint))

    def visit(self, node: yaml.Node) -> None:
        """Count a node that is looked at."""
        self.budget -= 1
        if self.budget < 0:
            if self.budget == -1:
                self.wrong(node, f"more than {_MAXIMUM_VISITS} values, aliases followed")
            raise WrongError

    def mapping(self, node: yaml.Node, what: str, keys: Collection[str] | None) -> Entries:
        """Return the entries by key; keys other than `keys` are faults and left out."""
        self.visit(node)
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, f"{what} must be a mapping")
        found: Entries = {}
        self._merge(node, what, found, 0)
        if keys is not None:
            for key in [key for key in found if key not in keys]:
                known = ", ".join(sorted(keys))
                self.wrong(
                    found.pop(key)[0], f"{what} has no key {key!r:.80}", f"known keys: {known}"
                )
        return found

    def _merge(self, node: yaml.MappingNode, what: str, found: Entries, level: int) -> None:
        merged: list[yaml.Node] = []
        own: set[str] = set()
        for key, value in node.value:
            self.visit(key)
            if key.tag == _MERGE:
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif not isinstance(key, yaml.ScalarNode):
                self.wrong(key, f"a key of {what} must be a text")
            elif key.value in own:
                self.wrong(key, f"the key is given twice: {key.value!r:.80}")
            else:
                own.add(key.value)
                found.setdefault(key.value, (key, value))
        for source in merged:
            if level >= _MAXIMUM_MERGES or not isinstance(source, yaml.MappingNode):
                raise self.wrong(source, "`<<` takes a mapping or a list of mappings")
            self._merge(source, what, found, level + 1)

    def items(self, node: yaml.Node, what: str, *, least: int = 0) -> list[yaml.Node]:
        """Return the items of a list; a mapping stands for a list of itself."""
        self.visit(node)
        if isinstance(node, yaml.MappingNode):
            return [node]
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(node, f"{what} must be a list")
        if len(node.value) < least:
            raise self.wrong(node, f"{what} must have at least {least} entries")
        found: list[yaml.Node] = node.value
        return found

    def is_null(self, node: yaml.Node) -> bool:
        """Return whether the node is `null`."""
        return bool(node.tag == _NULL)

    def text(self, node: yaml.Node, what: str) -> str:
        """Return the scalar's own text, not empty: an unquoted `3.10` is the text `3.10`."""
        self.visit(node)
        if not isinstance(node, yaml.ScalarNode) or node.tag not in _TEXTS:
            raise self.wrong(node, f"{what} must be a text")
        text: str = node.value
        if not text.strip():
            raise self.wrong(node, f"{what} must not be empty")
        if len(text) > _MAXIMUM_TEXT:
            raise self.wrong(node, f"{what} is longer than {_MAXIMUM_TEXT} characters")
        return text

    def boolean(self, node: yaml.Node, what: str) -> bool:
        """Return a boolean."""
        self.visit(node)
        value = _BOOLEANS.get(node.value.lower()) if isinstance(node, yaml.ScalarNode) else None
        if value is None or node.tag != f"{_TAG}bool":
            raise self.wrong(node, f"{what} must be true or false")
        return value

    def integer(self, node: yaml.Node, what: str) -> int:
        """Return a decimal integer of at most nine digits."""
        self.visit(node)
        text = node.value if isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}int" else ""
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
            raise self.wrong(node, f"{what} must be an integer")
        return int(text)

    def number(self, node: yaml.Node, what: str, *, least: float, most: float) -> float:
        """Return a number from `least` to `most`."""
        self.visit(node)
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        if not re.fullmatch(r"[+-]?([0-9]{1,9}\.?[0-9]{0,18}|\.[0-9]{1,18})", text):
            raise self.wrong(node, f"{what} must be a number")
        value = float(text)
        if not least <= value <= most:
            raise self.wrong(node, f"{what} must be from {least:g} to {most:g}: {text}")
        return value

    def choice(self, node: yaml.Node, what: str, choices: Collection[str]) -> str:
        """Return one of the texts."""
        text = self.text(node, what)
        if text not in choices:
            raise self.wrong(node, f"{what} must be one of {', '.join(choices)}: {text!r:.80}")
        return text

    def package(self, node: yaml.Node, what: str) -> str:
        """Return a package's name; one that is not normalized is a fault, as in the schema."""
        text = self.text(node, what)
        normalized = normalize_name(text)
        if normalized != text and _NAME.fullmatch(normalized):
            self.wrong(
                node,
                f"{what} is not in its normalized form: {text!r:.80}",
                f"write {normalized!r:.80}",
            )
        elif normalized != text or not _NAME.fullmatch(text):
            raise self.wrong(node, f"{what} is no package's name: {text!r:.80}")
        return normalized

    def specifier(self, node: yaml.Node, what: str) -> str:
        """Return a PEP 440 specifier, blanks removed."""
        text = self.text(node, what)
        try:
            specifier_contains(text, "1")
        except ValueError as exc:
            hint = "for example '>=1.0,<2'; a comma means `and`"
            raise self.wrong(node, f"{what} is no version specifier: {text!r:.80}", hint) from exc
        specifier = text.replace(" ", "")
        if self.strict and is_unsatisfiable(specifier):
            hint = "a comma means `and`; for `or` give two entries"
            self.wrong(node, f"{what} holds no version at all: {text!r:.80}", hint)
        return specifier

    def link(self, node: yaml.Node, what: str) -> str:
        """Return an http(s) address; the name of a page of Thoth's site becomes its address."""
        text = self.text(node, what)
        if is_web_address(text):
            return text
        if _SLUG.fullmatch(text):
            self.note(node, f"{what} is a page of thoth-station.ninja: {text!r:.80}")
            return f"https://thoth-station.ninja/j/{text}"
        hint = "write an address that starts with https://"
        raise self.wrong(node, f"{what} is no web address: {text!r:.80}", hint)

    def address(self, node: yaml.Node, what: str) -> str:
        """Return an http(s) address without the `/` at its end."""
        text = self.text(node, what)
        if not is_web_address(text):
            hint = "write an address that starts with https://"
            raise self.wrong(node, f"{what} is no web address: {text!r:.80}", hint)
        return text.rstrip("/")

    def read(self, entries: Entries, key: str) -> yaml.Node | None:
        """Return the value of a key, None when it is not given."""
        entry = entries.get(key)
        return None if entry is None else entry[1]

    def optional(
        self, entries: Entries, key: str, read: Callable[[yaml.Node, str], _T], default: _D
    ) -> _T | _D:
        """Return what `read` makes of the key's value; the default when it is not given, or wrong.

        So one wrong key does not hide the faults of the others.
        """
        entry = entries.get(key)
        if entry is None:
            return default
        try:
            return read(entry[1], key)
        except WrongError:
            if self.budget < 0:
                raise
            return default

    def each(self, nodes: Iterable[yaml.Node], read: Callable[[yaml.Node], _T]) -> tuple[_T, ...]:
        """Return what `read` makes of each node; those that are wrong are left out."""
        found = []
        for node in nodes:
            try:
                found.append(read(node))
            except WrongError:
                if self.budget < 0:
                    raise
        return tuple(found)


@functools.cache
def is_web_address(text: str) -> bool:
    """Return whether the text is an http(s) address with a host, and nothing that breaks a link."""
    return re.fullmatch(r"https?://[^\s/?#<>\"'()`\\]+\.?[^\s<>\"`\\]*", text) is not None

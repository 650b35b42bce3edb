"""YAML text to a small tree that knows its lines. Constructs no objects, follows no tags.

A tree is built from the parser's events rather than by `yaml.compose`, whose recursion a deeply
nested document overflows, and whose scalars are typed (YAML reads `3.10` as the number 3.1): here a
scalar keeps its own text, and the reader of the schema decides what it should be.

Bounded: bytes, depth, and the number of nodes after aliases are followed, so that a document of
nested aliases ("billion laughs") is refused before it grows. A repeated key, a second document and
a tag are faults too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import Fault, InputError
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

__all__ = ["MAXIMUM_BYTES", "MappingNode", "Node", "ScalarNode", "SequenceNode", "read_yaml"]

MAXIMUM_BYTES = 1_000_000
"""A configuration is some kilobytes; a larger file is refused unread."""

_MAXIMUM_DEPTH = 20
"""Thoth's schema nests 5 deep; the rest is room for free values."""

_TOO_DEEP = f"nested deeper than {_MAXIMUM_DEPTH} levels"

_MAXIMUM_NODES = 20_000
"""After following aliases."""


@dataclass(slots=True)
class ScalarNode:
    """A scalar with its own text."""

    text: str
    plain: bool
    """Not quoted: `null`, `true` and `3.10` are typed by YAML, `'3.10'` is a text."""
    line: int
    """1-based."""
    size: int = 1


@dataclass(slots=True)
class SequenceNode:
    """A list."""

    line: int
    items: list[Node] = field(default_factory=list)
    size: int = 1


@dataclass(slots=True)
class MappingNode:
    """A mapping; keys are scalars' texts, in the order written."""

    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)
    """1-based line of every key."""
    size: int = 1


Node = ScalarNode | SequenceNode | MappingNode


def read_yaml(content: bytes, path: str) -> Node | None:
    """Return the one document of the file, None when it is empty.

    Raises InputError with every fault that could be found: after a syntax error nothing more can
    be.
    """
    if len(content) > MAXIMUM_BYTES:
        raise InputError.single(
            path,
            f"the file is too large: {len(content)} bytes",
            hint=f"keep it below {MAXIMUM_BYTES} bytes",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise InputError.single(
            f"{path}:{line}", f"not UTF-8: byte {content[exc.start]:#04x}", hint="save it as UTF-8"
        ) from exc
    import yaml  # noqa: PLC0415 - 15 ms, and only needed when there is such a file

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(path)
    try:
        builder.build(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        if "maximum nesting depth" in (exc.problem or ""):
            # libyaml reads ahead of the events and has a bound of its own (PyYAML 6.0.4 and later).
            builder.fault(mark.line + 1 if mark else 1, _TOO_DEEP)
            raise InputError(tuple(builder.faults)) from exc
        said = "; ".join(part for part in (exc.context, exc.problem) if part)
        builder.fault(mark.line + 1 if mark else 1, f"not YAML: {said}")
    except yaml.YAMLError as exc:
        position = getattr(exc, "position", 0)
        builder.fault(
            text.count("\n", 0, position) + 1, f"not YAML: {getattr(exc, 'reason', 'unreadable')}"
        )
    except _RefusedError:
        pass
    if builder.faults:
        raise InputError(tuple(builder.faults))
    return builder.root


class _RefusedError(Exception):
    """The document is refused whole; the fault is already noted."""


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been met yet."""

    node: SequenceNode | MappingNode
    anchor: str | None
    key: ScalarNode | None = None
    """Of a mapping: the key whose value comes next."""
    merged: list[MappingNode] = field(default_factory=list)
    """What `<<` brought in; written keys win."""


class _Builder:
    """Turns events into nodes. One per document."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.root: Node | None = None
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def fault(self, line: int, message: str, hint: str = "") -> None:
        """Note a fault at a 1-based line."""
        self.faults.append(Fault(f"{self.path}:{line}", message, hint))

    def build(self, events: Iterator[yaml.Event]) -> None:
        """Read every event; raises _RefusedError when the document is out of bounds."""
        from yaml import events as kinds  # noqa: PLC0415 - as above

        for event in events:
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, kinds.ScalarEvent):
                self._check_tag(event.tag, line)
                self._add(ScalarNode(event.value, not event.style, line), event.anchor, line)
            elif isinstance(event, kinds.MappingStartEvent | kinds.SequenceStartEvent):
                self._check_tag(event.tag, line)
                if len(self._stack) >= _MAXIMUM_DEPTH:
                    self.fault(line, _TOO_DEEP)
                    raise _RefusedError
                mapping = isinstance(event, kinds.MappingStartEvent)
                node = MappingNode(line) if mapping else SequenceNode(line)
                self._stack.append(_Open(node, event.anchor))
            elif isinstance(event, kinds.MappingEndEvent | kinds.SequenceEndEvent):
                self._close()
            elif isinstance(event, kinds.AliasEvent):
                self._follow(event.anchor, line)
            elif isinstance(event, kinds.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    self.fault(line, "a second document", "keep one document, without `---`")
                    raise _RefusedError

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag is not None and tag != "!":
            self.fault(line, f"tags are not supported: {tag!r}", "leave the tag out")

    def _follow(self, anchor: str | None, line: int) -> None:
        known = self._anchors.get(anchor or "")
        if known is None:
            self.fault(line, f"an alias of something that is not complete before it: {anchor!r}")
            raise _RefusedError
        self._add(known, None, line)

    def _close(self) -> None:
        opened = self._stack.pop()
        node = opened.node
        if isinstance(node, MappingNode):
            for merged in opened.merged:
                for key, value in merged.entries.items():
                    if key not in node.entries:
                        node.entries[key] = value
                        node.key_lines[key] = merged.key_lines[key]
                        node.size += value.size
        self._add(node, opened.anchor, node.line)

    def _add(self, node: Node, anchor: str | None, line: int) -> None:
        """Put a complete node where it belongs; `line` is where it is met, an alias's own."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        parent.node.size += node.size
        if parent.node.size > _MAXIMUM_NODES:
            self.fault(line, f"more than {_MAXIMUM_NODES} values, aliases followed")
            raise _RefusedError
        if isinstance(parent.node, SequenceNode):
            parent.node.items.append(node)
        elif parent.key is None:
            if not isinstance(node, ScalarNode):
                self.fault(line, "a key must be a text, not a list or a mapping")
                raise _RefusedError
            parent.key = node
        else:
            self._add_entry(parent, parent.node, parent.key, node)
            parent.key = None

    def _add_entry(self, opened: _Open, mapping: MappingNode, key: ScalarNode, node: Node) -> None:
        if key.plain and key.text == "<<":
            # https://yaml.org/type/merge.html
            sources = node.items if isinstance(node, SequenceNode) else [node]
            for source in sources:
                if isinstance(source, MappingNode):
                    opened.merged.append(source)
                else:
                    self.fault(key.line, "`<<` takes a mapping or a list of mappings")
        elif key.text in mapping.entries:
            first = mapping.key_lines[key.text]
            self.fault(key.line, f"the key is given twice, first on line {first}: {key.text!r}")
        else:
            mapping.entries[key.text] = node
            mapping.key_lines[key.text] = key.line

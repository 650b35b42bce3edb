"""Writes new pins into a requirements file that is there, and leaves everything else as it is.

A package whose version, hashes, extras, marker and requirers are what the file says keeps its lines
byte for byte. How the file is made is kept too: with hashes or without, with pip-compile's `# via`
or without, as a list or on one line, with extras or without (`--strip-extras`). So what changed of
one package is all that a person has to read. Example: of

    flask==3.0        # pinned for the demo
        # via -r web.in
    jinja2==3.1
        # via flask

a new `jinja2` changes the third line only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.lockfiles.markers import normal_marker
from advisor_core.lockfiles.requirements_document import Block, RequirementsDocument
from advisor_core.standards import normalize_version, parse_requirement
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["WantedPin", "update_document"]

_UNSAFE = "# The following packages"
"""Begins the part where pip-compile puts, or only names, pip and setuptools."""

_COLUMN = 24
"""Characters to which pip-compile and uv fill a line before an annotation on it."""

_NAMED = re.compile(r"#\s*([a-z0-9][a-z0-9-]*)\s*")
_PROJECT_SOURCE = re.compile(r"[\w.-]+ \((.+)\)")
"""pip-compile names a project by `NAME (pyproject.toml)`."""


@dataclass(frozen=True, slots=True)
class WantedPin:
    """One package as it shall be in the file."""

    name: str
    version: str
    extras: tuple[str, ...]
    hashes: tuple[str, ...]
    """Sorted, at least one."""
    condition: str | None
    """Marker that says where it is installed; None: everywhere."""
    via: tuple[str, ...]
    """Sorted."""
    markers: tuple[str, ...] = ()
    """Of the requirements that lead to it: what pip-compile may have written as its marker."""


@dataclass(frozen=True, slots=True)
class _Style:
    """How a file is made."""

    newline: str
    hashes: bool
    via: bool
    one_line: bool
    """`# via a, b` instead of a list."""
    extras: bool


def update_document(
    document: RequirementsDocument, wanted: Iterable[WantedPin]
) -> RequirementsDocument:
    """Return the document with these packages pinned and no others.

    What is no pin stays: comments, options, editable and URL lines. A new package comes after the
    one before it in the alphabet. pip-compile's commented-out packages stay so.
    """
    pins = {pin.name: pin for pin in wanted}
    style = _style_of(document, pins)
    blocks: list[Block] = []
    placed: set[str] = set()
    unsafe = False
    named_only: set[str] = set()
    for block in document.blocks:
        bare = block.text.strip()
        unsafe = unsafe or bare.startswith(_UNSAFE)
        if block.name is None:
            found = _NAMED.fullmatch(bare)
            if unsafe and found is not None:
                named_only.add(found.group(1))
            blocks.append(block)
        elif block.name in pins and block.name not in placed:
            placed.add(block.name)
            blocks.append(_updated(block, pins[block.name], style))
    for name in sorted(pins.keys() - placed - named_only):
        text = "".join(_lines(pins[name], style, pins[name].condition))
        blocks.insert(_place_for(name, blocks), Block(text, name))
    return replace(document, blocks=_with_line_ends(blocks, style.newline))


def _style_of(document: RequirementsDocument, pins: dict[str, WantedPin]) -> _Style:
    known = [block for block in document.blocks if block.name is not None]
    first = next((block.text for block in document.blocks), "")
    annotations = [block for block in known if block.via is not None]
    line = re.compile(r"#[ \t]+via[ \t]+[^\r\n]*,")
    one_line = any(line.search(block.text) for block in annotations) or any(
        re.search(r"\S[ \t]+#[ \t]+via\b", block.text.split("\n", 1)[0]) for block in annotations
    )
    stripped = any(
        "--strip-extras" in block.text for block in document.blocks if block.name is None
    ) or (
        not any("[" in block.requirement for block in known)
        and any(block.name in pins and pins[block.name].extras for block in known)
    )
    return _Style(
        newline="\r\n" if "\r\n" in first else "\n",
        hashes=not known or any(block.hashes for block in known),
        via=not known or bool(annotations),
        one_line=one_line,
        extras=not stripped,
    )


def _updated(block: Block, pin: WantedPin, style: _Style) -> Block:
    """Return a package's block: the same when it says what is wanted."""
    requirement = parse_requirement(block.requirement)
    marker = _marker(requirement.marker, pin)
    says_the_same = (
        _version(requirement.specifier) == pin.version
        and requirement.extras == (tuple(sorted(pin.extras)) if style.extras else ())
        and marker == requirement.marker
        and (not style.hashes or set(block.hashes) == set(pin.hashes))
        and (not style.via or _same_sources(block.via, pin.via))
    )
    if says_the_same:
        return block
    via = pin.via
    if block.via is not None and _same_sources(block.via, pin.via):
        via = block.via
    lines = _lines(replace(pin, via=via), style, marker, block)
    return Block("".join(lines), pin.name)


def _version(specifier: str) -> str:
    try:
        return normalize_version(re.sub(r"^===?", "", specifier))
    except ValueError:
        return ""


def _marker(present: str | None, pin: WantedPin) -> str | None:
    """Return the marker that a package gets: the present one when a requirement still says it."""
    if present is None:
        return pin.condition
    try:
        normal = normal_marker(present)
        known = {normal_marker(each) for each in pin.markers}
        mine = normal_marker(pin.condition) if pin.condition else None
    except ValueError:
        return pin.condition
    return present if normal == mine or (mine is None and normal in known) else pin.condition


def _same_sources(present: Sequence[str] | None, wanted: Sequence[str]) -> bool:
    """Return whether two annotations name the same requirers."""

    def plain(source: str) -> str:
        found = _PROJECT_SOURCE.fullmatch(source)
        return found.group(1) if found is not None else source

    return {plain(each) for each in present or ()} == {plain(each) for each in wanted}


def _lines(
    pin: WantedPin, style: _Style, marker: str | None, present: Block | None = None
) -> list[str]:
    """Return the lines of one package."""
    extras = f"[{','.join(pin.extras)}]" if pin.extras and style.extras else ""
    head = f"{pin.name}{extras}=={pin.version}{f' ; {marker}' if marker else ''}"
    lines = [head]
    if style.hashes:
        lines = [f"{head} \\"]
        lines.extend(f"    --hash={value} \\" for value in pin.hashes[:-1])
        lines.append(f"    --hash={pin.hashes[-1]}")
    inline = [*present.inline] if present is not None else []
    if style.via and pin.via and style.one_line and not style.hashes:
        lines[0] = f"{head:<{_COLUMN}}  # via {', '.join(pin.via)}"
    lines[-1] += "".join(f"  {each}" for each in inline)
    if style.via and pin.via and (style.hashes or not style.one_line):
        if style.one_line or len(pin.via) == 1:
            lines.append(f"    # via {', '.join(pin.via)}")
        else:
            lines.extend(("    # via", *(f"    #   {source}" for source in pin.via)))
    lines.extend(f"    {remark}" for remark in (present.remarks if present is not None else ()))
    return [f"{line}{style.newline}" for line in lines]


def _place_for(name: str, blocks: Sequence[Block]) -> int:
    """Return where a new package goes: after the one before it, else before the first."""
    before: tuple[str, int] | None = None
    first = len(blocks)
    for position, block in enumerate(blocks):
        if block.text.startswith(_UNSAFE):
            break
        if block.name is None:
            continue
        first = min(first, position)
        if block.name < name and (before is None or block.name >= before[0]):
            before = (block.name, position)
    return before[1] + 1 if before is not None else first


def _with_line_ends(blocks: Sequence[Block], newline: str) -> tuple[Block, ...]:
    """Return the blocks, each but the last ended by a line end."""
    return tuple(
        block
        if position == len(blocks) - 1 or block.text.endswith(("\n", "\r"))
        else replace(block, text=block.text + newline)
        for position, block in enumerate(blocks)
    )

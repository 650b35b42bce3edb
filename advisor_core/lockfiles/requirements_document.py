r"""A requirements file as blocks of lines, nothing lost: joined again they are the file.

    # a comment              other
    flask==3.0 \             pin of flask
        --hash=sha256:00     .
        # via -r web.in      . (indented comments after a pin belong to it)

Knows no versions of an index and decides nothing: `requirements_update` does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.manifests.requirements_lines import (
    decode_requirements,
    encoding_of,
    split_options,
)
from advisor_core.standards import normalize_name
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Block", "RequirementsDocument", "parse_document"]

_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]++\Z")
_COMMENT = re.compile(r"(?:^|\s)#")
_INDENTED_COMMENT = re.compile(r"[ \t]+#")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VIA = re.compile(r"[ \t]*#[ \t]+via\b[ \t]*(.*?)[ \t]*")
_VIA_MORE = re.compile(r"[ \t]*#[ \t]{2,}(\S.*?)[ \t]*")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, as they are in the file."""

    text: str
    """With line ends."""
    name: str | None = None
    """PEP 503 normalized name of the package that is required; None: other lines."""
    requirement: str = ""
    """Without options and comments: `flask[async]==3.0 ; python_version > "3"`."""
    hashes: tuple[str, ...] = ()
    via: tuple[str, ...] | None = None
    """Who requires it, as pip-compile annotates; None: no annotation."""
    remarks: tuple[str, ...] = ()
    """Comments on lines of their own that are no annotation, from `#` on."""
    inline: tuple[str, ...] = ()
    """Comments on the package's own lines that are no annotation."""
    options: tuple[tuple[str, str], ...] = ()
    """Of a line of options: `(("--index-url", "https://..."),)`."""


@dataclass(frozen=True, slots=True)
class RequirementsDocument:
    """A requirements file."""

    blocks: tuple[Block, ...]
    mark: bytes = b""
    """Byte order mark."""
    codec: str = "utf-8"

    def render(self) -> bytes:
        """Return the file's bytes: of an untouched document those that were parsed."""
        return self.mark + "".join(block.text for block in self.blocks).encode(self.codec)


def parse_document(data: bytes, path: str = "requirements.txt") -> RequirementsDocument:
    """Return a file as blocks, in linear time. Raises InputError when it is no text."""
    text = decode_requirements(path, data)
    mark, codec = encoding_of(data)
    lines = _LINE.findall(text)
    return RequirementsDocument(tuple(_blocks(lines)), mark, codec)


def _blocks(lines: list[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        start = at
        if _is_passive(lines[at]):
            yield Block(lines[at])
            at += 1
            continue
        while at < len(lines) - 1 and _goes_on(lines[at]):
            at += 1
        at += 1
        logical = at
        if _is_pin(lines[start]):
            while at < len(lines) and _INDENTED_COMMENT.match(lines[at]):
                at += 1
        yield _block(lines[start:logical], lines[logical:at])


def _block(lines: list[str], comments: list[str]) -> Block:
    """Return the block of one logical line and the comments that follow it."""
    parts, inline = [], []
    for line in lines:
        bare = line.rstrip("\r\n")
        found = _COMMENT.search(bare)
        if found is not None:
            inline.append(bare[found.start() :].lstrip())
            bare = bare[: found.start()]
        parts.append(bare.removesuffix("\\"))
    before, options = split_options("".join(parts).strip())
    text = "".join((*lines, *comments))
    name = _NAME.match(before)
    if not before or name is None or not _is_pin(before):
        return Block(text, options=tuple(options))
    via, inline_remarks = _read_comments(inline)
    below, remarks = _read_comments([each.rstrip("\r\n") for each in comments])
    via = below if via is None else via
    hashes = tuple(value for option, value in options if option == "--hash")
    return Block(text, normalize_name(name.group()), before, hashes, via, remarks, inline_remarks)


def _read_comments(comments: list[str]) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return the annotation among a block's comments, and the others."""
    via: list[str] | None = None
    open_list, remarks = False, []
    for comment in comments:
        first = _VIA.fullmatch(comment)
        more = _VIA_MORE.fullmatch(comment) if open_list else None
        if first is not None and via is None:
            via = [each.strip() for each in first.group(1).split(",") if each.strip()]
            open_list = not via
        elif more is not None and via is not None:
            via.append(more.group(1))
        else:
            open_list = False
            remarks.append(comment.strip())
    return (None if via is None else tuple(via)), tuple(remarks)


def _is_passive(line: str) -> bool:
    """Return whether a line is blank or a comment."""
    stripped = line.strip()
    return not stripped or stripped.startswith("#")


def _goes_on(line: str) -> bool:
    """Return whether the next line continues this one; a comment ends a logical line."""
    bare = line.rstrip("\r\n")
    return bare.endswith("\\") and _COMMENT.search(bare) is None


def _is_pin(line: str) -> bool:
    """Return whether a line requires a package by name, not by path, URL or option."""
    before = _COMMENT.split(line, maxsplit=1)[0].partition(";")[0]
    name = _NAME.match(before)
    if name is None or " @ " in before or "://" in before:
        return False
    return not before[name.end() :].lstrip().startswith(("/", "\\\\", ":"))

"""Shows Markdown or reStructuredText that strangers wrote, with its form and without its powers. Pure.

Headings, lists, paragraphs and code keep their shape; all else that Markdown could do is gone:

    ## What's new                                     **What's new**
    * Fix #12 by @eve in https://github.com/o/r/pull/13      - Fix #12 by @eve in #13     nobody is told
    [docs](https://evil.example) <img src=x>          docs

Every line is written anew by `bot.conversation.quoting`, so what cannot be read is shown as it is.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.conversation.quoting import fence, remark

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["show_foreign"]

_LONGEST = 20_000
"""Characters that are looked at."""

_LONGEST_LINE = 1_000
_LONGEST_BLOCK = 500
"""Characters shown of one paragraph, heading or item."""

_CODE_BYTES = 800
_DEEPEST = 2

_FENCE = re.compile(r"(`{3,}|~{3,})")
_HEADING = re.compile(r"#{1,6}[ \t]+(.*?)[ \t#]*")
_UNDERLINE = re.compile(r"([=~^\"'*#-])\1{2,}")
_ITEM = re.compile(r"(?:[-*+•]|\d{1,3}[.)])[ \t]+(.*)")
_ADDRESS = re.compile(r"<(https?://[^<>\s]{1,300})>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_IMAGE = re.compile(r"!\[[^\[\]]{0,300}\]\([^()\s]{0,500}\)")
_LINK = re.compile(r"\[([^\[\]]{0,300})\](?:\([^()]{0,500}\)|\[[^\[\]]{0,100}\])")
_ROLE = re.compile(r":[a-z]{1,20}:`([^`<>]{1,100})`")
_NUMBER = re.compile(
    r"https?://[\w.-]{1,100}/[\w.-]{1,100}/[\w.-]{1,100}/(?:pull|issues)/(\d{1,9})\b", re.ASCII
)
_LEANING = re.compile(r"(?<![\w*])\*([^\s*][^*]{0,200})(?<!\s)\*(?![\w*])")
_EMPHASIS = re.compile(r"\*\*|__|~~")


@dataclass(slots=True)
class _Block:
    """One piece: a paragraph, `head`ing, `item` or `code`."""

    kind: str
    lines: list[str] = field(default_factory=list)
    depth: int = 0


def show_foreign(text: str, *, limit_bytes: int) -> tuple[str, bool]:
    """Return inert Markdown of at most `limit_bytes`, cut between blocks, and whether some is left out."""
    parts: list[str] = []
    size = 0
    was_item = False
    for block in _blocks(_without_comments(text[:_LONGEST])):
        shown = _show(block)
        if not shown:
            continue
        is_item = block.kind == "item"
        parts.append("" if not parts else "\n" if was_item and is_item else "\n\n")
        size += len((parts[-1] + shown).encode())
        if size > limit_bytes:
            return "".join(parts[:-1]), True
        parts.append(shown)
        was_item = is_item
    return "".join(parts), len(text) > _LONGEST


def _show(block: _Block) -> str:
    if block.kind == "code":
        return fence("\n".join(block.lines), limit_bytes=_CODE_BYTES) if block.lines else ""
    inline = _inline(" ".join(line.strip() for line in block.lines))
    if not inline:
        return ""
    if block.kind == "head":
        return f"**{inline}**"
    return f"{'  ' * block.depth}- {inline}" if block.kind == "item" else inline


def _blocks(text: str) -> Iterator[_Block]:
    reader = _Reader()
    for raw in text.splitlines():
        yield from reader.read(raw.expandtabs(4).rstrip()[:_LONGEST_LINE])
    yield from reader.end()


@dataclass(slots=True)
class _Reader:
    """Reads line by line: what a line is depends on it and on the block before it alone."""

    current: _Block | None = None
    bar: str = ""
    """What ends the block of code."""
    indents: list[int] = field(default_factory=list)
    """Of the items that the next one may be inside of."""

    def read(self, line: str) -> Iterator[_Block]:
        """Take a line; return the blocks that end before it, or with it."""
        bare = line.lstrip()
        if self.bar and self.current is not None:
            if bare.startswith(self.bar):
                yield from self.end()
            else:
                self.current.lines.append(line)
        elif opening := _FENCE.match(bare):
            yield from self.end()
            self.current, self.bar = _Block("code"), opening[1]
        elif item := _ITEM.fullmatch(bare):
            yield from self.end()
            self._begin_item(len(line) - len(bare), item[1])
        elif heading := _HEADING.fullmatch(bare):
            yield from self.end()
            yield _Block("head", [heading[1]])
        elif _UNDERLINE.fullmatch(bare):
            if self.current is not None and self.current.kind == "paragraph":
                self.current.kind = "head"
            yield from self.end()
        elif bare:
            if self.current is None:
                self.current = _Block("paragraph")
                self.indents = []
            self.current.lines.append(bare)
        else:
            yield from self.end()

    def end(self) -> Iterator[_Block]:
        """Return the block that is being read."""
        if self.current is not None:
            yield self.current
        self.current, self.bar = None, ""

    def _begin_item(self, indent: int, text: str) -> None:
        self.indents = [each for each in self.indents if each < indent]
        self.current = _Block("item", [text], min(len(self.indents), _DEEPEST))
        self.indents.append(indent)


def _inline(text: str) -> str:
    text = _ROLE.sub(r"`\1`", text).replace("``", "`")
    parts = text.split("`")
    parts[::2] = [_plainly(part) for part in parts[::2]]
    joined = "`".join(parts).strip()
    return remark(joined, limit=_LONGEST_BLOCK) if joined.strip("` ") else ""


def _plainly(text: str) -> str:
    """Return running text without what would only be noise once it is inert."""
    text = _IMAGE.sub("", _TAG.sub("", _ADDRESS.sub(r"\1", text)))
    text = _NUMBER.sub(r"#\1", _LINK.sub(r"\1", text))
    return html.unescape(_LEANING.sub(r"\1", _EMPHASIS.sub("", text)))


def _without_comments(text: str) -> str:
    kept = []
    while True:
        before, opening, after = text.partition("<!--")
        kept.append(before)
        _, _, text = after.partition("-->")
        if not opening or not text:
            return "".join(kept)

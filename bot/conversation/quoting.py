"""Makes text from strangers inert before it is quoted to people. Pure.

Package names, versions, requirements, file names, branch names and error messages come from watched
repositories and package indexes. Quoted in a pull request they must not ping people (`@name`),
close or link issues (`#1`, `GH-1`), make links, start HTML, break out of a table, or hide
characters.

Four forms; the first three are safe in a paragraph, a list item and a table cell:

    code(text)    a code span when the text allows it, else prose; GitHub links nothing inside code
    prose(text)   running text that renders as itself
    remark(text)  our own sentence, with `quoted` parts in backticks
    fence(text)   a fenced block of several lines

and `plain` for places that are not Markdown (annotations, terminals), with `unlinked` for those in
which GitHub looks for references all the same (titles, commit messages).

Rules followed: GitHub Flavored Markdown (https://github.github.com/gfm/), and what GitHub turns
into links after rendering ("Autolinked references and URLs" in https://docs.github.com/en).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "code",
    "comment_block",
    "fence",
    "plain",
    "prose",
    "read_comment_block",
    "remark",
    "truncate",
    "unlinked",
    "visible",
]

_NAMED_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_BREAK = "&#8203;"
"""A zero-width space: what stands on its two sides is never read as one reference."""

_SPECIAL = frozenset('&<>*_[]{}~`|\\!#@:^$"=+')
"""Written as numeric character references, which Markdown takes literally everywhere but in code
(https://github.github.com/gfm/#entity-and-numeric-character-references)."""

_COMMENT = "<!--"
"""How an HTML comment begins, and so each of our hidden blocks and boxes."""

_STARTS_A_BLOCK = re.compile(r"-|[0-9]+[.)]")
"""What would start a list at the beginning of a line; the rest of what could is in `_SPECIAL`."""

_BREAK_AFTER = re.compile(
    r"""
      [@\#]                            # a mention, an address, an issue
    | :(?=//|[\w+-])                   # a link, an emoji
    | (?i:www(?=\.) | GH-(?=\d))       # a link without a scheme, an issue
    | [0-9a-fA-F]{6}(?=[0-9a-fA-F])    # a commit id has 7 digits or more
    """,
    re.VERBOSE,
)


def visible(text: str) -> str:
    r"""Return the text on one line, with every invisible character spelled out.

    Line ends become `\n`; control, format (bidirectional), separator, surrogate, private and
    unassigned characters become `\u{202e}`. Blanks and everything printable stay.
    """
    return "".join(
        c if c.isprintable() else _NAMED_ESCAPES.get(c, f"\\u{{{ord(c):x}}}") for c in text
    )


def truncate(text: str, *, limit: int) -> str:
    """Return the text with at most `limit` characters, the last one an ellipsis if any was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(text: str, *, limit: int = 300) -> str:
    """Return text for a place that is not Markdown: visible, one line, cut."""
    return truncate(visible(text), limit=limit)


def code(text: str, *, limit: int = 120) -> str:
    """Return Markdown that shows the text as code if it can, else as prose."""
    shown = plain(text, limit=limit)
    return f"`{shown}`" if _fits_code(shown) else prose(text, limit=limit)


def prose(text: str, *, limit: int = 300) -> str:
    """Return Markdown that renders as the text itself, with nothing in it active."""
    return _literal(plain(text, limit=limit).strip()) or "(blank)"


def remark(text: str, *, limit: int = 300) -> str:
    """Return a sentence of the advisor's as Markdown: what stands in backticks becomes code.

    The sentence may quote strangers. It is as inert as `prose`, and is prose when the backticks do
    not pair up or what they hold cannot be code.
    """
    parts = plain(text, limit=limit).strip().split("`")
    pairs_up = len(parts) % 2 == 1 and all(parts[2:-1:2])
    if not pairs_up or not all(_fits_code(part) for part in parts[1::2]):
        return prose(text, limit=limit)
    shown = [f"`{part}`" if i % 2 else _literal(part) for i, part in enumerate(parts)]
    return "".join(shown) or "(blank)"


def unlinked(text: str) -> str:
    """Return plain text for titles and commit messages, in which GitHub finds no reference."""
    return _BREAK_AFTER.sub(lambda match: match[0] + "\u200b", text)


def _fits_code(shown: str) -> bool:
    """Return whether a visible text can stand in a code span, in a table cell too.

    What begins a comment cannot: it shows as it is, and would be found by who looks for our own blocks.
    """
    inert = not any(sign in shown for sign in ("`", "|", _COMMENT))
    return bool(shown) and shown == shown.strip() and inert


def _literal(shown: str) -> str:
    """Return a visible text with every special character replaced and every reference broken."""
    pieces = []
    position = 0
    if block := _STARTS_A_BLOCK.match(shown):
        position = block.end()
        pieces.append(f"{shown[: position - 1]}&#{ord(shown[position - 1])};")
    for match in _BREAK_AFTER.finditer(shown, position):
        pieces += [_referenced(shown[position : match.end()]), _BREAK]
        position = match.end()
    return "".join(pieces) + _referenced(shown[position:])


def _referenced(text: str) -> str:
    """Replace the characters that mean something to Markdown by character references."""
    return "".join(f"&#{ord(c)};" if c in _SPECIAL else c for c in text)


def fence(text: str, *, limit_bytes: int = 20_000) -> str:
    """Return a fenced code block with the text's lines, cut at a line when it is too long.

    What begins an HTML comment gets a blank: nothing in it can pass for one of our hidden blocks.
    """
    text = text.replace(_COMMENT, "<! --").expandtabs(4)
    lines = [visible(line) for line in text.splitlines()] or [""]
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > limit_bytes:
            kept.append(f"… and {len(lines) - len(kept)} more lines")
            break
        kept.append(line)
    longest = max((len(run) for run in re.findall(r"`+", "\n".join(kept))), default=0)
    bar = "`" * max(3, longest + 1)
    return "\n".join([f"{bar}text", *kept, bar])


def comment_block(label: str, data: Mapping[str, object]) -> str:
    """Return an HTML comment that holds JSON; `-->` cannot occur in it.

    `read_comment_block` is the inverse.
    """
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    for character in "<>&-":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"<!-- {label} {text} -->"


def read_comment_block(label: str, text: str) -> Mapping[str, str] | None:
    """Return what `comment_block` wrote with that label, None when the text has no such block.

    It is a line of its own, and the last one counts: whatever a text quotes comes before its block.
    """
    found = re.findall(rf"^<!-- {re.escape(label)} ([^<>\n]*) -->\r?$", text, re.MULTILINE)
    if not found:
        return None
    try:
        data = json.loads(found[-1])
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    return {key: value for key, value in data.items() if isinstance(value, str)}

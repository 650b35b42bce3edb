"""From the text of a requirements file to its logical lines, and a line to its words.

The format is pip's (https://pip.pypa.io/en/stable/reference/requirements-file-format/): a backslash
at the end of a line continues it, `#` at the start or after a blank begins a comment.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from advisor_core.errors import InputError
from advisor_core.manifests.faults import require_size

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LogicalLine",
    "decode_requirements",
    "encoding_of",
    "logical_lines",
    "split_options",
]

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
_BOMS = (
    # UTF-32 first: the mark of UTF-16 is the beginning of its own.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT_ENCODINGS = frozenset(
    ("ascii", "us-ascii", "utf-8", "utf8", "latin-1", "latin1", "iso-8859-1", "iso8859-1", "cp1252")
)
"""Encodings a `coding:` comment may name. Others are mistakes, or codecs of no text."""

_OPTION_START = re.compile(r"(?:^|\s)(?=--?[A-Za-z])")


class LogicalLine(NamedTuple):
    """One line after joining and without its comment."""

    number: int
    """1-based line where it begins."""
    text: str


def decode_requirements(path: str, data: bytes) -> str:
    """Return a requirements file's text: by byte order mark, else `coding:` comment, else UTF-8.

    Raises InputError when it is too large or not in that encoding.
    """
    require_size(path, data)
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    encoding = encoding or _declared_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise InputError.single(
            f"{path}:{line}",
            f"not {encoding.upper()}: byte {data[exc.start]:#04x} at offset {exc.start}",
            hint="save the file as UTF-8",
        ) from exc


def encoding_of(data: bytes) -> tuple[bytes, str]:
    """Return a file's byte order mark, and the codec of what follows it."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            if name == "utf-8-sig":
                return mark, "utf-8"
            little = mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF32_LE)
            return mark, f"{name}-{'le' if little else 'be'}"
    return b"", _declared_encoding(data)


def _declared_encoding(data: bytes) -> str:
    """Return the encoding that a `coding:` comment names, else UTF-8."""
    found = (_CODING.match(line) for line in data.split(b"\n", 2)[:2])
    named = next((match.group(1).decode().lower() for match in found if match), "utf-8")
    return named if named in _TEXT_ENCODINGS else "utf-8"


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """Yield the lines of a text that are not blank, joined and without comments.

    A comment ends a continued line; what a comment line continues is not part of it.
    """
    started = 0
    parts: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        commented = _COMMENT.match(line) is not None
        if commented and not parts:
            continue
        started = started or number
        if line.endswith("\\") and not commented:
            parts.append(line[:-1])
            continue
        parts.append(f" {line}" if commented else line)
        joined = _COMMENT.sub("", "".join(parts)).strip()
        if joined:
            yield LogicalLine(started, joined)
        started, parts = 0, []
    joined = _COMMENT.sub("", "".join(parts)).strip()
    if joined:
        yield LogicalLine(started, joined)


def split_options(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Split a logical line into what stands before its options, and the options with their values.

    `a>=1 --hash=sha256:0 --hash sha256:1` gives `a>=1` and twice `--hash`. Quotes around a value
    are removed; a value may be empty.
    """
    starts = [found.end() for found in _OPTION_START.finditer(text)]
    ends = [*starts[1:], len(text)] if starts else []
    before = text[: starts[0]].strip() if starts else text
    options: list[tuple[str, str]] = []
    for start, end in zip(starts, ends, strict=True):
        name, value = _split_option(text[start:end].strip())
        options.append((name, value))
    return before, options


def _split_option(text: str) -> tuple[str, str]:
    """Split `--name=value`, `--name value`, `-nvalue` and `-n value`."""
    if text.startswith("--"):
        name, value = re.match(r"(--[A-Za-z0-9-]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    else:
        name, value = text[:2], text[2:]
    value = value.strip()
    if value.startswith("="):
        value = value[1:].strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return name, value

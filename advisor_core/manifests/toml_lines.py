"""At which line each key and array element of a TOML text stands, and TOML parsed within bounds.

`tomllib` tells values but no lines, recurses on nesting, and takes quadratic time on keys of many
parts. The scanner here reads the same text once, in linear time, and refuses such text first. It
accepts some text that is not TOML; `tomllib` then says what is wrong.

Example: in `[project]` on line 1 and `dependencies = ["a",` on line 2 and `"b"]` on line 3, the
paths `("project", "dependencies", 0)` and `(..., 1)` have lines 2 and 3.
"""

from __future__ import annotations

import re
import tomllib

from advisor_core.errors import InputError
from advisor_core.manifests.faults import decode_text
from advisor_core.manifests.interface import MAX_DEPTH

__all__ = ["Lines", "Path", "line_of", "parse_toml"]

Path = tuple[str | int, ...]
Lines = dict[Path, int]

_MAX_KEYS = 200_000
"""Keys and array elements of one text; a Pipfile of 20 000 packages has a third of it."""

# Possessive repeats: no memory per character of a hostile text.
_BLANKS = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_SPACES = re.compile(r"[ \t]*+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]++")
_BASIC = re.compile(r'"((?:[^"\\\n]++|\\.)*+)"')
_LITERAL = re.compile(r"'([^'\n]*+)'")
_MULTILINE_BASIC = re.compile(r'"""(?:[^"\\]++|\\.|"(?!""))*+"""(?:""?(?!"))?', re.DOTALL)
_MULTILINE_LITERAL = re.compile(r"'''(?:[^']++|'(?!''))*+'''(?:''?(?!'))?")
_SCALAR = re.compile(r"[^,\]}\n#]++")


class _StopScanError(Exception):
    """The text is not TOML here; tomllib will say why."""


class _TooDeepError(Exception):
    """The text is nested deeper, or has more keys, than any manifest."""


def parse_toml(path: str, data: bytes) -> tuple[dict[str, object], Lines]:
    """Return a TOML document and the line of each of its keys and array elements.

    Raises InputError when the text is too large, not UTF-8, too deeply nested, or not TOML.
    """
    text = decode_text(path, data).replace("\r\n", "\n")
    scanner = _Scanner(text)
    try:
        scanner.scan()
    except _StopScanError:
        pass
    except _TooDeepError as exc:
        raise InputError.single(
            f"{path}:{scanner.line}",
            str(exc),
            hint="no manifest needs this; write it plainly",
        ) from None
    try:
        return tomllib.loads(text), scanner.lines
    except (ValueError, RecursionError) as exc:
        message, line = _locate(str(exc) or "nested too deeply", text)
        raise InputError.single(
            f"{path}:{line}" if line else path,
            f"not TOML: {message}",
            hint="correct the syntax at this place",
        ) from exc


def line_of(lines: Lines, *path: str | int) -> int | None:
    """Return the line of a path, else that of the nearest part of it that has one."""
    for length in range(len(path), 0, -1):
        line = lines.get(path[:length])
        if line is not None:
            return line
    return None


def _locate(message: str, text: str) -> tuple[str, int | None]:
    """Split tomllib's `(at line 3, column 5)` off its message; the end is the last line."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    if found is None:
        return message[:200], None
    shown = message[: found.start()]
    line = int(found.group(1)) if found.group(1) else text.rstrip("\n").count("\n") + 1
    return shown[:1].lower() + shown[1:200], line


class _Scanner:
    """One pass over a TOML text; fills `lines`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: Lines = {}
        self._line = 1
        self._counted = 0
        self._recorded = 0
        self._tables: dict[Path, int] = {}

    @property
    def line(self) -> int:
        """The 1-based line of the position. Linear in all over the text, as positions only grow."""
        self._line += self.text.count("\n", self._counted, self.position)
        self._counted = self.position
        return self._line

    def scan(self) -> None:
        """Read all. Raises _StopScanError where it is not TOML, _TooDeepError past a limit."""
        prefix: Path = ()
        while True:
            self._skip(_BLANKS)
            if self.position >= len(self.text):
                return
            if self.text[self.position] == "[":
                prefix = self._header()
            else:
                self._pair(prefix, 0)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()

    def _expect(self, text: str) -> None:
        if not self.text.startswith(text, self.position):
            raise _StopScanError
        self.position += len(text)

    def _record(self, path: Path) -> None:
        self.lines.setdefault(path, self.line)
        self._recorded += 1
        if self._recorded > _MAX_KEYS:
            raise _TooDeepError(f"more than {_MAX_KEYS} keys")

    def _header(self) -> Path:
        repeated = self.text.startswith("[[", self.position)
        self.position += 2 if repeated else 1
        parts = self._key()
        path: Path = ()
        for index, part in enumerate(parts):
            path = (*path, part)
            last = index == len(parts) - 1
            if last and repeated:
                self._tables[path] = self._tables.get(path, -1) + 1
            if path in self._tables:
                path = (*path, self._tables[path])
        self._record(path)
        self._expect("]]" if repeated else "]")
        return path

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip(_SPACES)
            parts.append(self._key_part())
            if len(parts) > MAX_DEPTH:
                raise _TooDeepError(f"a key of more than {MAX_DEPTH} parts")
            self._skip(_SPACES)
            if not self.text.startswith(".", self.position):
                return parts
            self.position += 1

    def _key_part(self) -> str:
        for pattern in (_BARE_KEY, _BASIC, _LITERAL):
            found = pattern.match(self.text, self.position)
            if found is not None:
                self.position = found.end()
                return (
                    _unescape(found.group(1))
                    if pattern is _BASIC
                    else found.group(found.lastindex or 0)
                )
        raise _StopScanError

    def _pair(self, prefix: Path, depth: int) -> None:
        start = self.line
        parts = self._key()
        for length in range(1, len(parts) + 1):
            self.lines.setdefault((*prefix, *parts[:length]), start)
        path = (*prefix, *parts)
        self._record(path)
        self._expect("=")
        self._skip(_SPACES)
        self._value(path, depth)

    def _value(self, path: Path, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _TooDeepError(f"nested more than {MAX_DEPTH} deep")
        if self.text.startswith("[", self.position):
            self._array(path, depth)
        elif self.text.startswith("{", self.position):
            self._inline_table(path, depth)
        else:
            for pattern in (_MULTILINE_BASIC, _MULTILINE_LITERAL, _BASIC, _LITERAL, _SCALAR):
                found = pattern.match(self.text, self.position)
                if found is not None:
                    self.position = found.end()
                    return
            raise _StopScanError

    def _array(self, path: Path, depth: int) -> None:
        self.position += 1
        index = 0
        while True:
            self._skip(_BLANKS)
            if self.text.startswith("]", self.position):
                self.position += 1
                return
            element = (*path, index)
            self._record(element)
            self._value(element, depth + 1)
            index += 1
            self._skip(_BLANKS)
            if self.text.startswith(",", self.position):
                self.position += 1
            elif not self.text.startswith("]", self.position):
                raise _StopScanError

    def _inline_table(self, path: Path, depth: int) -> None:
        self.position += 1
        while True:
            self._skip(_BLANKS)
            if self.text.startswith("}", self.position):
                self.position += 1
                return
            self._pair(path, depth + 1)
            self._skip(_BLANKS)
            if self.text.startswith(",", self.position):
                self.position += 1
            elif not self.text.startswith("}", self.position):
                raise _StopScanError


def _unescape(text: str) -> str:
    """Return the value of a basic string's inside; the text itself when it is not one."""
    if "\\" not in text:
        return text
    try:
        value = tomllib.loads(f'key = "{text}"')["key"]
    except ValueError:
        return text
    return value if isinstance(value, str) else text

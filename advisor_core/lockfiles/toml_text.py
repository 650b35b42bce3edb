"""Writing TOML: tables, arrays of tables, strings, numbers, booleans and times. Reads nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["write_toml"]

_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def write_toml(document: Mapping[str, object]) -> str:
    """Return a document as TOML 1.0, keys in the order given.

    A list of tables at the top becomes `[[key]]`; deeper tables are inline, lists of them one
    element a line. Raises TypeError for a value that TOML does not have.
    """
    lines: list[str] = []
    later: list[str] = []
    for key, value in document.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for item in value:
                later.extend(("", f"[[{_key(key)}]]"))
                later.extend(f"{_key(name)} = {_value(inner)}" for name, inner in item.items())
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    return "\n".join((*lines, *later)) + "\n"


def _key(key: str) -> str:
    """Return a key, quoted where it must be."""
    is_bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if is_bare else _string(key)


def _string(text: str) -> str:
    """Return a basic string."""
    escaped = (
        _ESCAPES.get(char) or (char if char.isprintable() else _unicode(char)) for char in text
    )
    return f'"{"".join(escaped)}"'


def _unicode(char: str) -> str:
    """Return the escape of a character."""
    number = ord(char)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _value(value: object) -> str:
    """Return any value."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _string(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case dict():
            return (
                "{"
                + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
                + "}"
            )
        case list():
            return _list(value)
    raise TypeError(f"not a TOML value: {value!r}")


def _list(items: Sequence[object]) -> str:
    """Return an array; tables in it stand on lines of their own."""
    if not any(isinstance(item, dict) for item in items):
        return "[" + ", ".join(_value(item) for item in items) + "]"
    return "[\n" + "".join(f"    {_value(item)},\n" for item in items) + "]"

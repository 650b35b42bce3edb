"""Changes the version specifier of one requirement in a `pyproject.toml`, and nothing else of the file.

    "flask[async] ~=2.1 ; python_version < '3.12'"     keeps its extras, marker, quotes and comment
    flask = {version = "^2.1", extras = ["async"]}     (Poetry) only `version` changes

tomlkit keeps every byte of what is not assigned.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from advisor_core.manifests.toml_lines import parse_toml

if TYPE_CHECKING:
    from advisor_core.model import DeclaredRequirement

__all__ = ["set_specifier"]

_HEAD = re.compile(r"\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\s*(?:\[[^\]]*\])?\s*")


def set_specifier(content: bytes, declared: DeclaredRequirement, specifier: str) -> bytes | None:
    """Return the file with that requirement's specifier replaced; empty: any version.

    None where the requirement does not stand at its key as it was read. Raises InputError when the file
    is no TOML.
    """
    # Bounds its size and depth before tomlkit, which recurses, sees it.
    parse_toml(declared.origin.file, content)
    import tomlkit  # noqa: PLC0415 - only for who edits

    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    document = tomlkit.parse(content.removeprefix(mark).decode())
    found = _find(document, declared.origin.key or "")
    if found is None:
        return None
    holder, key = found
    value = holder[key]
    if isinstance(value, dict):
        holder, key = value, "version"
        value = holder.get(key)
    if not isinstance(value, str):
        return None
    is_entry = isinstance(holder, dict)
    text = (specifier or "*") if is_entry else _replaced(value, declared, specifier)
    if text is None:
        return None
    literal = value.as_string().startswith("'") if hasattr(value, "as_string") else False
    holder[key] = tomlkit.string(text, literal=literal and "'" not in text)
    return mark + tomlkit.dumps(document).encode()


def _find(document: Any, path: str) -> tuple[Any, Any] | None:  # noqa: ANN401 - tomlkit's containers
    """Return what holds the value at a dotted path, and its key there; keys may hold dots."""
    places: list[tuple[Any, str]] = [(document, path)]
    while places:
        holder, rest = places.pop()
        if isinstance(holder, list):
            name, _, more = rest.partition(".")
            if not name.isdecimal() or int(name) >= len(holder):
                continue
            if not more:
                return holder, int(name)
            places.append((holder[int(name)], more))
        elif isinstance(holder, dict):
            for key in holder:
                if rest == key:
                    return holder, key
                if rest.startswith(f"{key}."):
                    places.append((holder[key], rest[len(key) + 1 :]))
    return None


def _replaced(text: str, declared: DeclaredRequirement, specifier: str) -> str | None:
    """Return a PEP 508 requirement with another specifier."""
    if text != declared.text:
        return None
    head = _HEAD.match(text)
    if head is None:
        return None
    requirement, semicolon, marker = text.partition(";")
    rest = requirement[head.end() :]
    # `name (>=1)` keeps its parentheses, `name ~=1` its blank.
    present = rest.strip()
    inner = f"({specifier})" if present.startswith("(") and specifier else specifier
    start = head.group() if specifier else head.group().rstrip()
    ending = rest[len(rest.rstrip()) :]
    if not ending and semicolon and not present:
        ending = head.group()[len(head.group().rstrip()) :]
    return f"{start}{inner}{ending}{semicolon}{marker}"

"""Loosens one line of a manifest: upper bounds and pins go, lower bounds and exclusions stay. Pure.

    flask = "~=2.1,<3"   becomes   flask = ">=2.1"
    urllib3==1.26.4      becomes   urllib3>=1.26.4
    click<8              becomes   click        (in a Pipfile: click = "*")

Only the version specifier on the line is changed; extras, markers, hashes, comments and the rest of the
file stay to the letter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.manifests.pyproject_edit import set_specifier

if TYPE_CHECKING:
    from advisor_core.model import DeclaredRequirement

__all__ = ["loosen_line", "loosen_specifier"]

_CLAUSE = r"(?:===|==|~=|!=|<=|>=|<|>)\s*[^\s,;#\"'()]+"
_CLAUSES = re.compile(rf"{_CLAUSE}(?:\s*,\s*{_CLAUSE})*")
_PARTS = re.compile(r"(===|==|~=|!=|<=|>=|<|>)\s*(\S+)")


def loosen_specifier(specifier: str) -> str:
    """Return the specifier without what holds newer releases back; empty when nothing is left.

    `==1.2` and `~=1.2` become `>=1.2`, and `==1.*` becomes `>=1`.
    """
    kept = []
    for clause in filter(None, (part.strip() for part in specifier.split(","))):
        match = _PARTS.fullmatch(clause)
        if match is None:
            continue
        operator, version = match[1], match[2]
        if operator in {"==", "~=", "==="}:
            kept.append(f">={version.removesuffix('.*')}")
        elif operator in {">=", ">", "!="}:
            kept.append(f"{operator}{version}")
    return ",".join(dict.fromkeys(kept))


def loosen_line(content: bytes, declared: DeclaredRequirement, *, kind: str) -> bytes | None:
    """Return the file with that requirement's line loosened; None when it cannot be.

    It cannot where nothing holds newer releases back, where the line is not known, and where the
    specifier does not stand on it as it was read (a continued line, say). `kind` is `Manifest.kind`.
    """
    number = declared.origin.line
    specifier = declared.requirement.specifier
    loosened = loosen_specifier(specifier)
    if number is None or not specifier or _clauses(specifier) == _clauses(loosened):
        return None
    if kind == "pyproject":
        return set_specifier(content, declared, loosened)
    lines = content.splitlines(keepends=True)
    if not 1 <= number <= len(lines):
        return None
    line = lines[number - 1].decode("utf-8", "surrogateescape")
    for match in _CLAUSES.finditer(line):
        if _clauses(match[0]) == _clauses(specifier):
            text = loosened or ("*" if kind == "pipfile" else "")
            changed = line[: match.start()] + text + line[match.end() :]
            lines[number - 1] = changed.encode("utf-8", "surrogateescape")
            return b"".join(lines)
    return None


def _clauses(specifier: str) -> frozenset[str]:
    return frozenset(filter(None, (re.sub(r"\s+", "", part) for part in specifier.split(","))))

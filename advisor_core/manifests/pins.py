"""Moves the exact pins that a manifest itself has: `flask==2.0` becomes `flask==3.0`. Pure.

Of a `requirements.txt` that is manifest and lockfile in one, of conda's `environment.yml` and of a
script's block these pins are the lock. To decide anew they are taken as lower bounds, and what is decided
is written in their place; extras, markers, comments and everything else stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.standards import normalize_version
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import DeclaredRequirement, Manifest

__all__ = ["has_pins", "move_pins", "without_pins"]

_PIN = re.compile(r"(===?\s*)([^\s,;#\"'()*\\]+)")


def _pinned(declared: DeclaredRequirement) -> str | None:
    found = _PIN.fullmatch(declared.requirement.specifier)
    return found[2] if found is not None and declared.kept is None else None


def has_pins(manifest: Manifest) -> bool:
    """Return whether a manifest pins anything exactly."""
    return any(_pinned(each) for category in manifest.categories for each in category.requirements)


def without_pins(manifest: Manifest) -> Manifest:
    """Return the manifest with every exact pin as a lower bound, and the hashes of pins left out."""

    def freed(declared: DeclaredRequirement) -> DeclaredRequirement:
        version = _pinned(declared)
        if version is None:
            return declared
        requirement = replace(declared.requirement, specifier=f">={version}")
        return replace(declared, requirement=requirement, hashes=())

    categories = tuple(
        replace(category, requirements=tuple(map(freed, category.requirements)))
        for category in manifest.categories
    )
    return replace(manifest, categories=categories)


def move_pins(manifest: Manifest, versions: Mapping[str, str]) -> dict[str, bytes]:
    """Return the manifest's files, by path, with the exact pins at these versions.

    `manifest` is the one that was read, with its pins. A pin that does not stand on its line as it was
    read is left as it is, and so is one with hashes, which would be wrong then.
    """
    changed: dict[str, list[bytes]] = {}
    for category in manifest.categories:
        for declared in category.requirements:
            version = _pinned(declared)
            wanted = versions.get(declared.requirement.name)
            path, number = declared.origin.file, declared.origin.line
            if version is None or wanted is None or number is None or declared.hashes:
                continue
            if path not in manifest.files or normalize_version(version) == wanted:
                continue
            lines = changed.setdefault(path, manifest.files[path].splitlines(keepends=True))
            if 1 <= number <= len(lines):
                lines[number - 1] = _moved(lines[number - 1], declared, version, wanted)
    return {path: b"".join(lines) for path, lines in changed.items()}


def _moved(line: bytes, declared: DeclaredRequirement, version: str, wanted: str) -> bytes:
    """Return a line with the version of one package replaced, where it names that package."""
    text = line.decode("utf-8", "surrogateescape")
    name = re.split(r"[\s\[=<>!~;(]", declared.text.strip(), maxsplit=1)[0]
    pattern = re.compile(
        rf"(?<![A-Za-z0-9._-])({re.escape(name)}\s*(?:\[[^\]]*\])?\s*\(?\s*===?\s*)"
        rf"{re.escape(version)}(?![A-Za-z0-9.*+!-])"
    )
    return pattern.sub(lambda found: f"{found[1]}{wanted}", text, count=1).encode(
        "utf-8", "surrogateescape"
    )

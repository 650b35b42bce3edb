"""The releases of a lockfile, whatever its format. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.formats import format_of, read_lock
from advisor_core.standards import normalize_version

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["lock_key", "read_pins"]


def read_pins(path: str, content: bytes | None) -> dict[str, str]:
    """Return name to version, both normalized, all categories together; empty: it cannot be read."""
    try:
        locked = {} if content is None else read_lock(format_of(path), content, path)
    except InputError:
        return {}
    pins: dict[str, str] = {}
    for category in locked.values():
        for name, version in category.items():
            try:
                pins.setdefault(name, normalize_version(version))
            except ValueError:
                continue
    return pins


def lock_key(pins: Mapping[str, str]) -> str:
    """Return what two lockfiles share only if they have the same releases."""
    text = "\n".join(f"{name}=={version}" for name, version in sorted(pins.items()))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]

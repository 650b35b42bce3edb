"""The hash that `Pipfile.lock` holds of its Pipfile.

Computed as the pipenv that the tests pin does: plette's serialization
(https://github.com/sarugaku/plette) over package names in PEP 503 form, so that a new spelling of a
name does not outdate the lock. `[thoth]` is left out: it says how to lock, not what.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_SOURCE", "pipfile_hash"]

DEFAULT_SOURCE: Mapping[str, object] = {
    "name": "pypi",
    "url": "https://pypi.org/simple",
    "verify_ssl": True,
}
"""The source of a Pipfile that names none."""

_NOT_HASHED = frozenset(
    (
        "source",
        "packages",
        "dev-packages",
        "requires",
        "scripts",
        "pipfile",
        "pipenv",
        "thoth",
        "default",
        "develop",
    )
)
"""Top-level keys that are hashed under another name, or not at all."""


def pipfile_hash(document: Mapping[str, object]) -> str:
    """Return the sha256 hex digest of a parsed Pipfile.

    Raises TypeError or ValueError when it holds what JSON cannot: a date, a number that is none.
    """
    data: dict[str, object] = {
        "_meta": {
            "sources": document.get("source", [DEFAULT_SOURCE]),
            "requires": document.get("requires", {}),
        },
        "default": _with_normal_names(document.get("packages", {})),
        "develop": _with_normal_names(document.get("dev-packages", {})),
    }
    for section, packages in document.items():
        if section not in _NOT_HASHED:
            data[section] = _with_normal_names(packages)
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _with_normal_names(packages: object) -> object:
    """Return a section with its keys in PEP 503 form."""
    if not isinstance(packages, dict):
        return packages
    return {normalize_name(name): entry for name, entry in packages.items()}

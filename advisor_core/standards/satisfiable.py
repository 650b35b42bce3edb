"""Whether a version specifier holds any version at all. For checking what people wrote, not for loading."""

from __future__ import annotations

import re

__all__ = ["is_unsatisfiable"]

_ARBITRARY = re.compile(r"===\s*([^,\s]+)")


def is_unsatisfiable(specifier: str) -> bool:
    """Return whether no version at all, also none that is not released yet, is held.

    `===` takes any text (PEP 440, arbitrary equality), but releases have PEP 440 versions here. Raises
    ValueError when it is no specifier.
    """
    # Imported here: it takes longer than most configurations take to read.
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    if SpecifierSet(specifier).is_unsatisfiable():
        return True
    for text in _ARBITRARY.findall(specifier):
        try:
            Version(text)
        except InvalidVersion:
            return True
    return False

"""Which Pythons a `requires-python` range holds. One question about PEP 440 sets, several forms."""

from __future__ import annotations

from functools import lru_cache

from advisor_core.environment.python_version import full_version, parse_python_version

__all__ = ["minors_in", "range_holds", "single_version"]

_NEWEST_MINOR = 40
"""Minor releases of Python 3 that a range is tried with."""


@lru_cache(maxsize=4096)
def range_holds(specifier: str, python: str) -> bool:
    """Return whether the PEP 440 set holds the Python; raises ValueError when it is no such set.

    A version without a patch number stands for its lowest one, a pre-release counts as any other.
    """
    from advisor_core.standards import specifier_contains  # noqa: PLC0415 - loads the engine

    return specifier_contains(specifier, full_version(python))


def minors_in(specifier: str) -> tuple[int, ...]:
    """Return the minor releases of Python 3 that the set holds in part, ascending.

    Raises ValueError when it is no PEP 440 set.
    """
    return tuple(
        minor
        for minor in range(2, _NEWEST_MINOR + 1)
        if range_holds(specifier, f"3.{minor}.0") or range_holds(specifier, f"3.{minor}.99")
    )


def single_version(specifier: str) -> str | None:
    """Return `3.11.4` of `==3.11.4`, `3.11` of a range within one minor release, else None.

    Raises ValueError when it is no PEP 440 set.
    """
    minors = minors_in(specifier)
    if len(minors) == 1:
        return f"3.{minors[0]}"
    try:
        return parse_python_version(specifier.strip().removeprefix("==")) if not minors else None
    except ValueError:
        return None

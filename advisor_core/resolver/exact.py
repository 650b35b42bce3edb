"""Which release a specifier pins exactly, if any (PEP 592: such a pin admits a yanked release)."""

from __future__ import annotations

from advisor_core.standards import normalize_version

__all__ = ["pinned_version"]


def pinned_version(specifier: str) -> str | None:
    """Return the version of a `==` or `===` clause without a wildcard, PEP 440 normalized; else None."""
    for clause in specifier.split(","):
        text = clause.strip()
        if text.startswith("==") and not text.endswith(".*"):
            try:
                return normalize_version(text.lstrip("=").strip())
            except ValueError:
                return text.lstrip("=").strip()
    return None

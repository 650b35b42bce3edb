"""The advisor: computes better lockfiles. Knows nothing of GitHub or of HTTP servers."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"

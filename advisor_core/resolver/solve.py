"""Chooses the engine: the C extension, or its pure Python twin. Never silently."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.resolver.interface import Solver

__all__ = ["engine_name", "solver_class"]


def engine_name() -> str:
    """Return `c`, or `python` when `THOTH_PURE=1` is set or the extension was not built."""
    if os.environ.get("THOTH_PURE") == "1":
        return "python"
    try:
        import advisor_core._engine
    except ImportError:
        return "python"
    return "c" if hasattr(advisor_core._engine, "Solver") else "python"  # noqa: SLF001 - the name is the contract


def solver_class() -> Callable[[], Solver]:
    """Return the conflict-driven solver of the engine that `engine_name` names."""
    if engine_name() == "c":
        from advisor_core._engine import Solver as CompiledSolver

        return CompiledSolver
    from advisor_core.resolver.reference import Solver as ReferenceSolver

    return ReferenceSolver

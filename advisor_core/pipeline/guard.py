"""Runs units so that one that fails costs its own answer, never the advice. Pure but for the clock.

Every call of a unit goes through `Guard.call`. A unit that raises is named with its file and not asked
again. So is one that has taken longer than its budget, added up over its calls: units that come with
the project are loops over what they are given, so for them it is enough to look at the clock after
each call. Units of other packages run in a child process, which is stopped (`plugins`).
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TypeVar

from advisor_core.pipeline.interface import UnitFailure
from advisor_core.pipeline.plugins.discovery import ChildError
from advisor_core.pipeline.units.interface import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["DEFAULT_BUDGET_SECONDS", "Guard"]

DEFAULT_BUDGET_SECONDS = 2.0
"""Of one unit in one run. Units that come with the project take milliseconds."""

_LONGEST_REASON = 300

_T = TypeVar("_T")


class Guard:
    """Who failed so far, and how long each took."""

    def __init__(
        self,
        *,
        budget_seconds: float = DEFAULT_BUDGET_SECONDS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Start with every unit in order."""
        self.failures: list[UnitFailure] = []
        self._budget = budget_seconds
        self._clock = clock
        self._seconds: dict[int, float] = {}
        self._failed: set[int] = set()

    def collect(
        self, unit: Unit | type[Unit], function: Callable[..., Iterable[_T]], *arguments: object
    ) -> list[_T]:
        """Return all that the function of the unit yields; nothing when it fails, however late."""
        return self.call(unit, _run_to_end, function, arguments) or []

    def call(
        self, unit: Unit | type[Unit], function: Callable[..., _T], *arguments: object
    ) -> _T | None:
        """Return what the function of the unit returns, None when it fails or has failed before.

        The function must have done all its work when it returns: for generators there is `collect`.
        """
        key = id(unit)
        if key in self._failed:
            return None
        started = self._clock()
        try:
            answer = function(*arguments)
        except Exception as exc:  # noqa: BLE001 - the boundary between units and the run
            said = str(exc) if isinstance(exc, ChildError) else f"{type(exc).__name__}: {exc}"
            self.fail(unit, said)
            return None
        if isinstance(unit, Unit) and unit.remote_file:
            return answer  # its process has a clock of its own
        seconds = self._seconds[key] = self._seconds.get(key, 0.0) + self._clock() - started
        if seconds > self._budget:
            self.fail(unit, f"took {seconds:.1f} s, its budget is {self._budget:g} s")
            return None
        return answer

    def fail(self, unit: Unit | type[Unit], reason: str) -> None:
        """Note that a unit failed; it is not asked again."""
        self._failed.add(id(unit))
        if isinstance(unit, Unit) and unit.remote_file:
            self.note(unit.name, unit.remote_file, reason)
            return
        cls = unit if isinstance(unit, type) else type(unit)
        self.note(cls.__name__, _file_of(cls), reason)

    def note(self, name: str, file: str, reason: str) -> None:
        """Note that a unit failed which was never made."""
        text = " ".join(reason.split())[:_LONGEST_REASON]
        self.failures.append(UnitFailure(name, file, text))


def _run_to_end(function: Callable[..., Iterable[_T]], arguments: tuple[object, ...]) -> list[_T]:
    return list(function(*arguments))


def _file_of(cls: type) -> str:
    # As `inspect.getfile`, which takes longer to import than most runs of the pipeline.
    return getattr(sys.modules.get(cls.__module__), "__file__", None) or cls.__module__

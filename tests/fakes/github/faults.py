"""Scripted misfortune: what happens to the n-th request, or the n-th of a kind."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Fault", "Faults", "Outcome"]

Outcome = int | Literal["timeout", "cut"]
"""A status; no answer until the client gives up; the connection closed without an answer."""


@dataclass(slots=True)
class Fault:
    """One line of a script."""

    outcome: Outcome | None
    """None: the request is answered as usual (only `do` is carried out)."""
    operation: str | None = None
    """An operation's id like `pulls/create`; may hold `*`."""
    method: str | None = None
    path: str | None = None
    """May hold `*`; without prefix and query."""
    nth: int = 1
    """Which of the matching requests is the first to be hit, from 1."""
    times: int | None = 1
    """How many in a row are hit; None: all from then on."""
    after_effect: bool = False
    """Carry out the request first; only then the misfortune happens."""
    headers: dict[str, str] = field(default_factory=dict)
    message: str | None = None
    do: Callable[[], object] | None = None
    """Called before the request is looked at: the world changes under it."""
    seen: int = 0
    """How many requests matched so far."""
    hits: int = 0
    """How many were hit."""

    def matches(self, operation: str, method: str, path: str) -> bool:
        """Whether a request is of the kind meant."""
        return (
            (self.operation is None or fnmatch.fnmatchcase(operation, self.operation))
            and (self.method is None or self.method == method)
            and (self.path is None or fnmatch.fnmatchcase(path, self.path))
        )


class Faults:
    """The script of one test."""

    def __init__(self) -> None:
        self.script: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Add a line."""
        if fault.nth < 1 or (fault.times is not None and fault.times < 1):
            raise ValueError(f"a fault that can never happen: {fault!r}")
        self.script.append(fault)
        return fault

    def next(self, operation: str, method: str, path: str) -> list[Fault]:
        """Count a request and return the lines that hit it, in the order of the script."""
        hit = []
        for fault in self.script:
            if not fault.matches(operation, method, path):
                continue
            fault.seen += 1
            last = None if fault.times is None else fault.nth + fault.times - 1
            if fault.seen >= fault.nth and (last is None or fault.seen <= last):
                fault.hits += 1
                hit.append(fault)
        return hit

"""How many requests this process has sent to indexes, by what came of them.

One for the process, because it is about the process: clients come and go with each project.
"""

from __future__ import annotations

import threading

__all__ = ["REQUESTS", "RequestTally", "outcome_of"]


class RequestTally:
    """Counts by outcome; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def add(self, outcome: str) -> None:
        """Count a request."""
        with self._lock:
            self._counts[outcome] = self._counts.get(outcome, 0) + 1

    def take(self) -> dict[str, int]:
        """Return the counts since the last time, and begin anew."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken


REQUESTS = RequestTally()


def outcome_of(status: int) -> str:
    """Return in a word what a response says: a fixed few."""
    if status < 300:
        return "ok"
    if status < 400:
        return "unchanged" if status == 304 else "redirected"
    if status in {404, 410}:
        return "missing"
    if status == 429:
        return "limited"
    return "refused" if status < 500 else "failed"

"""What the service counts, and what this process has counted since it last told the database. No I/O.

Counts of all processes are added up in the database (`bot.store.tallies`), so that it does not matter
which of them does something and which is asked. Labels are a fixed few words: never a name of an account
or a repository.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["COUNTERS", "HISTOGRAMS", "Described", "Limit", "Metrics", "TallyKey"]

TallyKey = tuple[str, tuple[str, ...]]
"""Name and labels. Of a histogram the last label is where an observation is counted: the upper end of
its bucket, `+Inf`, or `sum` for the sum of all."""


@dataclass(frozen=True, slots=True)
class Described:
    """A counter or a histogram."""

    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    """Upper ends, ascending, of a histogram."""


COUNTERS = {
    "thoth_deliveries_accepted": Described("Deliveries stored."),
    "thoth_delivery_bytes": Described("Bytes of deliveries stored."),
    "thoth_deliveries_refused": Described(
        "Requests to the webhook that were refused.", ("reason",)
    ),
    "thoth_advice": Described("Lockfiles that advice was computed for.", ("status",)),
    "thoth_github_requests": Described("Requests sent to GitHub.", ("outcome",)),
    "thoth_index_requests": Described("Requests sent to package indexes.", ("outcome",)),
}

HISTOGRAMS = {
    "thoth_job_seconds": Described(
        "Time of finished jobs.",
        ("kind", "outcome"),
        (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600),
    ),
    "thoth_advice_seconds": Described(
        "Time of computing advice for a repository.",
        buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600),
    ),
    "thoth_advice_gap": Described(
        "Points between the proved bound and the score of advice; 0 is proved optimal.",
        buckets=(0, 1, 10, 100, 1000, 10_000, 100_000),
    ),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """What GitHub said last of an installation's requests."""

    left: int
    resets_at: float
    """Seconds since the epoch."""


class Metrics:
    """What one process has counted. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[TallyKey, float] = {}
        self._limits: dict[int, Limit] = {}

    def accepted(self, size: int) -> None:
        """Count a delivery that was stored."""
        self._add({("thoth_deliveries_accepted", ()): 1, ("thoth_delivery_bytes", ()): size})

    def refused(self, reason: str) -> None:
        """Count a request that was refused; reasons are a fixed few."""
        self._add({("thoth_deliveries_refused", (reason,)): 1})

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a job that ended."""
        self._observe("thoth_job_seconds", seconds, kind, outcome)

    def advised(self, seconds: float, results: Mapping[tuple[str, int | None], int]) -> None:
        """Count advice for a repository: how often which status came out, with which gap if any."""
        self._observe("thoth_advice_seconds", seconds)
        for (status, gap), times in results.items():
            self._add({("thoth_advice", (status,)): times})
            for _ in range(times if gap is not None else 0):
                self._observe("thoth_advice_gap", float(gap or 0))

    def github_request(self, outcome: str) -> None:
        """Count a request that was sent to GitHub."""
        self._add({("thoth_github_requests", (outcome,)): 1})

    def index_requests(self, outcomes: Mapping[str, int]) -> None:
        """Count requests that were sent to indexes."""
        self._add({("thoth_index_requests", (outcome,)): n for outcome, n in outcomes.items()})

    def limit(self, installation_id: int, left: int, resets_at: float) -> None:
        """Keep what GitHub said of an installation's requests."""
        with self._lock:
            self._limits[installation_id] = Limit(left, resets_at)

    def take(self) -> tuple[dict[TallyKey, float], dict[int, Limit]]:
        """Return what was counted since the last time, and begin anew."""
        with self._lock:
            taken = self._counts, self._limits
            self._counts, self._limits = {}, {}
        return taken

    def give_back(self, counts: Mapping[TallyKey, float]) -> None:
        """Count again what could not be told."""
        self._add(counts)

    def _observe(self, name: str, value: float, *labels: str) -> None:
        ends = HISTOGRAMS[name].buckets
        end = next((f"{end:g}" for end in ends if value <= end), "+Inf")
        self._add({(name, (*labels, end)): 1, (name, (*labels, "sum")): value})

    def _add(self, counts: Mapping[TallyKey, float]) -> None:
        with self._lock:
            for key, by in counts.items():
                self._counts[key] = self._counts.get(key, 0.0) + by

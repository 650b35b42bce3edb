"""What `/metrics` tells Prometheus. Counts and times only: no repository, no account, no secret."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]


class Metrics:
    """The numbers of one process, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._accepted = Counter(
            "thoth_deliveries_accepted", "Deliveries stored.", registry=self._registry
        )
        self._bytes = Counter(
            "thoth_delivery_bytes", "Bytes of deliveries stored.", registry=self._registry
        )
        self._refused = Counter(
            "thoth_deliveries_refused",
            "Requests to the webhook that were refused.",
            ["reason"],
            registry=self._registry,
        )
        self._deliveries = Gauge(
            "thoth_deliveries", "Deliveries kept, by state.", ["state"], registry=self._registry
        )
        self._jobs = Gauge(
            "thoth_jobs", "Jobs waiting and at work.", ["state"], registry=self._registry
        )
        self._seconds = Histogram(
            "thoth_job_seconds",
            "Time of finished jobs.",
            ["kind", "outcome"],
            buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600),
            registry=self._registry,
        )

    def accepted(self, size: int) -> None:
        """Count a delivery that was stored."""
        self._accepted.inc()
        self._bytes.inc(size)

    def refused(self, reason: str) -> None:
        """Count a request that was refused; reasons are a fixed few."""
        self._refused.labels(reason).inc()

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a job that ended."""
        self._seconds.labels(kind, outcome).observe(seconds)

    def render(self, deliveries: dict[str, int], jobs: dict[str, int]) -> bytes:
        """Return the text for Prometheus, with what the database says now."""
        for state in ("stored", "routed", "done", "ignored", "failed"):
            self._deliveries.labels(state).set(deliveries.get(state, 0))
        for state in ("waiting", "working"):
            self._jobs.labels(state).set(jobs.get(state, 0))
        return generate_latest(self._registry)

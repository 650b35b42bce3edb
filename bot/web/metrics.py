"""What `/metrics` tells Prometheus: the whole service, from the database, whichever process is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot.metrics import COUNTERS, HISTOGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from bot.metrics import Described, TallyKey
    from bot.store.tallies import ServiceState

__all__ = ["CONTENT_TYPE_LATEST", "render_metrics"]


def render_metrics(tallies: Mapping[TallyKey, float], state: ServiceState) -> bytes:
    """Return the text for Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Known([*_counters(tallies), *_histograms(tallies), *_gauges(state)]))
    return generate_latest(registry)


class _Known(Collector):
    """Metrics that are known already."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Yield them."""
        yield from self._metrics


def _counters(tallies: Mapping[TallyKey, float]) -> Iterator[Metric]:
    for name, described in COUNTERS.items():
        family = CounterMetricFamily(name, described.text, labels=described.labels)
        found = {labels: value for (of, labels), value in tallies.items() if of == name}
        if not described.labels:
            found.setdefault((), 0.0)
        for labels, value in sorted(found.items()):
            family.add_metric(labels, value)
        yield family


def _histograms(tallies: Mapping[TallyKey, float]) -> Iterator[Metric]:
    for name, described in HISTOGRAMS.items():
        family = HistogramMetricFamily(name, described.text, labels=described.labels)
        counted: dict[tuple[str, ...], dict[str, float]] = {}
        for (of, labels), value in tallies.items():
            if of == name:
                counted.setdefault(labels[:-1], {})[labels[-1]] = value
        for labels, by_end in sorted(counted.items()):
            family.add_metric(labels, _cumulated(described, by_end), by_end.get("sum", 0.0))
        yield family


def _cumulated(described: Described, by_end: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the buckets as Prometheus has them: each counts what is in the ones before it too."""
    buckets = []
    total = 0.0
    for end in (*(f"{end:g}" for end in described.buckets), "+Inf"):
        total += by_end.get(end, 0.0)
        buckets.append((end, total))
    return buckets


def _gauges(state: ServiceState) -> Iterator[Metric]:
    states = ("stored", "routed", "done", "ignored", "failed")
    deliveries = {each: float(state.deliveries.get(each, 0)) for each in states}
    yield _by("thoth_deliveries", "Deliveries kept, by state.", "state", deliveries)
    jobs = {each: float(count) for each, count in state.jobs.items()}
    yield _by("thoth_jobs", "Jobs that are not done, by state.", "state", jobs)
    text = "Since the oldest job of the state is due, or at work; 0 without one."
    yield _by("thoth_job_oldest_seconds", text, "state", dict(state.job_ages))
    knowledge = state.knowledge
    for name, text, value in (
        (
            "thoth_github_requests_left",
            "Requests that GitHub allows until its next hour, of the installation with the fewest.",
            state.requests_left,
        ),
        (
            "thoth_github_writes_last_hour",
            "Writes to GitHub in the last hour, of the installation with the most.",
            state.writes_an_hour,
        ),
        (
            "thoth_github_closed_installations",
            "Installations to which GitHub lets nothing be sent now.",
            state.closed_installations,
        ),
        (
            "thoth_advisories_taken_in_age_seconds",
            "Since advisories were last taken in.",
            knowledge.advisories_taken_in,
        ),
        (
            "thoth_advisories_data_age_seconds",
            "Since the newest change in the advisories.",
            knowledge.advisories_data,
        ),
        ("thoth_watched_packages", "Packages that are looked at.", knowledge.watched_pages),
        (
            "thoth_watch_overdue_seconds",
            "Since the package that waits longest should have been looked at.",
            knowledge.page_overdue,
        ),
        (
            "thoth_event_unhandled_seconds",
            "Since the oldest event that nothing has come of yet.",
            knowledge.event_unhandled,
        ),
    ):
        if value is not None:
            yield GaugeMetricFamily(name, text, value=float(value))


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family

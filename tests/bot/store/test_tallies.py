"""What is counted by several processes, and what `/metrics` makes of it."""

from __future__ import annotations

import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from advisor_core.errors import StoreError
from advisor_core.index.tally import REQUESTS, outcome_of
from advisor_core.knowledge import Store
from bot.jobs.routing import Work
from bot.metrics import COUNTERS, HISTOGRAMS, Metrics
from bot.store.service import ServiceStore
from bot.store.tallies import flush
from bot.web.metrics import render_metrics


class Clock:
    def __init__(self, now=10_000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(database_url, clock):
    REQUESTS.take()
    opened = ServiceStore.open(database_url, clock)
    yield opened
    opened.close()


def shown(store):
    """Every sample by its name and labels, as Prometheus reads it."""
    text = render_metrics(store.tallies.read(), store.tallies.state()).decode()
    return {
        (
            sample.name,
            *(value for name, value in sample.labels.items() if name != "le"),
            *([float(sample.labels["le"])] if "le" in sample.labels else []),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_what_several_processes_counted_is_one_sum(store, database_url):
    web, worker = Metrics(), Metrics()
    web.accepted(100)
    web.refused("the signature is wrong")
    worker.job("update", "done", 0.3)
    worker.job("update", "done", 7.0)
    worker.github_request("ok")
    flush(web, store.tallies)
    flush(worker, store.tallies)
    web.accepted(50)
    worker.job("update", "done", 1000.0)
    other = ServiceStore.open(database_url)
    flush(web, other.tallies)
    flush(worker, other.tallies)
    other.close()
    found = shown(store)
    assert found["thoth_deliveries_accepted_total",] == 2
    assert found["thoth_delivery_bytes_total",] == 150
    assert found["thoth_deliveries_refused_total", "the signature is wrong"] == 1
    assert found["thoth_github_requests_total", "ok"] == 1
    buckets = {
        key[-1]: value for key, value in found.items() if key[0] == "thoth_job_seconds_bucket"
    }
    assert (buckets[0.1], buckets[0.5], buckets[5]) == (0, 1, 1)
    assert (buckets[10], buckets[600], buckets[float("inf")]) == (2, 2, 3)
    assert found["thoth_job_seconds_count", "update", "done"] == 3
    assert found["thoth_job_seconds_sum", "update", "done"] == pytest.approx(1007.3)


def test_counts_of_many_threads_add_up(store):
    def work():
        metrics = Metrics()
        for _ in range(5):
            metrics.accepted(1)
            metrics.github_request("ok")
            flush(metrics, store.tallies)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = shown(store)
    assert found["thoth_deliveries_accepted_total",] == 20
    assert found["thoth_github_requests_total", "ok"] == 20


def test_what_could_not_be_kept_is_counted_later(store, monkeypatch):
    metrics = Metrics()
    metrics.accepted(1)

    def fail(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(store.tallies, "add", fail)
    flush(metrics, store.tallies)
    monkeypatch.undo()
    flush(metrics, store.tallies)
    flush(metrics, store.tallies)
    assert shown(store)["thoth_deliveries_accepted_total",] == 1


def test_advice_is_counted_with_its_gap(store):
    metrics = Metrics()
    metrics.advised(0.7, {("optimal", 0): 2, ("feasible", 50): 1, ("newest", None): 1})
    flush(metrics, store.tallies)
    found = shown(store)
    assert found["thoth_advice_total", "optimal"] == 2
    assert found["thoth_advice_total", "newest"] == 1
    assert found["thoth_advice_seconds_count",] == 1
    assert found["thoth_advice_gap_bucket", 0] == 2
    assert found["thoth_advice_gap_bucket", 100] == 3
    assert found["thoth_advice_gap_count",] == 3


def test_jobs_are_told_by_state_and_age(store, clock):
    def want(number, delay=0.0):
        return store.jobs.want(Work("update", 7, number, "octo/hello"), delay_seconds=delay)

    want(1)
    clock.now += 100
    want(2)
    want(3, delay=3600.0)
    begun = store.jobs.begin(*want(4))
    failed = store.jobs.begin(*want(5))
    store.jobs.fail(failed, "GitHub is down", retry_seconds=60.0)
    done = store.jobs.begin(*want(6))
    store.jobs.finish(done)
    clock.now += 20
    found = shown(store)
    states = {key[1]: value for key, value in found.items() if key[0] == "thoth_jobs"}
    ages = {key[1]: value for key, value in found.items() if key[0] == "thoth_job_oldest_seconds"}
    assert states == {"waiting": 2, "delayed": 2, "working": 1, "failing": 1}
    assert ages == {"waiting": 120, "working": 20}
    assert begun.generation == 1
    clock.now += 50
    assert shown(store)["thoth_jobs", "waiting"] == 3, "the one that failed is due again"
    store.jobs.begin(failed.key, 2)
    found = shown(store)
    assert (found["thoth_jobs", "working"], found["thoth_jobs", "failing"]) == (2, 1)


def test_limits_are_of_the_installation_that_is_worst_off(store, clock):
    metrics = Metrics()
    metrics.limit(7, 4000, clock.now + 100)
    metrics.limit(8, 12, clock.now + 100)
    metrics.limit(9, 0, clock.now - 100)
    flush(metrics, store.tallies)
    store.paces.close(8, clock.now + 50)
    found = shown(store)
    assert found["thoth_github_requests_left",] == 12
    assert found["thoth_github_writes_last_hour",] == 0
    if store.database.is_sqlite:  # PostgreSQL has its own clock for paces
        store.paces.take(7, "worker", between_seconds=1.0, most_an_hour=500)
        assert shown(store)["thoth_github_writes_last_hour",] == 1
    assert found["thoth_github_closed_installations",] == 1


def test_knowledge_has_its_age(store, clock, database_url, tmp_path):
    assert ("thoth_advisories_taken_in_age_seconds",) not in shown(store)
    with Store.open(database_url) as knowledge:
        knowledge.watch_packages(
            "https://pypi.org/simple", ["flask"], now=int(clock.now), interval_seconds=3600
        )
    clock.now += 10 * 3600
    found = shown(store)
    assert found["thoth_watched_packages",] == 1
    assert 9 * 3600 <= found["thoth_watch_overdue_seconds",] <= 10 * 3600


def test_an_empty_service_shows_zeros_and_no_guesses(store):
    found = shown(store)
    assert found["thoth_deliveries_accepted_total",] == 0
    assert found["thoth_jobs", "waiting"] == 0
    assert ("thoth_github_requests_left",) not in found


def test_outcomes_of_requests_to_indexes_are_a_few_words(store):
    words = {outcome_of(status) for status in range(200, 600)}
    assert words == {"ok", "redirected", "unchanged", "missing", "limited", "refused", "failed"}
    REQUESTS.add("ok")
    flush(Metrics(), store.tallies)
    assert shown(store)["thoth_index_requests_total", "ok"] == 1


def test_every_metric_is_documented(request):
    text = (request.config.rootpath / "docs" / "app.md").read_text()
    gauges = render_metrics({}, _state()).decode()
    named = {line.split()[2] for line in gauges.splitlines() if line.startswith("# TYPE")}
    assert named >= {*(f"{name}_total" for name in COUNTERS), *HISTOGRAMS}
    for name in named:
        assert f"`{name}`" in text, name


def _state():
    from advisor_core.knowledge.ages import KnowledgeAges
    from bot.store.tallies import ServiceState

    return ServiceState({}, {}, {}, 1, 1, 1, KnowledgeAges(1, 1, 1, 1, 1))

"""From events to repositories: who, in which order, and that nothing is lost."""

from __future__ import annotations

import pytest

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.records import AdvisoryRecord
from advisor_core.knowledge import (
    AdvisoryImport,
    ManifestRecord,
    RepositoryRecord,
    Store,
    open_advisories,
)
from advisor_core.knowledge.release_events import Event
from bot.jobs.feeding import SECONDS_BETWEEN_JOBS
from bot.watch.advisories import concerned_versions, refresh_advisories
from bot.watch.consequences import act_on_events, take_turns

NOW = 1_800_000_000


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as opened:
        yield opened


def lock(store, number, *, installation=1, environment="", **pins):
    repository = RepositoryRecord(number, installation, f"o/{number}", is_private=False)
    store.record_manifests([ManifestRecord(repository, "l", environment, "c", 1, pins)])


def act(store, url, **options):
    asked = []
    with open_advisories(url) as advisories:
        act_on_events(
            store,
            asked.append,
            concerned_versions=lambda event, versions: concerned_versions(
                event, versions, advisories
            ),
            now=lambda: NOW,
            **options,
        )
    return [(each.repository.forge_id, each.urgency, each.delay_seconds) for each in asked]


def keep(store, kind, package="flask", version=None, **fields):
    store.keep_events([Event(kind, package, version, "subject", **fields)], NOW)


def advise(store, identifier, package="flask", *, fixed="2", **fields):
    advisory = Advisory(identifier, package, **fields)
    record = AdvisoryRecord(advisory, ranges=((("introduced", "0"), ("fixed", fixed)),))
    return store.record_advisories(AdvisoryImport("test", [record], 1, NOW), keep_events=True)


def test_a_release_concerns_whoever_locks_the_package(store, database_url):
    lock(store, 1, flask="1.0")
    lock(store, 2, django="4.0")
    keep(store, "released", version="2.0")
    assert [each[0] for each in act(store, database_url)] == [1]
    assert store.pending_events() == []
    assert act(store, database_url) == []


def test_a_yank_concerns_who_locks_that_release(store, database_url):
    lock(store, 1, flask="1.0")
    lock(store, 2, flask="2.0")
    keep(store, "yanked", version="2.0")
    keep(store, "hash-changed", version="9.0")
    assert [each[0] for each in act(store, database_url)] == [2]


def test_an_advisory_concerns_who_locks_a_vulnerable_release(store, database_url):
    lock(store, 1, flask="1.0")
    lock(store, 2, flask="2.0")
    advise(store, "PYSEC-0", "other")
    advise(store, "GHSA-1", aliases=("CVE-1",), severity="high")
    assert [each[0] for each in act(store, database_url)] == [1]


def test_only_advisories_on_what_is_locked_are_news(store):
    lock(store, 1, flask="1.0")
    advise(store, "PYSEC-1")
    assert [each.event.subject for each in store.pending_events()] == ["PYSEC-1"]
    advise(store, "PYSEC-2", "unlocked")
    advise(store, "PYSEC-1")
    assert [each.event.subject for each in store.pending_events()] == ["PYSEC-1"]
    advise(store, "PYSEC-2", "flask", summary="now it is flask")
    assert [each.event.subject for each in store.pending_events()] == ["PYSEC-1", "PYSEC-2"]


@pytest.mark.parametrize(
    ("severity", "least", "acts"),
    [
        ("high", "high", True),
        ("medium", "high", False),
        ("critical", "high", True),
        ("unknown", "high", True),
        ("low", "low", True),
    ],
)
def test_a_severity_below_the_threshold_is_not_acted_upon(
    store, database_url, severity, least, acts
):
    lock(store, 1, flask="1.0")
    advise(store, "PYSEC-0", "other")
    advise(store, "PYSEC-1", severity=severity)
    assert bool(act(store, database_url, least_severity=least)) == acts
    assert store.pending_events() == []


def test_a_withdrawn_advisory_asks_for_nothing(store, database_url):
    lock(store, 1, flask="1.0")
    advise(store, "PYSEC-1")
    advise(store, "PYSEC-1", withdrawn=True)
    assert [each.event.kind for each in store.pending_events()] == [
        "advisory",
        "advisory-withdrawn",
    ]
    assert act(store, database_url) == []


def test_security_comes_first_and_each_repository_once(store, database_url):
    lock(store, 1, flask="1.0", django="4.0")
    lock(store, 2, django="4.0")
    lock(store, 3, requests="1.0")
    lock(store, 3, environment="gpu", requests="1.0")
    advise(store, "PYSEC-0", "other")
    keep(store, "released", "django", "5.0")
    keep(store, "vanished", "requests", "1.0")
    advise(store, "PYSEC-1", severity="low")
    assert [each[:2] for each in act(store, database_url)] == [(1, 0), (3, 1), (2, 2)]


def test_installations_take_turns(store, database_url):
    for number in range(1, 9):
        lock(store, number, installation=1 if number <= 6 else number, flask="1.0")
    keep(store, "released", version="2.0")
    found = {number: delay for number, _, delay in act(store, database_url)}
    assert [found[number] for number in range(1, 7)] == [
        SECONDS_BETWEEN_JOBS * turn for turn in range(6)
    ]
    assert found[7] == found[8] == 0


def test_turns_go_on_where_they_ended():
    repositories = [RepositoryRecord(number, 1, "o/n", is_private=False) for number in range(3)]
    turns = {}
    first = list(take_turns(repositories[:2], already=turns, seconds_between=10))
    second = list(take_turns(repositories[2:], already=turns, seconds_between=10))
    assert [delay for _, delay in first + second] == [0, 10, 20]


def test_what_was_not_asked_for_before_a_crash_is_asked_for_again(store, database_url):
    for number in range(1, 4):
        lock(store, number, flask="1.0")
    keep(store, "released", version="2.0")
    asked = []

    def die_at_the_second(consequence):
        if len(asked) == 1:
            raise RuntimeError("killed")
        asked.append(consequence)

    with pytest.raises(RuntimeError):
        act_on_events(store, die_at_the_second, concerned_versions=lambda *_: None, now=lambda: NOW)
    assert len(store.pending_events()) == 1
    assert len(act(store, database_url)) == 3


def test_refreshing_advisories_makes_news_of_what_is_new(store, tmp_path):
    lock(store, 1, flask="1.0")
    path = tmp_path / "osv.jsonl"
    line = '{"id": "PYSEC-%d", "modified": "2024-01-0%dT00:00:00Z", "affected": [{"package": '
    line += '{"name": "flask", "ecosystem": "PyPI"}, "versions": ["1.0"]}]}\n'
    path.write_text(line % (1, 1))
    refresh_advisories(store, str(path), clock=lambda: NOW)
    assert [each.event.subject for each in store.pending_events()] == ["PYSEC-1"]
    path.write_text(line % (1, 1) + line % (2, 2))
    report = refresh_advisories(store, str(path), clock=lambda: NOW + 1)
    assert report.changes.added == ("PYSEC-2",)
    assert [each.event.subject for each in store.pending_events()] == ["PYSEC-1", "PYSEC-2"]

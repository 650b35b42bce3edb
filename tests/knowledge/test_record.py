"""What locking learnt is kept."""

from __future__ import annotations

from advisor_core.knowledge.record import record_answers
from advisor_core.knowledge.store import Store
from advisor_core.model import IndexSource, Skipped
from advisor_core.outcome import Answers
from advisor_core.releases import CoreMetadata
from fakes.releases import MemoryReleases, Release

SOURCES = (IndexSource("pypi", "https://user:secret@index.example/simple"),)


def answers() -> Answers:
    projects = {"a": MemoryReleases("a", {"1.0": Release(("b>=1",)), "2.0": Release()})}
    metadata = {
        ("a", "1.0"): CoreMetadata("a", "1.0", ("b>=1",)),
        ("a", "2.0"): Skipped("its metadata is dynamic"),
    }
    return Answers(projects, metadata)


def test_answers_are_kept_once(database_url):
    first = record_answers(database_url, answers(), sources=SOURCES, clock=lambda: 1000)
    again = record_answers(database_url, answers(), sources=SOURCES, clock=lambda: 2000)
    assert first.releases_added == 2
    assert again.releases_added == 0
    with Store.open(database_url) as store:
        assert [release.version for release in store.releases("a")] == ["2.0", "1.0"]
        assert [each.name for each in store.requirements("a", "1.0")] == ["b"]
        assert store.metadata("a", "2.0") == Skipped("its metadata is dynamic")


def test_credentials_of_an_index_are_not_kept(tmp_path):
    path = tmp_path / "knowledge.db"
    record_answers(f"sqlite:///{path}", answers(), sources=SOURCES)
    assert b"secret" not in path.read_bytes()


def test_what_came_from_the_cache_is_recorded_with_the_time_it_was_said(database_url):
    given = answers()
    given.projects["a"].seen_at = 500
    record_answers(database_url, given, sources=SOURCES, clock=lambda: 1000)
    with Store.open(database_url) as store:
        assert {release.first_seen_at for release in store.releases("a")} == {500}

"""The watch over an index: politely, and losing nothing. On a virtual clock, on both databases."""

from __future__ import annotations

import pytest

from advisor_core.errors import IndexFailure
from advisor_core.index.look import Look, Validators
from advisor_core.knowledge import ManifestRecord, ProjectRecord, RepositoryRecord, Store
from bot.watch.releases import Pace, ReleaseWatch
from fakes.project_pages import FakeReleases, make_artifact

INDEX = "https://pypi.example/simple"
PACE = Pace(interval_seconds=100, gap_seconds=0.5, longest_back_off_seconds=1000)


class Clock:
    def __init__(self):
        self.now = 1_000_000.0
        self.slept = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


class FakeIndex:
    """Pages by package; None: no page; an exception: the index fails."""

    def __init__(self, **pages):
        self.pages = pages
        self.asked = []
        self.serials = {}

    async def look(self, name, known):
        self.asked.append((name, known))
        page = self.pages.get(name)
        if isinstance(page, Exception):
            raise page
        if page is None:
            return Look("missing", Validators())
        given = Validators(serial=self.serials.get(name))
        if given.serial is not None and given.serial == known.serial:
            return Look("same", given)
        return Look("page", given, page)


class FakeFeed:
    def __init__(self):
        self.answers = []
        self.cursors = []

    async def changed_since(self, cursor):
        self.cursors.append(cursor)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(name, *versions, yanked=None, uploaded_at=None):
    return FakeReleases(
        name,
        {
            version: [
                make_artifact(f"{name}-{version}.tar.gz", yanked=yanked, upload_time=uploaded_at)
            ]
            for version in versions
        },
    )


def lock(store, number, **pins):
    repository = RepositoryRecord(number, 1, f"o/{number}", is_private=False)
    store.record_manifests([ManifestRecord(repository, "l", "", "c", 1, pins)])


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as opened:
        lock(opened, 1, flask="1.0")
        yield opened


def make_watch(store, index, clock, **options):
    return ReleaseWatch(store, INDEX, index, clock=clock, sleep=clock.sleep, pace=PACE, **options)


async def rounds(watch, clock, *, seconds, step=10):
    """Run rounds for a while; return the kinds of the events with their versions."""
    found = []
    end = clock.now + seconds
    while clock.now < end:
        done = await watch.run_round()
        found += [(event.kind, event.version) for event in done.events]
        clock.now += step
    return found


async def test_a_new_release_is_one_event_within_one_interval(store, clock):
    index = FakeIndex(flask=page("flask", "1.0"))
    watch = make_watch(store, index, clock)
    assert await rounds(watch, clock, seconds=200) == []
    index.pages["flask"] = page("flask", "1.0", "1.1")
    assert await rounds(watch, clock, seconds=110) == [("released", "1.1")]
    assert await rounds(watch, clock, seconds=300) == []
    (pending,) = store.pending_events()
    assert (pending.event.kind, pending.event.package) == ("released", "flask")


@pytest.mark.parametrize("uploaded_at", [10, None])
async def test_what_was_released_between_the_advice_and_the_first_look_is_news(
    store, clock, uploaded_at
):
    index = FakeIndex(flask=page("flask", "1.0", "1.1", uploaded_at=uploaded_at))
    watch = make_watch(store, index, clock)
    found = await rounds(watch, clock, seconds=250)
    assert ("released", "1.1") in found
    assert len(found) == (2 if uploaded_at else 1), "1.0 came since then too, for all that is known"


async def test_what_was_there_when_a_repository_had_advice_is_no_news_at_the_first_look(
    store, clock
):
    record = RepositoryRecord(1, 1, "o/1", is_private=False)
    now = int(clock())
    store.record_manifests([ManifestRecord(record, "l", "", "c", now, {"flask": "1.0"})])
    index = FakeIndex(flask=page("flask", "1.0", "1.1", uploaded_at=now - 86_400))
    assert await rounds(make_watch(store, index, clock), clock, seconds=250) == []


async def test_each_package_is_asked_for_once_per_interval_for_all_repositories(store, clock):
    for number in range(2, 12):
        lock(store, number, flask="1.0", django="4.0")
    index = FakeIndex(flask=page("flask", "1.0"), django=page("django", "4.0"))
    watch = make_watch(store, index, clock)
    await rounds(watch, clock, seconds=1000)
    asked = [name for name, _ in index.asked]
    assert 9 <= asked.count("flask") <= 10
    assert 9 <= asked.count("django") <= 10
    assert set(asked) == {"flask", "django"}


async def test_first_looks_are_spread_over_the_interval_with_a_gap_between(store, clock):
    lock(store, 2, **{f"package{number}": "1" for number in range(200)})
    index = FakeIndex()
    watch = make_watch(store, index, clock)
    done = await watch.run_round()
    assert done.looked < 20
    await rounds(watch, clock, seconds=40, step=1)
    assert 40 <= len(index.asked) <= 140
    assert set(clock.slept) == {0.5}


async def test_an_index_that_fails_is_asked_less_and_less_often(store, clock):
    index = FakeIndex(flask=IndexFailure("down"))
    watch = make_watch(store, index, clock)
    await rounds(watch, clock, seconds=10_000)
    assert 5 <= len(index.asked) <= 14
    index.pages["flask"] = page("flask", "1.0")
    await rounds(watch, clock, seconds=1_100)
    before = len(index.asked)
    await rounds(watch, clock, seconds=1_000)
    assert 9 <= len(index.asked) - before <= 10


async def test_validators_are_sent_and_an_unchanged_page_is_not_recorded(store, clock):
    index = FakeIndex(flask=page("flask", "1.0"))
    index.serials["flask"] = "7"
    watch = make_watch(store, index, clock)
    await rounds(watch, clock, seconds=250)
    assert [known.serial for _, known in index.asked][:2] == [None, "7"]
    index.pages["flask"], index.serials["flask"] = page("flask", "1.0", "2.0"), "8"
    assert await rounds(watch, clock, seconds=110) == [("released", "2.0")]


async def test_a_page_that_is_missing_once_is_no_event_and_for_long_one(store, clock):
    index = FakeIndex(flask=page("flask", "1.0"))
    watch = make_watch(store, index, clock)
    await rounds(watch, clock, seconds=150)
    index.pages["flask"] = None
    assert await rounds(watch, clock, seconds=150) == []
    assert await rounds(watch, clock, seconds=1000) == [("vanished", None)]


async def test_failures_of_the_index_are_no_sign_that_a_package_vanished(store, clock):
    index = FakeIndex(flask=page("flask", "1.0"))
    watch = make_watch(store, index, clock)
    await rounds(watch, clock, seconds=150)
    for trouble in (IndexFailure("down"), None, IndexFailure("down"), None) * 3:
        index.pages["flask"] = trouble
        asked = len(index.asked)
        while len(index.asked) == asked:
            assert await rounds(watch, clock, seconds=10) == []
    assert store.pending_events() == []


async def test_what_nobody_locks_any_more_is_not_asked_for(store, clock):
    index = FakeIndex(flask=page("flask", "1.0"))
    watch = make_watch(store, index, clock)
    await rounds(watch, clock, seconds=150)
    store.forget_repositories([1])
    before = len(index.asked)
    await rounds(watch, clock, seconds=300)
    assert len(index.asked) == before


async def test_a_restart_in_between_loses_nothing_and_repeats_nothing(store, clock, monkeypatch):
    index = FakeIndex(flask=page("flask", "1.0"))
    await rounds(make_watch(store, index, clock), clock, seconds=150)
    index.pages["flask"] = page("flask", "1.0", "1.1")

    def die(*_arguments, **_options):
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(store, "note_look", die)
        with pytest.raises(RuntimeError):
            await rounds(make_watch(store, index, clock), clock, seconds=110)
    await rounds(make_watch(store, index, clock), clock, seconds=300)
    assert [each.event.version for each in store.pending_events()] == ["1.1"]


async def test_a_page_recorded_by_somebody_else_is_seen_all_the_same(store, clock):
    index = FakeIndex(flask=page("flask", "1.0"))
    watch = make_watch(store, index, clock)
    await rounds(watch, clock, seconds=150)
    store.record_projects([ProjectRecord(INDEX, page("flask", "1.0", "1.1"), int(clock()))])
    store.record_projects([ProjectRecord(INDEX, page("flask", "0.1"), 5)])
    assert [each.event.version for each in store.pending_events()] == ["1.1"]


async def test_a_feed_brings_packages_forward(store, clock):
    index = FakeIndex(flask=page("flask", "1.0"))
    feed = FakeFeed()
    pace = Pace(interval_seconds=100, gap_seconds=0, feed_interval_seconds=100_000)
    watch = ReleaseWatch(store, INDEX, index, clock=clock, sleep=clock.sleep, pace=pace, feed=feed)
    feed.answers = [((), "10"), (("flask", "other"), "11"), IndexFailure("down"), ((), "12")]
    await watch.run_round()
    assert index.asked == []
    await watch.run_round()
    assert [name for name, _ in index.asked] == ["flask"]
    clock.now += 10
    await watch.run_round()
    await watch.run_round()
    assert len(index.asked) == 1
    assert feed.cursors == [None, "10", "11", "11"]


async def test_a_package_is_looked_at_on_the_index_its_lockfile_names_alone(store):
    other = "https://private.example/simple"
    here, there = FakeIndex(alpha=page("alpha", "1")), FakeIndex(secret=page("secret", "1"))
    clock = Clock()

    def record(number, **indexes):
        repository = RepositoryRecord(number, 7, f"o/{number}", is_private=True)
        pins = {"alpha": "1", "secret": "1"}
        manifest = ManifestRecord(
            repository, "Pipfile.lock", "", "c", int(clock()), pins, {**indexes}
        )
        store.record_manifests([manifest])

    async def look():
        clock.now += PACE.interval_seconds + 1
        for url, index in ((INDEX, here), (other, there)):
            watch = ReleaseWatch(
                store,
                url,
                index,
                clock=clock,
                sleep=clock.sleep,
                pace=PACE,
                is_default=url == INDEX,
            )
            await watch.run_round()
            await watch.run_round()
        asked = [sorted({name for name, _ in index.asked}) for index in (here, there)]
        here.asked.clear()
        there.asked.clear()
        return asked

    record(1, secret=other)
    await look()
    assert await look() == [["alpha", "flask"], ["secret"]]
    record(2)  # takes it from the index that is asked by default
    await look()
    assert await look() == [["alpha", "flask", "secret"], ["secret"]]
    record(1)
    store.forget_repositories([2])
    await look()
    assert await look() == [["alpha", "flask", "secret"], []]

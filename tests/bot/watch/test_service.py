"""The whole watch of a worker against an index on loopback: from a release to asked-for work."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace

import pytest

from advisor_core.index.cache import Cache
from advisor_core.index.client import IndexClient
from advisor_core.index.sources import public_url
from advisor_core.knowledge import RepositoryRecord, Store, open_advisories
from advisor_core.knowledge.check_records import CheckedLock
from advisor_core.model import IndexSource
from advisor_core.outcome import LockOutcome
from bot.github.pace import NoPace
from bot.github.throttle import Throttle
from bot.jobs.feeding import Feeder
from bot.jobs.routing import Routed
from bot.jobs.runner import JobRunner
from bot.store.service import ServiceStore
from bot.watch.releases import Pace
from bot.watch.service import LOOK_SECONDS, KnowledgeWatch, WatchTerms
from fakes.advisor import FakeProposal
from fakes.memory_forge import Hub, MemoryForge, Repository
from fakes.outcomes import change, improved, target
from fakes.package_index import PackageIndex

REPOSITORY = RepositoryRecord(11, 7, "o/name", is_private=True)


def lockfile(**pins):
    entries = {name: {"version": f"=={version}"} for name, version in pins.items()}
    return json.dumps(
        {"_meta": {"hash": {"sha256": ""}}, "default": entries, "develop": {}}
    ).encode()


@pytest.fixture
def index():
    with PackageIndex() as running:
        running.add("flask", "1.0")
        running.add("click", "1.0")
        yield running


@pytest.fixture
def make_watch(index, database_url, tmp_path):
    opened = []

    def make(owner="one", want=None, **terms):
        now = [1_900_000_000.0]
        asked = []
        watch = KnowledgeWatch(
            WatchTerms(
                database_url=database_url,
                index_url=index.url,
                allow_address=None,
                osv_source=None,
                **{
                    "cache_folder": tmp_path / "cache",
                    "pace": Pace(interval_seconds=1, gap_seconds=0),
                    **terms,
                },
            ),
            owner=owner,
            want=want or (lambda work, delay: asked.append((work.key, delay))),
            clock=lambda: now[0],
        )
        opened.append(watch)
        return watch, now, asked

    yield make
    for watch in opened:
        watch.close()


def outcome_of(content):
    return LockOutcome(target(), "unchanged", content, None)


def test_a_release_asks_for_the_repositories_that_lock_the_package(make_watch, index, tmp_path):
    watch, now, asked = make_watch()
    watch.remember(REPOSITORY, (outcome_of(lockfile(flask="1.0", click="1.0")),), "c" * 40)
    now[0] += 10
    watch.look()
    assert asked == []
    index.add("flask", "1.1")
    now[0] += 10
    watch.look()
    assert asked == [("update:11", 0.0)]
    now[0] += 10
    watch.look()
    assert len(asked) == 1
    page = Cache(tmp_path / "cache").read_page(public_url(index.url), "flask")
    assert page is not None
    assert page.head.versions == ("1.1", "1.0")


async def test_another_machine_asks_anew_for_what_changed_and_for_nothing_else(
    make_watch, index, tmp_path
):
    watch, now, _ = make_watch()
    watch.remember(REPOSITORY, (outcome_of(lockfile(flask="1.0", click="1.0")),), "c" * 40)
    now[0] += 10
    await asyncio.to_thread(watch.look)
    url = public_url(index.url)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "cache", elsewhere)
    other, later, _ = make_watch("other", cache_folder=elsewhere)
    cache = Cache(elsewhere)
    with_credentials = f"{url}#{'ab' * 16}"
    entry = next(elsewhere.glob("*/*/flask/page")).read_bytes()
    cache.write_page(with_credentials, "flask", entry)

    async def newest(name):
        async with IndexClient((IndexSource("x", index.url),), cache, {}, environment={}) as client:
            return (await client.project(name)).versions[0]

    index.add("flask", "1.1")
    assert await newest("flask") == "1.0", "what was kept is fresh enough for this"
    later[0] = now[0] = now[0] + 10
    other.freshen()
    assert await newest("flask") == "1.0"
    await asyncio.to_thread(watch.look)
    other.freshen()
    make_watch("without a cache", cache_folder=tmp_path / "none")[0].freshen()
    index.add("click", "1.1")
    assert await newest("click") == "1.0"
    assert await newest("flask") == "1.1"
    old = {path.stat().st_mtime == 0 for path in elsewhere.glob("*/*/flask/page")}
    assert old == {False, True}, "the one that was asked for anew, and that of others"


def test_the_pull_request_is_open_before_the_package_is_looked_at_again(
    make_watch, index, database_url
):
    """A release is seen with the next look, at most an interval later, and that look has it proposed."""
    interval = 300
    pace = Pace(interval_seconds=interval, gap_seconds=0)
    hub = Hub(seconds_per_request=0, repositories={11: Repository(11, 7)})
    store = ServiceStore.open(database_url, lambda: now[0])

    class OneRepository:
        async def forge(self, *, fence, ledger, **_others):
            throttle = Throttle(clock=lambda: now[0], sleep=asyncio.sleep, pace=NoPace())
            return MemoryForge(hub, hub.repositories[11], throttle, fence, ledger)

    async def propose(_files, _wish=None):
        newest = "1.1" if released else "1.0"
        changes = [change("flask", "1.0", "1.1")] if released else []
        outcome = improved(changes, status="improved" if released else "unchanged")
        return FakeProposal((replace(outcome, new_text=lockfile(flask=newest)),))

    class AtOnce:
        def start(self, pending, *, delay_seconds):
            assert delay_seconds == 0
            asyncio.run(runner.run(pending.key, pending.generation))

        def states(self, _pending):
            return {}

        def count_waiting(self, _most):
            return 0

    watch, now, _ = make_watch(
        pace=pace, want=lambda work, delay: store.jobs.want(work, delay_seconds=delay)
    )
    runner = JobRunner(store, OneRepository, propose, lambda _key: None, clock=lambda: now[0])
    feeder = Feeder(store.jobs, store.paces, AtOnce(), lambda: now[0])
    watch.remember(REPOSITORY, (outcome_of(lockfile(flask="1.0")),), "c" * 40)
    released = False

    def go_on():
        now[0] += LOOK_SECONDS
        watch.look()
        feeder.feed(1)

    while not index.count("/simple/flask/"):
        go_on()
    looks = index.count("/simple/flask/")
    index.add("flask", "1.1")
    released, since = True, now[0]
    while not hub.repositories[11].pull_requests and now[0] < since + 2 * interval:
        go_on()
    assert [each.branch for each in hub.repositories[11].pull_requests] == [
        "thoth/update/pipfile-lock"
    ]
    assert now[0] - since < interval + LOOK_SECONDS
    assert index.count("/simple/flask/") == looks + 1
    store.close()


def test_what_was_forgotten_is_not_asked_for(make_watch, index):
    watch, now, asked = make_watch()
    watch.remember(REPOSITORY, (outcome_of(lockfile(flask="1.0")),), "c" * 40)
    now[0] += 10
    watch.look()
    watch.forget(Routed(forgotten_repositories=(11,)))
    watch.forget(Routed(forgotten_installation=7))
    index.add("flask", "1.1")
    now[0] += 10
    watch.look()
    assert asked == []


def test_one_worker_watches_and_another_takes_over(make_watch, index, database_url):
    first, now, _ = make_watch("first")
    second, later, _ = make_watch("second")
    first.remember(REPOSITORY, (outcome_of(lockfile(flask="1.0")),), "c" * 40)
    first.look()
    now[0] = later[0] = now[0] + 10
    before = index.count("/simple/flask/")
    second.look()
    assert index.count("/simple/flask/") == before
    later[0] += 700
    second.look()
    first.look()
    assert index.count("/simple/flask/") == before + 1


def test_a_lockfile_that_cannot_be_read_is_left_out(make_watch, database_url):
    watch, _, _ = make_watch()
    outcomes = (outcome_of(b"{"), outcome_of(None), outcome_of(lockfile(flask="1.0")))
    watch.remember(REPOSITORY, outcomes, "c" * 40)
    with Store.open(database_url) as store:
        (found,) = store.affected("flask")
    assert (found.repository, found.environment, found.version) == (REPOSITORY, "default", "1.0")


def test_advisories_ask_for_who_locks_a_vulnerable_release(make_watch, database_url, tmp_path):
    path = tmp_path / "osv.jsonl"
    line = '{"id": "PYSEC-%d", "affected": [{"package": {"name": "flask", "ecosystem": "PyPI"},'
    line += ' "versions": ["1.0"]}]}\n'
    path.write_text(line % 1)
    watch, now, asked = make_watch()
    watch._terms = WatchTerms(
        database_url, watch._terms.index_url, None, tmp_path, osv_source=str(path)
    )
    watch.remember(REPOSITORY, (outcome_of(lockfile(flask="1.0")),), "c" * 40)
    watch.refresh()
    assert asked == [("update:11", 0.0)]
    asked.clear()
    watch.refresh()
    assert asked == []
    path.write_text(line % 1 + line % 2)
    now[0] += 10
    watch.refresh()
    assert asked == [("update:11", 0.0)]
    with open_advisories(database_url) as advisories:
        assert len(advisories.of_package("flask")) == 2
    path.write_text("damaged")
    watch.refresh()
    assert len(asked) == 1


def test_what_became_private_is_private_until_github_says_otherwise(make_watch, database_url):
    watch, now, _ = make_watch()
    public = RepositoryRecord(11, 7, "o/name", is_private=False)
    outcomes = (outcome_of(lockfile(flask="1.0")),)
    watch.remember(public, outcomes, "c" * 40)
    watch.forget(Routed(hidden_repositories=(11, 12)))
    with Store.open(database_url) as store:
        (found,) = store.affected("flask")
        assert found.repository.is_private
        now[0] += 1
        watch.remember(public, outcomes, "c" * 40)
        (found,) = store.affected("flask")
        assert not found.repository.is_private


def test_chores_are_done_once_by_all_workers_and_soon_again_when_they_fail(
    make_watch, database_url, tmp_path
):
    now = [1_000_000.0]
    store = ServiceStore.open(database_url, lambda: now[0])
    workers = [make_watch(name)[0] for name in ("first", "second")]
    done = []
    path = tmp_path / "osv.jsonl"
    for watch in workers:
        watch._chores = store.chores
        watch._terms = WatchTerms(
            database_url, watch._terms.index_url, None, tmp_path, osv_source=str(path)
        )
        watch.refresh = lambda refresh=watch.refresh: done.append(refresh()) or done[-1]

    def after(seconds):
        now[0] += seconds
        for watch in workers:
            watch.do_chores()
        found, done[:] = list(done), []
        return found

    assert after(0) == [False]
    path.write_text(
        '{"id": "PYSEC-1", "affected": [{"package": {"name": "flask", "ecosystem": "PyPI"},'
        ' "versions": ["1.0"]}]}\n'
    )
    assert after(899) == []
    assert after(1) == [True]
    assert after(6 * 3600 - 1) == []
    assert after(1) == [True]
    store.close()


def test_what_ci_said_is_told_to_whom_it_may_concern(make_watch):
    watch, _, _ = make_watch()
    lock = CheckedLock(REPOSITORY, "c" * 40, "passed", {"flask": "1.0"}, 5)
    assert watch.learn([lock]) == 1
    releases = {"flask": "1.0", "click": "1.0"}
    environments = outcome_of(None).target.environments
    mine = watch.seen((7, 11), releases, environments)
    assert {name: each.passed for name, each in mine.items()} == {"flask": 1}
    assert watch.seen((8, 12), releases, environments) == {}


def test_what_a_lockfile_takes_from_a_private_index_is_asked_for_there_alone(
    make_watch, index, tmp_path
):
    with PackageIndex() as private:
        private.add("secret", "1.0")
        watch, now, asked = make_watch(further_indexes={private.url: private.url})
        lock = json.dumps(
            {
                "_meta": {
                    "hash": {"sha256": ""},
                    "sources": [
                        {"name": "pypi", "url": index.url, "verify_ssl": True},
                        {"name": "ours", "url": f"{private.url}/", "verify_ssl": True},
                    ],
                },
                "default": {
                    "flask": {"version": "==1.0", "index": "pypi"},
                    "secret": {"version": "==1.0", "index": "ours"},
                },
                "develop": {},
            }
        ).encode()
        watch.remember(REPOSITORY, (outcome_of(lock),), "c" * 40)
        now[0] += 10
        watch.look()
        private.add("secret", "1.1")
        now[0] += 10
        watch.look()
        assert asked == [("update:11", 0.0)]
        assert index.count("/simple/secret/") == 0
        assert index.count("/simple/flask/") > 0
        assert private.count("/simple/flask/") == 0

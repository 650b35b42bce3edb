"""What becomes of a job, whatever happens to it."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace

import pytest

from advisor_core.config import read_configuration
from advisor_core.errors import IndexFailure, InputError
from bot.errors import (
    BrokenError,
    GoneError,
    PermissionMissingError,
    RateLimitedError,
    SuspendedError,
    UnprocessableError,
)
from bot.github.threads import Message, Thread
from bot.jobs.background import in_thread
from bot.jobs.redelivery import ask_again
from bot.jobs.routing import Routed, Work
from bot.jobs.runner import JobRunner
from bot.jobs.site import Attempt, RepositoryName
from bot.local.forge import LocalForge
from bot.local.repository import open_repository
from bot.store.deliveries import Received
from bot.store.service import ServiceStore
from fakes.advisor import FakeAdvisor

WORK = Work("update", 7, 42, "octo/hello")


class FencedForge(LocalForge):
    """A local forge whose writes pass the fence, as those of GitHub do."""

    fence = None

    async def write_commit(self, commit):
        await self.fence()
        return await super().write_commit(commit)

    async def open_pull_request(self, *arguments, **options):
        await self.fence()
        return await super().open_pull_request(*arguments, **options)


class FakeSite:
    def __init__(self, path):
        self.path = path
        self.error = None
        self.known = [RepositoryName(1, "a/b"), RepositoryName(2, "a/old", archived=True)]
        self.log = []
        self.asked = []

    async def forge(self, *, fence, **_names):
        if self.error is not None:
            raise self.error
        forge = FencedForge(open_repository(self.path), lambda: 1000.0)
        forge.fence = fence
        return forge

    async def repositories(self, _installation_id):
        return self.known

    async def attempts(self, since):
        return [attempt for attempt in self.log if attempt.moment >= since]

    async def redeliver(self, attempt):
        self.asked.append(attempt.guid)

    async def close(self):
        pass


@pytest.fixture
def store(tmp_path):
    opened = ServiceStore.open(f"sqlite:///{tmp_path}/service.db", lambda: 5000.0)
    yield opened
    opened.close()


@pytest.fixture
def site(person):
    person.commit({"Pipfile": '[packages]\nalpha = "*"\n'})
    return FakeSite(person.folder)


@pytest.fixture
def enqueued():
    return []


@pytest.fixture
def runner(store, site, enqueued):
    return JobRunner(
        store, lambda: site, in_thread(FakeAdvisor()), enqueued.append, clock=lambda: 5000.0
    )


@pytest.fixture
def wanted(store):
    store.deliveries.keep([Received("g", "push", b"{}", 1.0)])
    (waiting,) = store.deliveries.waiting(1)
    ((key, generation),) = store.deliveries.settle(waiting, Routed((WORK,)), debounce_seconds=0)
    return key, generation


async def pull_requests(site):
    return await LocalForge(open_repository(site.path), lambda: 1000.0).pull_requests()


async def check_runs(site):
    forge = LocalForge(open_repository(site.path), lambda: 1000.0)
    return await forge.check_runs((await forge.base()).head)


async def test_job_is_done_once(runner, site, store, wanted):
    assert await runner.run(*wanted) == "done"
    assert await runner.run(*wanted) == "nothing"
    assert len(await pull_requests(site)) == 1
    assert store.deliveries.counts() == {"done": 1}


async def test_repeated_before_it_was_finished_it_has_the_effect_of_once(
    runner, site, store, wanted, monkeypatch
):
    monkeypatch.setattr(store.jobs, "finish", lambda *_, **__: True)
    assert await runner.run(*wanted) == "done"
    monkeypatch.undo()
    assert await runner.run(*wanted) == "done"
    assert len(await pull_requests(site)) == 1


async def test_worker_that_was_overtaken_writes_nothing(runner, site, store, wanted):
    def overtaken(files):
        store.jobs.begin(*wanted)
        return FakeAdvisor()(files)

    runner.propose = in_thread(overtaken)
    assert await runner.run(*wanted) == "fenced"
    assert await pull_requests(site) == ()
    assert store.deliveries.counts() == {"routed": 1}


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(GoneError("GET /repos/octo/hello"), id="deleted or made private"),
        pytest.param(SuspendedError("POST"), id="suspended"),
        pytest.param(PermissionMissingError("PUT", "no"), id="permission not granted"),
        pytest.param(InputError.single("octo/hello", "no commit yet"), id="empty repository"),
    ],
)
async def test_what_cannot_be_worked_on_is_let_go(runner, site, store, wanted, error):
    site.error = error
    assert await runner.run(*wanted) in {"gone", "forbidden", "done"}
    assert store.deliveries.counts() == {"done": 1}
    assert store.jobs.pending() == []


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        pytest.param(BrokenError("GET", "502"), 30.0, id="GitHub is down"),
        pytest.param(RateLimitedError("GET", "limit", until=5900.0), 900.0, id="rate limit"),
        pytest.param(ValueError("a bug"), 30.0, id="a bug of ours"),
    ],
)
async def test_what_may_pass_is_tried_again_later(
    runner, site, store, wanted, enqueued, error, wait
):
    site.error = error
    assert await runner.run(*wanted) == "postponed"
    (pending,) = store.jobs.pending()
    assert (pending.due_at, enqueued) == (5000.0 + wait, [pending.key])
    site.error = None
    assert await runner.run(pending.key, pending.generation) == "done"
    assert store.deliveries.counts() == {"done": 1}


async def test_index_that_fails_is_tried_again_and_given_up_in_the_end(
    runner, site, store, wanted, enqueued
):
    def fail(_files):
        raise IndexFailure("pypi.org: cannot be reached")

    runner.propose = in_thread(fail)
    outcomes = []
    for _ in range(10):
        (pending,) = store.jobs.pending()
        outcomes.append(await runner.run(pending.key, pending.generation))
    assert outcomes == ["postponed"] * 9 + ["failed"]
    assert store.jobs.pending() == []
    assert store.deliveries.counts() == {"failed": 1}
    (check_run,) = await check_runs(site)
    assert (check_run.name, check_run.conclusion) == ("Thoth", "failure")
    assert "pypi.org: cannot be reached" in check_run.summary
    assert "10 times" in check_run.summary


async def test_an_error_of_our_own_is_told_with_the_id_that_finds_it_in_the_log(
    runner, site, store, capsys
):
    def fail(_files):
        raise ValueError("secret details of a bug")

    runner.propose = in_thread(fail)
    key, generation = store.jobs.want(WORK)
    for _ in range(10):
        await runner.run(key, generation)
        generation += 1
    (check_run,) = await check_runs(site)
    assert "secret details" not in check_run.summary
    error_id = re.search(r"there it is error ([0-9a-f]{12})\n", check_run.summary)[1]
    logged = [line for line in capsys.readouterr().out.splitlines() if "job failed" in line]
    assert len(logged) == 10
    assert f"error_id={error_id}" in re.sub(r"\x1b\[[0-9;]*m", "", logged[-1])


async def test_a_command_that_was_given_up_is_told_in_its_thread_once(runner, site, store):
    site.error = BrokenError("GET /x", "502")
    key, generation = store.jobs.want(WORK.as_answer(5))
    for _ in range(9):
        await runner.run(key, generation)
        generation += 1
    said = []

    class Forge(FencedForge):
        def __getattr__(self, name):
            raise BrokenError("GET /x", "502")

        async def comment(self, number, *, key, text):
            said.append((number, key, text))

    site.error = None
    site.forge = lambda **_more: made()

    async def made():
        return Forge(open_repository(site.path), lambda: 1000.0)

    assert await runner.run(key, generation) == "failed"
    ((number, comment, text),) = said
    assert (number, comment) == (5, "failed:answer:10")
    assert "Thoth tried 10 times" in text
    assert "502" in text
    assert await check_runs(site) == ()


async def test_files_that_are_in_the_way_of_a_write_are_told_of(runner, site, store, monkeypatch):
    key, generation = store.jobs.want(WORK)

    async def refuse(*_arguments):
        raise InputError.single("Pipfile.lock", "not a regular file")

    monkeypatch.setattr(FencedForge, "write_commit", refuse)
    assert await runner.run(key, generation) == "done"
    (check_run,) = await check_runs(site)
    assert "not a regular file" in check_run.summary


async def test_the_messages_after_one_that_was_given_up_get_their_answers(
    runner, site, store, enqueued
):
    first, second = (Message(f"answer:{number}", number, "ada", "/thoth help") for number in (1, 2))
    said = {}

    class Forge:
        repository = SimpleNamespace(bot_slug="thoth")

        @property
        def threads(self):
            return self

        async def view(self, number):
            left = tuple(each for each in (first, second) if each.key not in said)
            return Thread(number, "", "", False, True, False, left, frozenset(said))

        async def base(self):
            raise PermissionMissingError("GET /x", "not granted")

        async def comment(self, _number, *, key, text):
            said[key] = text

    async def made():
        return Forge()

    site.forge = lambda **_more: made()
    key, generation = store.jobs.want(WORK.as_answer(5))
    assert await runner.run(key, generation) == "forbidden"
    assert list(said) == [first.key]
    assert enqueued == [key]
    assert await runner.run(key, generation + 1) == "forbidden"
    assert list(said) == [first.key, second.key]


async def test_what_was_given_up_is_told_once_and_cleared_by_the_next_success(
    runner, site, store, enqueued
):
    advisor = runner.propose

    def fail(_files):
        raise ValueError("secret details of a bug")

    for _ in range(2):
        runner.propose = in_thread(fail)
        key, generation = store.jobs.want(WORK)
        for _ in range(10):
            generation = store.jobs.get_pending(key).generation
            await runner.run(key, generation)
        (check_run,) = await check_runs(site)
        assert "secret details" not in check_run.summary
        assert "an error in Thoth itself" in check_run.summary
    runner.propose = advisor
    assert await runner.run(*store.jobs.want(WORK)) == "done"
    (check_run,) = await check_runs(site)
    assert check_run.conclusion == "success"


async def test_repository_that_asked_for_silence_is_told_nothing(runner, site, store, person):
    def fail(_files):
        raise IndexFailure("pypi.org: cannot be reached")

    person.commit({".thoth.yaml": "mode: silent\n"})
    runner.propose = in_thread(fail)
    key, _ = store.jobs.want(WORK)
    while (pending := store.jobs.get_pending(key)) is not None:
        await runner.run(key, pending.generation)
    assert await check_runs(site) == ()


async def test_job_that_takes_too_long_is_ended_and_tried_again(runner, store, wanted, monkeypatch):
    ended = []

    async def hang(_files):
        try:
            await asyncio.sleep(1000)
        finally:
            ended.append(True)

    monkeypatch.setattr("bot.jobs.runner.JOB_SECONDS", 0.05)
    runner.propose = hang
    assert await runner.run(*wanted) == "postponed"
    assert ended == [True]


async def test_scan_asks_for_every_repository_that_is_not_archived(runner, store, enqueued):
    key, generation = store.jobs.want(Work("scan", 7))
    assert await runner.run(key, generation) == "done"
    assert enqueued == ["update:1"]
    assert [each.key for each in store.jobs.pending()] == ["update:1"]


def attempt(number, guid, status_code, *, age):
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(1_000_000 - age, UTC).isoformat()
    return Attempt(number, guid, moment, status_code)


async def test_lost_deliveries_are_asked_for_again_the_oldest_first(site, store, wanted):
    site.log = [
        attempt(6, "young", 202, age=10),
        attempt(5, "young-failed", 502, age=10),
        attempt(4, "g", 504, age=500),
        attempt(3, "lost-twice", 502, age=600),
        attempt(2, "lost-twice", 502, age=700),
        attempt(1, "too-old", 502, age=4 * 86_400),
    ]
    asked = await ask_again(site, store.deliveries, clock=lambda: 1_000_000.0)
    assert (asked, site.asked) == (2, ["lost-twice", "young-failed"])


async def test_an_update_plans_the_next_look_by_the_schedule(store, site, enqueued, wanted):
    monday = 4 * 86_400.0  # 1970-01-05
    configuration = read_configuration(b"schedule: before 5am on monday\n")
    propose = in_thread(FakeAdvisor(configuration=configuration))
    runner = JobRunner(store, lambda: site, propose, enqueued.append, clock=lambda: 5000.0)
    assert await runner.run(*wanted) == "done"
    assert await pull_requests(site) == ()
    assert monday <= store.turns.due_at(42) < monday + 2.5 * 3600


async def test_a_turn_that_came_while_the_update_ran_is_not_lost(store, site, enqueued, wanted):
    """The decision was made before the opening, and so about none of it."""
    configuration = read_configuration(b"schedule: after 1:23 and before 1:25\n")
    moments = iter([4979.0])  # 1:22:59
    propose = in_thread(FakeAdvisor(configuration=configuration))
    runner = JobRunner(
        store, lambda: site, propose, enqueued.append, clock=lambda: next(moments, 9000.0)
    )
    assert await runner.run(*wanted) == "done"
    assert 4980.0 <= store.turns.due_at(42) < 5040.0


async def test_a_repository_that_is_gone_is_looked_at_no_more(runner, site, store, wanted):
    store.turns.plan(42, installation_id=7, full_name="octo/hello", due_at=9000.0)
    site.error = GoneError("GET /repositories/42", "gone")
    assert await runner.run(*wanted) == "gone"
    assert store.turns.due_at(42) is None


async def test_job_is_done_with_what_is_kept_for_its_repository(runner, site, wanted):
    asked = []

    def propose_for(begun, is_private):
        asked.append((begun.full_name, is_private))
        return in_thread(FakeAdvisor())

    runner.propose_for = propose_for
    runner.propose = None
    assert await runner.run(*wanted) == "done"
    assert asked == [("octo/hello", True)]
    assert len(await pull_requests(site)) == 1


async def test_a_repository_is_welcomed_when_it_is_looked_at_for_the_first_time(
    store, site, enqueued, wanted, monkeypatch
):
    welcomed = []

    async def welcome(_forge, report, *, propose, where):
        welcomed.append((report.has_configuration, where))
        raise UnprocessableError("POST pulls", "not now")

    monkeypatch.setattr("bot.jobs.runner.welcome", welcome)
    propose = in_thread(FakeAdvisor())
    runner = JobRunner(store, lambda: site, propose, enqueued.append, onboarding="all")
    assert await runner.run(*wanted) == "done"
    assert await runner.run(*store.jobs.want(WORK)) == "done"
    assert welcomed == [(False, "all")]

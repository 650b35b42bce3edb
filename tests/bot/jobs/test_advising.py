"""Advice is computed in processes of their own, that end when nobody waits for them."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from advisor_core.errors import IndexFailure, InputError
from advisor_core.manifests.files import list_paths
from advisor_core.wish import Wish
from bot.errors import GoneError
from bot.jobs.advising import AdvisorLostError, AdvisorProcesses
from bot.metrics import Metrics
from bot.settings import AppSettings, Settings
from fakes.app_process import wait_until
from fakes.package_index import PackageIndex

TESTS = Path(__file__).parents[2]
PIPFILE = b'[packages]\nalpha = "*"\n[requires]\npython_version = "3.11"\n'


class Project(dict):
    """Files; one that is an error is raised."""

    def __init__(self, files):
        super().__init__(files)
        self.asked = asyncio.Event()

    async def fetch_names(self, folder):
        return list_paths(self, folder)

    async def fetch(self, path):
        if path == "hanging":
            self.asked.set()
        found = self.get(path)
        if isinstance(found, Exception):
            raise found
        return found


def does(what, **files):
    return Project({"do": what, **files})


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", f"{TESTS.parent}{os.pathsep}{TESTS}")
    return Settings(app=AppSettings(1, "key", "secret"))


@pytest.fixture
async def advisor(settings):
    started = AdvisorProcesses(settings, module="fakes.advising_child", jobs_per_process=2)
    yield started
    await started.close()
    assert started.process_ids == set()


def is_gone(process_id):
    try:
        os.kill(process_id, 0)
        status = Path(f"/proc/{process_id}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the latter also between opening and reading
        return True
    # Ended, and only waits to be asked how.
    return status.rpartition(")")[2].split()[0] == "Z"


async def test_real_advice_comes_back_whole_and_the_process_is_used_again(settings):
    with PackageIndex() as index:
        index.add("alpha", "1.0", requires=["beta"])
        index.add("beta", "2.0")
        metrics = Metrics()
        advisor = AdvisorProcesses(Settings(app=None, index_url=index.url), metrics=metrics)
        first = await advisor(Project({"Pipfile": PIPFILE}))
        processes = advisor.process_ids
        second = await advisor(Project({"Pipfile": PIPFILE}))
        assert advisor.process_ids == processes
        bare = await advisor(Project({"Pipfile": PIPFILE}), Wish(only_locks=True))
        await advisor.close()
    assert bare.outcomes[0].files == first.outcomes[0].files
    assert bare.outcomes[0].facts == ()
    facts = {each.package: each for each in first.outcomes[0].facts}
    assert sorted(facts) == ["alpha", "beta"]
    assert (facts["alpha"].old, facts["alpha"].new, facts["alpha"].remarks) == (None, "1.0", ())
    counts, _ = metrics.take()
    assert counts["thoth_advice", ("optimal",)] == 3
    assert counts["thoth_index_requests", ("ok",)] > 1
    (outcome,) = first.outcomes
    assert outcome.status == "improved"
    assert {name: pin.version for name, pin in outcome.stacks["default"].pins.items()} == {
        "alpha": "1.0",
        "beta": "2.0",
    }
    assert pickle.dumps(second.outcomes) == pickle.dumps(first.outcomes)


async def test_a_wish_goes_to_the_process_and_limits_what_moves(settings):
    pipfile = '[packages]\nalpha = "*"\nbeta = "*"\n'
    lock = "".join(f'"{name}": {{"version": "==1.0"}},' for name in ("alpha", "beta"))
    old = '{"_meta": {"hash": {"sha256": ""}}, "default": {' + lock[:-1] + "}}"
    with PackageIndex() as index:
        for name in ("alpha", "beta"):
            for version in ("1.0", "1.5", "2.0"):
                index.add(name, version)
        advisor = AdvisorProcesses(Settings(app=None, index_url=index.url))
        project = Project({"Pipfile": pipfile.encode(), "Pipfile.lock": old.encode()})
        found = [
            (await advisor(project, wish)).outcomes[0]
            for wish in (
                Wish(only=("beta",)),
                Wish(only=("beta",), pins={"beta": "1.5"}),
                Wish(held=("beta",)),
            )
        ]
        await advisor.close()
    changed = [[(change.package, change.new) for change in each.changes] for each in found]
    assert changed == [[("beta", "2.0")], [("beta", "1.5")], [("alpha", "2.0")]]


async def test_file_that_is_wrong_and_index_that_fails_are_told_as_they_are(advisor):
    with pytest.raises(InputError, match="not a version"):
        await advisor(does(b"wrong"))
    with pytest.raises(IndexFailure, match=r"pypi\.org"):
        await advisor(does(b"index"))


async def test_bug_is_told_with_where_it_is(advisor):
    with pytest.raises(RuntimeError, match=r"(?s)KeyError.*a bug of ours.*in act"):
        await advisor(does(b"bug"))


async def test_large_files_and_files_that_cannot_be_read_come_through(advisor):
    assert await advisor(does(b"read", large=b"x" * 5_000_000)) == b"x" * 5_000_000
    with pytest.raises(InputError, match="too large"):
        await advisor(does(b"read", large=InputError.single("large", "too large")))


async def test_repository_that_goes_while_its_files_are_read_ends_the_process(advisor):
    with pytest.raises(GoneError):
        await advisor(does(GoneError("GET /repos/octo/hello")))
    assert advisor.process_ids == set()


async def test_process_has_low_priority_and_none_of_the_apps_secrets(advisor, monkeypatch):
    for name in ("PRIVATE_KEY", "WEBHOOK_SECRET", "DATABASE_URL", "THOTH_INDEX_URL"):
        monkeypatch.setenv(name, "quiet")
    told = await advisor(does(b"tell"))
    assert told["nice"] == min(os.nice(0) + 10, 19)
    assert "quiet" not in told["environment"].values()


async def test_what_a_process_logs_is_logged_by_the_app(advisor, caplog):
    await advisor(does(b"tell"))
    assert ("somebody", 30, "no release") in caplog.record_tuples


async def test_process_is_replaced_after_some_jobs(advisor):
    found = [(await advisor(does(b"tell")))["pid"] for _ in range(3)]
    assert (found[0] == found[1], found[1] == found[2]) == (True, False)


async def test_process_that_waits_too_long_is_ended(settings):
    advisor = AdvisorProcesses(settings, module="fakes.advising_child", idle_seconds=0.05)
    process_id = (await advisor(does(b"tell")))["pid"]
    await asyncio.to_thread(
        wait_until, lambda: not advisor.process_ids, timeout_seconds=30, what="it goes on"
    )
    assert (await advisor(does(b"tell")))["pid"] != process_id
    await advisor.close()


@pytest.mark.parametrize("how", [b"hang", b"sleep"])
async def test_job_that_is_cancelled_takes_its_process_with_it(advisor, how):
    project = does(how)
    job = asyncio.create_task(advisor(project))
    await asyncio.wait_for(project.asked.wait(), 30)
    (process_id,) = advisor.process_ids
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    await asyncio.to_thread(
        wait_until, lambda: is_gone(process_id), timeout_seconds=30, what="it goes on"
    )
    assert advisor.process_ids == set()


@pytest.mark.parametrize(("how", "told"), [(b"die", "by signal 9"), (b"leave", "exit code 3")])
async def test_process_that_dies_is_told_and_the_next_job_has_another(advisor, how, told):
    with pytest.raises(AdvisorLostError, match=told):
        await advisor(does(how))
    assert await advisor(does(b"read", large=b"fine")) == b"fine"


SERVICE = """
import asyncio, sys
from bot.jobs.advising import AdvisorProcesses
from bot.settings import Settings

class Project:
    async def fetch(self, path):
        if path == "do":
            return sys.argv[1].encode()
        print(*advisor.process_ids, flush=True)

advisor = AdvisorProcesses(Settings(app=None), module="fakes.advising_child")
asyncio.run(advisor(Project()))
"""


def test_service_that_is_killed_leaves_no_process_behind(settings):
    service = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVICE, "sleep"], stdout=subprocess.PIPE, text=True
    )
    process_id = int(service.stdout.readline())
    assert not is_gone(process_id)
    service.send_signal(signal.SIGKILL)
    service.communicate()
    wait_until(lambda: is_gone(process_id), timeout_seconds=30, what="it goes on")


@pytest.mark.parametrize(("days", "version"), [(30, "1.0"), (0, "2.0")])
async def test_the_cooldown_holds_for_what_is_required_too(settings, days, version):
    now = datetime.now(UTC)
    with PackageIndex() as index:
        index.add("alpha", "1.0", requires=["beta"], upload_time=now - timedelta(days=400))
        index.add("beta", "1.0", upload_time=now - timedelta(days=300))
        index.add("beta", "2.0", upload_time=now - timedelta(days=5))
        advisor = AdvisorProcesses(Settings(app=None, index_url=index.url))
        configuration = f"advice: {{cooldown_days: {days}}}\n".encode()
        proposal = await advisor(Project({"Pipfile": PIPFILE, ".thoth.yaml": configuration}))
        await advisor.close()
    assert proposal.outcomes[0].stacks["default"].pins["beta"].version == version

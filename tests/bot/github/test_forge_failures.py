"""Whatever GitHub or the network does in the middle: the next try completes the work, once."""

from __future__ import annotations

import itertools
import pickle
import traceback
from dataclasses import dataclass, field

import pytest

from advisor_core.errors import InputError
from bot.errors import ForgeError, RateLimitedError
from bot.forge import BranchName
from bot.jobs.background import in_thread
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

BRANCH = BranchName("thoth/update/pipfile-lock")
PUSH = UpdateEvent("push")

OPERATIONS = [
    "apps/get-authenticated",
    "apps/create-installation-access-token",
    "repos/get",
    "git/get-ref",
    "git/get-commit",
    "git/get-tree",
    "git/get-blob",
    "git/list-matching-refs",
    "pulls/list",
    "checks/list-for-ref",
    "checks/list-annotations",
    "git/create-tree",
    "git/create-commit",
    "git/create-ref",
    "git/update-ref",
    "pulls/create",
    "pulls/update",
    "issues/list-comments",
    "issues/create-comment",
    "checks/create",
    "checks/update",
]

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."

FAILURES = {
    "401": {"outcome": 401},
    "403": {"outcome": 403},
    "403 secondary with retry-after": {"outcome": 403, "retry_after": 30, "message": SECONDARY},
    "403 secondary without retry-after": {"outcome": 403, "message": SECONDARY},
    "403 with a long retry-after": {"outcome": 403, "retry_after": 1800, "message": SECONDARY},
    "404": {"outcome": 404},
    "409": {"outcome": 409},
    "422": {"outcome": 422},
    "429 with retry-after": {"outcome": 429, "retry_after": 30},
    "429 without retry-after": {"outcome": 429},
    "500": {"outcome": 500},
    "502 after the effect": {"outcome": 502, "after_effect": True},
    "503 that lasts": {"outcome": 503, "times": 5},
    "cut": {"outcome": "cut"},
    "cut after the effect": {"outcome": "cut", "after_effect": True},
    "cut each time after the effect": {"outcome": "cut", "after_effect": True, "times": 5},
}


@dataclass
class Job:
    """The work on one repository, tried again until it is done, as the service does."""

    world: object
    time: object
    errors: list = field(default_factory=list)

    async def run(self, advisor, *, most_tries=5):
        for _ in range(most_tries):
            try:
                forge = await self.world.open()
                report = await update_repository(forge, event=PUSH, propose=in_thread(advisor))
            except (ForgeError, InputError) as error:
                self.errors.append(error)
                if isinstance(error, RateLimitedError):
                    self.time.clock.advance(max(0, error.until - self.time()))
            else:
                if report.failure is None:
                    return report
                self.errors.append(report.failure)
        raise AssertionError(f"never done: {self.errors}")


@pytest.fixture
def job(github, repository, installation, app, time):
    from fakes.forges import GitHubWorld

    return Job(GitHubWorld(github, repository, installation, app), time)


def advisor(version):
    """An advisor that improves the lockfile, and finds a conflict in a folder."""
    return FakeAdvisor({"flask": version}, folders=("", "other/"))


async def do_all(job, repository):
    """Open, update and close a pull request; put a check run and replace it."""
    repository.push(
        "main", {"Pipfile": '[packages]\nflask = "*"\n', "other/Pipfile": "impossible = '*'\n"}
    )
    await job.run(advisor("3.0"))
    await job.run(advisor("3.1"))
    lockfile = repository.branch(BRANCH).files["Pipfile.lock"]
    repository.push("main", {"Pipfile.lock": lockfile})
    await job.run(advisor("3.1"))


def check_done_once(repository):
    (pull,) = repository.pull_requests
    assert (pull.state, pull.author) == ("closed", "thoth[bot]")
    assert "3.1" in pull.body
    (comment,) = pull.comments
    assert "up to date" in comment.body
    branch = repository.branch(BRANCH)
    assert len([each for each in branch.messages if "Thoth-Branch" in each]) == 1
    runs = [(run.name, run.suite.head_sha, run.conclusion) for run in repository.check_runs]
    assert len(runs) == len(set(runs))


def check_nothing_leaks(job, github, caplog):
    secrets = [text.encode() for text in github._world.tokens]
    secrets.append(github.private_key.split("\n")[1].encode())
    for error in job.errors:
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
        told = shown.encode() + pickle.dumps(error)
        assert not [secret for secret in secrets if secret in told]
        if isinstance(error, ForgeError):
            assert str(pickle.loads(pickle.dumps(error))) == str(error)
        assert error.hint or getattr(error, "faults", None), f"says what to do: {error!r}"
    logged = "".join(str(vars(record)) for record in caplog.records).encode()
    assert not [secret for secret in secrets if secret in logged]


async def test_the_work_done_without_a_failure(job, repository, github):
    await do_all(job, repository)

    assert not job.errors
    check_done_once(repository)
    used = {call.operation for call in github.calls}
    assert set(OPERATIONS) - used <= {"checks/list-annotations", "checks/update"}


async def check_made_good(job, repository, github, caplog, operation, failure):
    caplog.set_level("DEBUG")
    github.fail(operation=operation, **FAILURES[failure])

    await do_all(job, repository)

    check_done_once(repository)
    check_nothing_leaks(job, github, caplog)


# Each request fails in one way and each way of failing is met; the slow test has every pair.
ONE_OF_EACH = list(zip(OPERATIONS, itertools.cycle(FAILURES), strict=False))
WRITES = ["git/create-commit", "git/create-ref", "git/update-ref", "pulls/create", "checks/create"]


@pytest.mark.parametrize(("operation", "failure"), ONE_OF_EACH)
async def test_each_request_that_fails_and_each_failure_is_made_good(
    job, repository, github, caplog, operation, failure
):
    await check_made_good(job, repository, github, caplog, operation, failure)


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize("failure", ["502 after the effect", "cut each time after the effect"])
async def test_a_write_whose_answer_was_lost_is_done_once(
    job, repository, github, caplog, operation, failure
):
    await check_made_good(job, repository, github, caplog, operation, failure)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("failure", FAILURES)
async def test_each_failure_of_each_request_is_made_good(
    job, repository, github, caplog, operation, failure
):
    await check_made_good(job, repository, github, caplog, operation, failure)

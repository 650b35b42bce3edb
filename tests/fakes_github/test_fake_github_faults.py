"""What goes wrong on demand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from gidgethub import GitHubBroken, ValidationError

if TYPE_CHECKING:
    from gidgethub.aiohttp import GitHubAPI

    from fakes.github import FakeGitHub, FakeInstallation, FakeRepository

REPO = "/repos/octo/hello"
PULL = {"title": "t", "head": "feature", "base": "main"}


@pytest.fixture(autouse=True)
def feature(installation: FakeInstallation, repository: FakeRepository) -> None:
    repository.push("feature", {"a": "1"})


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 429, 500, 502, 503])
@pytest.mark.parametrize("after_effect", [False, True])
async def test_call_fails_with_a_status_before_or_after_its_effect(
    github: FakeGitHub,
    raw: Any,
    repository: FakeRepository,
    status: int,
    after_effect: bool,
) -> None:
    github.fail(status, operation="pulls/create", after_effect=after_effect)
    assert (await raw("POST", f"{REPO}/pulls", PULL)).status == status
    assert len(repository.pull_requests) == after_effect
    again = await raw("POST", f"{REPO}/pulls", PULL)
    assert again.status == (422 if after_effect else 201)
    assert len(repository.pull_requests) == 1


@pytest.mark.parametrize("retry_after", [None, 7])
async def test_429_comes_with_and_without_retry_after(
    github: FakeGitHub, raw: Any, retry_after: int | None
) -> None:
    github.fail(429, retry_after=retry_after)
    answer = await raw("GET", REPO)
    assert answer.headers.get("retry-after") == (retry_after and str(retry_after))


@pytest.mark.parametrize("after_effect", [False, True])
async def test_connection_is_cut_before_or_after_the_effect(
    github: FakeGitHub, raw: Any, repository: FakeRepository, after_effect: bool
) -> None:
    github.fail("cut", operation="pulls/create", after_effect=after_effect)
    with pytest.raises(aiohttp.ClientError):
        await raw("POST", f"{REPO}/pulls", PULL)
    assert len(repository.pull_requests) == after_effect
    call = github.calls[-1]
    assert (call.status is None, call.done) == (not after_effect, after_effect)


@pytest.mark.parametrize("after_effect", [False, True])
async def test_call_is_not_answered_in_time(
    github: FakeGitHub, raw: Any, repository: FakeRepository, after_effect: bool
) -> None:
    github.fail("timeout", operation="pulls/create", after_effect=after_effect)
    waiting = asyncio.create_task(raw("POST", f"{REPO}/pulls", PULL))
    await github.until(lambda: len(github.calls) == 1)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert len(repository.pull_requests) == after_effect


async def test_leaving_does_not_wait_for_a_request_that_hangs(raw: Any, github: FakeGitHub) -> None:
    github.fail("timeout")
    waiting = asyncio.create_task(raw("GET", REPO))
    await github.until(lambda: len(github.calls) == 1)
    github._server.stop()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_pull_request_fails_in_the_middle_and_the_retry_makes_only_one(
    github: FakeGitHub, api: GitHubAPI, repository: FakeRepository
) -> None:
    sha = repository.branch().sha
    github.fail(502, operation="pulls/create", after_effect=True)
    await api.post(f"{REPO}/git/blobs", data={"content": "x"})
    await api.post(f"{REPO}/git/refs", data={"ref": "refs/heads/other", "sha": sha})
    with pytest.raises(GitHubBroken):
        await api.post(f"{REPO}/pulls", data=PULL)
    with pytest.raises(ValidationError, match="already exists"):
        await api.post(f"{REPO}/pulls", data=PULL)
    assert len(repository.pull_requests) == 1


async def test_the_nth_call_fails_whatever_it_is(github: FakeGitHub, raw: Any) -> None:
    fault = github.fail(500, nth=3, times=2)
    statuses = [(await raw("GET", REPO)).status for _ in range(6)]
    assert statuses == [200, 200, 500, 500, 200, 200]
    assert (fault.seen, fault.hits) == (6, 2)


async def test_calls_are_chosen_by_method_and_path(github: FakeGitHub, raw: Any) -> None:
    github.fail(503, method="GET", path="/repos/octo/*/contents/*", times=None)
    assert (await raw("GET", f"{REPO}/contents/Pipfile")).status == 503
    assert (await raw("GET", f"{REPO}/contents/Pipfile")).status == 503
    assert (await raw("GET", REPO)).status == 200


async def test_fault_that_can_never_happen_is_refused(github: FakeGitHub) -> None:
    with pytest.raises(ValueError, match="can never happen"):
        github.fail(500, nth=0)


@pytest.mark.parametrize(
    ("change", "status"),
    [("delete", 404), ("make_private", 404), ("suspend", 403), ("uninstall", 401), ("revoke", 401)],
)
async def test_world_changes_in_the_middle(
    github: FakeGitHub,
    raw: Any,
    installation: FakeInstallation,
    repository: FakeRepository,
    change: str,
    status: int,
) -> None:
    def make_private() -> None:
        installation.remove(repository)
        repository.make_private()

    changes = {
        "delete": repository.delete,
        "make_private": make_private,
        "suspend": installation.suspend,
        "uninstall": installation.delete,
        "revoke": github.revoke_tokens,
    }
    github.before_call(changes[change], nth=2)
    assert (await raw("GET", REPO)).status == 200
    assert (await raw("POST", f"{REPO}/pulls", PULL)).status == status


async def test_branch_is_force_pushed_in_the_middle(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    mine = repository.branch("feature").sha

    def force_push() -> None:
        repository.push("feature", {"b": "theirs"}, author="mallory", force=True)

    github.before_call(force_push, operation="git/update-ref")
    sha = repository.push("scratch", {"c": "1"}, base="feature")
    answer = await raw("PATCH", f"{REPO}/git/refs/heads/feature", {"sha": sha})
    assert answer.status == 422
    assert mine not in repository.branch("feature").commits


async def test_repository_is_renamed_in_the_middle(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    github.before_call(lambda: repository.rename("bye"), operation="pulls/create")
    answer = await raw("POST", f"{REPO}/pulls", PULL)
    assert answer.status == 307
    assert (await raw("POST", answer.headers["location"], PULL)).status == 201

"""Rate limits of the fake."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from gidgethub import BadRequest, RateLimitExceeded
from gidgethub.aiohttp import GitHubAPI

from fakes.github import FakeGitHub, Limits

if TYPE_CHECKING:
    import aiohttp

    from fakes.github import FakeInstallation, FakeRepository

REPO = "/repos/octo/hello"


def start(github: FakeGitHub, session: aiohttp.ClientSession) -> GitHubAPI:
    repository = github.add_repository("octo/hello", files={"a": "1"})
    token = github.install(repository).token()
    return GitHubAPI(session, "tests", base_url=github.url, oauth_token=token)


async def test_primary_limit_is_told_counted_and_kept(
    github: FakeGitHub, raw: Any, api: GitHubAPI, installation: FakeInstallation
) -> None:
    first = await raw("GET", REPO)
    assert first.headers["x-ratelimit-limit"] == "5000"
    assert first.headers["x-ratelimit-remaining"] == "4999"
    assert first.headers["x-ratelimit-resource"] == "core"
    github.exhaust_rate_limit(installation)
    answer = await raw("GET", REPO)
    assert (answer.status, answer.headers["x-ratelimit-remaining"]) == (403, "0")
    assert "rate limit exceeded" in answer.body["message"]
    with pytest.raises(RateLimitExceeded):
        await api.getitem(REPO)
    reset = int(answer.headers["x-ratelimit-reset"])
    github.clock.advance(reset - github.clock.timestamp() - 10)
    assert (await raw("GET", REPO)).status == 403
    github.clock.advance(11)
    token = installation.token()
    assert (await raw("GET", REPO, token=token)).headers["x-ratelimit-remaining"] == "4999"


async def test_more_repositories_allow_more(
    github: FakeGitHub, installation: FakeInstallation
) -> None:
    limiter = github.limiter
    installation.state.repositories *= 30
    assert limiter.per_hour(installation.state) == 5_500
    installation.state.repositories *= 10
    assert limiter.per_hour(installation.state) == 12_500


async def test_asking_for_the_limit_is_free(raw: Any) -> None:
    await raw("GET", REPO)
    found = (await raw("GET", "/rate_limit")).body
    assert found["rate"] == found["resources"]["core"]
    assert (found["rate"]["used"], found["rate"]["remaining"]) == (1, 4999)
    assert (await raw("GET", "/rate_limit")).body["rate"]["used"] == 1


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("retry_after", [60, None])
async def test_content_is_limited_by_the_minute(
    session: aiohttp.ClientSession, status: int, retry_after: int | None
) -> None:
    limits = Limits(content_per_minute=3, secondary_status=status, retry_after_seconds=retry_after)
    with FakeGitHub(limits=limits) as github:
        api = start(github, session)
        for number in range(3):
            await api.post(f"{REPO}/issues", data={"title": str(number)})
        with pytest.raises(BadRequest, match="secondary rate limit") as refused:
            await api.post(f"{REPO}/issues", data={"title": "one too many"})
        assert refused.value.status_code == status
        assert refused.value.headers is not None
        assert refused.value.headers.get("retry-after") == (retry_after and str(retry_after))
        assert len(github.repository("octo/hello").issues) == 3
        assert (await api.getitem(REPO))["name"] == "hello"
        github.clock.advance(61)
        await api.post(f"{REPO}/issues", data={"title": "later"})


def test_default_limits_are_those_of_github() -> None:
    limits = Limits()
    assert (limits.content_per_minute, limits.content_per_hour) == (80, 500)
    assert (limits.concurrent, limits.points_per_minute) == (100, 900)


async def test_content_is_limited_by_the_hour(session: aiohttp.ClientSession) -> None:
    with FakeGitHub(limits=Limits(content_per_hour=3)) as github:
        api = start(github, session)
        for number in range(3):
            await api.post(f"{REPO}/issues", data={"title": str(number)})
            github.clock.advance(600)
        with pytest.raises(BadRequest, match="secondary"):
            await api.post(f"{REPO}/issues", data={"title": "one too many"})
        github.clock.advance(1801)
        api.oauth_token = github.install(github.repository("octo/hello")).token()
        await api.post(f"{REPO}/issues", data={"title": "later"})


async def test_writes_cost_five_points_and_reads_one(session: aiohttp.ClientSession) -> None:
    with FakeGitHub(limits=Limits(points_per_minute=12)) as github:
        api = start(github, session)
        for number in range(2):
            await api.post(f"{REPO}/issues", data={"title": str(number)})
        for _ in range(2):
            await api.getitem(REPO)
        with pytest.raises(BadRequest, match="secondary"):
            await api.getitem(REPO)


async def test_concurrent_requests_are_limited(session: aiohttp.ClientSession) -> None:
    with FakeGitHub(limits=Limits(concurrent=2)) as github:
        api = start(github, session)
        github.fail("timeout", operation="issues/*", times=2)
        waiting = [asyncio.create_task(api.getitem(f"{REPO}/issues")) for _ in range(2)]
        await github.until(lambda: len(github.calls) == 2)
        with pytest.raises(BadRequest, match="secondary"):
            await api.getitem(REPO)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_limits_are_of_one_installation(github: FakeGitHub, raw: Any) -> None:
    await raw("GET", REPO)
    other = github.install(github.add_repository("alice/other"))
    answer = await raw("GET", "/repos/alice/other", token=other.token())
    assert answer.headers["x-ratelimit-used"] == "1"


async def test_refusals_tell_the_limit_too(raw: Any, repository: FakeRepository) -> None:
    answer = await raw("GET", f"{REPO}/contents/none")
    assert answer.status == 404
    assert re.fullmatch(r"\d+", answer.headers["x-ratelimit-remaining"])

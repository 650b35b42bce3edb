"""The client against the strict fake: ETags, pages, limits, failures, GitHub Enterprise."""

from __future__ import annotations

import pytest
from yarl import URL

from bot.errors import (
    BrokenError,
    GoneError,
    NotFoundError,
    RateLimitedError,
    UncertainError,
    UnprocessableError,
)
from bot.github import wire
from bot.github.answers import CommentAnswer, RepositoryAnswer
from bot.github.app import AppClient
from bot.github.cache import AnswerCache, Cached
from bot.metrics import Metrics
from fakes.github import FakeGitHub

HELLO = "/repos/octo/hello"


async def comment(client, number=1, text="hello"):
    return await client.write(
        "POST", f"{HELLO}/issues/{number}/comments", {"body": text}, CommentAnswer, repeatable=False
    )


# ETags


async def test_an_unchanged_answer_costs_nothing(github, client, repository):
    first = await client.get(HELLO, RepositoryAnswer)
    used = github.limiter.status(github._world.installations[0])["used"]
    for _ in range(5):
        assert await client.get(HELLO, RepositoryAnswer) == first

    assert [call.status for call in github.calls][-5:] == [304] * 5
    assert github.limiter.status(github._world.installations[0])["used"] == used

    repository.rename("other")
    assert (await client.get("/repos/octo/other", RepositoryAnswer)).full_name == "octo/other"


async def test_a_changed_answer_is_the_new_one(client, repository):
    path = f"{HELLO}/git/ref/heads/main"
    before = await client.get(path, dict)
    sha = repository.push("main", {"a": "2"})

    assert before["object"]["sha"] != sha
    assert (await client.get(path, dict))["object"]["sha"] == sha


async def test_an_installation_never_sees_what_was_kept_for_another(github, app, client):
    secret = github.add_repository("corp/secret", files={"a": "1"}, private=True)
    installed = github.install(secret)
    insider = app.installation(installed.id)
    assert await insider.get("/repos/corp/secret", RepositoryAnswer)

    with pytest.raises(NotFoundError):
        await client.get("/repos/corp/secret", RepositoryAnswer)


async def test_each_installation_keeps_its_own_answers(github, app, client):
    installed = github.install(github.add_repository("corp/secret", files={"a": "1"}))
    other = app.installation(installed.id)
    for each in (client, other, client, other):
        await each.get(HELLO, RepositoryAnswer)

    assert [call.status for call in github.calls if call.operation == "repos/get"] == [
        200,
        200,
        304,
        304,
    ]


def test_the_cache_keeps_its_size_and_what_was_used_last():
    cache = AnswerCache(most_bytes=10_000, largest_bytes=5_000)
    for number in range(100):
        cache.keep(str(number), Cached("tag", {}, b"x" * 1000))
        cache.find("0")
        assert cache.size_bytes <= 10_000

    assert cache.find("0") is not None
    assert cache.find("1") is None
    cache.keep("0", Cached("tag", {}, b"x" * 5_001))
    assert cache.find("0") is None
    for number in range(100):
        cache.drop(str(number))
    assert (len(cache), cache.size_bytes) == (0, 0)


# Pages


async def test_pages_are_read_to_the_end_and_no_further_than_asked(github, client, pull):
    for number in range(250):
        pull.comment(f"comment {number}")
    path = f"{HELLO}/issues/{pull.number}/comments"

    whole = await client.pages(path, CommentAnswer)
    two = await client.pages(path, CommentAnswer, most_pages=2)

    assert [each.body for each in whole] == [f"comment {number}" for number in range(250)]
    assert two == whole[:200]


# Limits


async def test_github_never_has_to_refuse_for_writing_too_fast(
    github, make_app, installation, pull
):
    client = make_app(patience_seconds=4000).installation(installation.id)
    for number in range(170):
        await comment(client, text=str(number))

    assert {call.status for call in github.calls} <= {201, 200}
    assert len(pull.comments) == 170


async def test_a_used_up_primary_limit_is_told_with_its_end(github, client, installation, time):
    await client.get(HELLO, RepositoryAnswer)
    github.exhaust_rate_limit(installation)

    with pytest.raises(RateLimitedError) as caught:
        await client.get(HELLO, RepositoryAnswer)
    asked = len(github.calls)
    with pytest.raises(RateLimitedError):
        await client.get(HELLO, RepositoryAnswer)
    assert len(github.calls) == asked, "nothing is asked while the limit holds"

    time.clock.advance(caught.value.until - time())
    assert await client.get(HELLO, RepositoryAnswer)


@pytest.mark.parametrize("status", [403, 429])
async def test_retry_after_is_kept(github, client, time, status):
    await client.get(HELLO, RepositoryAnswer)
    github.fail(status, operation="repos/get", retry_after=42, message="secondary rate limit")
    started = time()

    await client.get(HELLO, RepositoryAnswer)

    assert time() - started == 43


async def test_refusals_that_do_not_say_how_long_are_waited_for_longer_each_time(
    github, make_app, installation, time
):
    client = make_app(patience_seconds=1000).installation(installation.id)
    await client.get(HELLO, RepositoryAnswer)
    github.fail(403, operation="repos/get", times=3, message="secondary rate limit")

    await client.get(HELLO, RepositoryAnswer)

    assert time.slept == [60, 120, 240]


# What fails


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (404, NotFoundError, "Not Found"),
        (410, GoneError, "Gone"),
        (422, UnprocessableError, "Validation Failed"),
        (400, UnprocessableError, "status 400"),
    ],
)
async def test_a_refusal_is_not_repeated(github, client, pull, status, kind, said):
    github.fail(status, operation="issues/create-comment")

    with pytest.raises(kind, match=said) as caught:
        await comment(client)
    assert caught.value.action == f"POST {HELLO}/issues/1/comments"
    assert not caught.value.temporary
    assert pull.comments == []


async def test_reads_are_repeated_with_longer_and_longer_pauses(github, client, time):
    await client.get(HELLO, RepositoryAnswer)
    github.fail(502, operation="repos/get", times=4)

    await client.get(HELLO, RepositoryAnswer)

    assert time.slept == [1, 2, 4, 8]


async def test_a_failure_that_lasts_is_told(github, client):
    github.fail(502, operation="repos/get", times=None)

    with pytest.raises(BrokenError, match="status 502") as caught:
        await client.get(HELLO, RepositoryAnswer)
    assert caught.value.temporary


@pytest.mark.parametrize("outcome", ["cut", 500])
@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_write_whose_answer_was_lost_is_not_repeated_blindly(
    github, client, pull, outcome, after_effect
):
    github.fail(outcome, operation="issues/create-comment", after_effect=after_effect)

    with pytest.raises(UncertainError):
        await comment(client)
    assert len(pull.comments) == after_effect


async def test_no_answer_in_time_is_told(github, make_app, installation, pull):
    client = make_app(timeout_seconds=0.5).installation(installation.id)
    github.fail("timeout", operation="issues/create-comment", after_effect=True)

    with pytest.raises(UncertainError, match="in time"):
        await comment(client)
    assert len(pull.comments) == 1


async def test_github_that_cannot_be_reached_is_told(session, time, unused_tcp_port, github):
    url = f"http://127.0.0.1:{unused_tcp_port}"
    app = AppClient("1", github.private_key, url, session=session, clock=time, sleep=time.sleep)

    with pytest.raises(BrokenError, match="cannot be reached"):
        await app.identity()
    with pytest.raises(BrokenError, match="cannot be reached") as caught:
        await app.client.write("POST", "/app/hook", {}, dict, repeatable=False)
    assert not isinstance(caught.value, UncertainError), "nothing was sent"


async def test_an_answer_that_is_too_large_is_not_read(client, monkeypatch):
    await client.get(HELLO, RepositoryAnswer)
    monkeypatch.setattr(wire, "MAX_ANSWER_BYTES", 100)

    with pytest.raises(BrokenError, match="too large"):
        await client.get(f"{HELLO}/branches", list)


# GitHub Enterprise


async def test_github_enterprise_is_asked_below_its_path(time, session):
    with FakeGitHub(clock=time.clock, path_prefix="/api/v3") as github:
        repository = github.add_repository("octo/hello", files={"a": "1"})
        installation = github.install(repository)
        for url in (github.url, github.url + "/"):
            app = AppClient(
                str(github.app_id),
                github.private_key,
                url,
                session=session,
                clock=time,
                sleep=time.sleep,
            )
            client = app.installation(installation.id)
            assert (await client.get(HELLO, RepositoryAnswer)).full_name == "octo/hello"
        repository.rename("moved")
        assert (await client.get(HELLO, RepositoryAnswer)).full_name == "octo/moved"
        assert URL(url).path == "/api/v3/"


async def test_requests_and_what_is_left_of_them_are_counted(make_app, repository, installation):
    metrics = Metrics()
    client = make_app(metrics=metrics).installation(installation.id)
    await client.get(HELLO, RepositoryAnswer)
    with pytest.raises(NotFoundError):
        await client.get("/repos/octo/none", RepositoryAnswer)
    counts, limits = metrics.take()
    # One for the token of the installation.
    assert counts["thoth_github_requests", ("ok",)] == 2
    assert counts["thoth_github_requests", ("refused",)] == 1
    assert limits[installation.id].left == 4998

"""The client: tokens, ETags, pages, limits, redirects and sizes, against the strict fake."""

from __future__ import annotations

import asyncio

import jwt
import pytest
from aiohttp import web
from yarl import URL

from bot.errors import (
    BrokenError,
    GitHubError,
    GoneError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    SuspendedError,
    UnauthorizedError,
    UncertainError,
    UnprocessableError,
)
from bot.github import wire
from bot.github.answers import CommentAnswer, RepositoryAnswer
from bot.github.app import PERMISSIONS, AppClient
from bot.github.cache import AnswerCache, Cached
from bot.github.credentials import EARLY_SECONDS, Secret, Token
from fakes.github import FakeGitHub

HELLO = "/repos/octo/hello"


@pytest.fixture
def client(app, installation, repository):
    return app.installation(installation.id, repository_ids=(repository.id,))


def tokens_made(github):
    operation = "apps/create-installation-access-token"
    return [call for call in github.calls if call.operation == operation]


async def comment(client, number=1, text="hello"):
    return await client.write(
        "POST", f"{HELLO}/issues/{number}/comments", {"body": text}, CommentAnswer, repeatable=False
    )


@pytest.fixture
def pull(repository):
    repository.push("work", {"a": "1"})
    return repository.open_pull_request("work")


# Tokens


async def test_a_token_is_for_the_repository_and_the_permissions_needed(github, client, repository):
    await client.get(HELLO, RepositoryAnswer)

    (made,) = tokens_made(github)
    assert made.body == {"permissions": PERMISSIONS, "repository_ids": [repository.id]}


async def test_all_who_wait_share_one_token(github, client):
    await asyncio.gather(*(client.get(HELLO, RepositoryAnswer) for _ in range(30)))

    assert len(tokens_made(github)) == 1


async def test_one_who_gives_up_does_not_fail_those_who_wait_for_the_same_token(github, client):
    tasks = [asyncio.ensure_future(client.get(HELLO, RepositoryAnswer)) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()

    found = await asyncio.gather(*tasks[1:])

    assert [each.full_name for each in found] == ["octo/hello"] * 2


async def test_a_token_is_kept_until_five_minutes_before_its_end(github, client, time):
    await client.get(HELLO, RepositoryAnswer)
    time.clock.advance(3600 - EARLY_SECONDS - 1)
    await client.get(HELLO, RepositoryAnswer)
    assert len(tokens_made(github)) == 1

    time.clock.advance(2)
    await client.get(HELLO, RepositoryAnswer)
    assert len(tokens_made(github)) == 2


async def test_a_revoked_token_is_made_anew_once(github, client):
    await client.get(HELLO, RepositoryAnswer)
    github.revoke_tokens()

    assert (await client.get(HELLO, RepositoryAnswer)).full_name == "octo/hello"
    assert len(tokens_made(github)) == 2


async def test_credentials_that_stay_refused_are_an_error(github, client):
    github.fail(401, operation="repos/get", times=None)

    with pytest.raises(UnauthorizedError):
        await client.get(HELLO, RepositoryAnswer)
    assert len(tokens_made(github)) == 2


async def test_the_apps_key_lasts_beyond_one_jwt(app, time):
    for _ in range(5):
        assert (await app.client.get("/app", dict))["slug"] == "thoth"
        time.clock.advance(400)


async def test_the_jwt_ends_within_ten_minutes_and_began_in_the_past(app, github, time):
    await app.identity()

    claims = jwt.decode(
        github.calls[0].headers["authorization"].split()[1], options={"verify_signature": False}
    )
    assert claims["iat"] < time()
    assert time() < claims["exp"] <= time() + 600
    assert claims["iss"] == str(github.app_id)


async def test_a_wrong_key_is_told(make_app, github):
    from fakes.github.access import make_key

    app = AppClient(
        str(github.app_id),
        make_key(),
        github.url,
        session=make_app()._session,
        clock=make_app()._clock,
    )
    with pytest.raises(UnauthorizedError, match="JSON web token"):
        await app.identity()


async def test_a_permission_that_was_not_granted_is_named(github, repository, app):
    installation = github.install(repository, permissions={**PERMISSIONS, "checks": "read"})
    client = app.installation(installation.id, repository_ids=(repository.id,))

    with pytest.raises(PermissionMissingError, match="`checks=write`") as caught:
        await client.get(HELLO, RepositoryAnswer)
    assert caught.value.permissions == ("checks=write",)
    assert "GitHub Apps" in caught.value.hint


async def test_a_permission_taken_away_in_between_is_named(github, client, installation, pull):
    await client.get(HELLO, RepositoryAnswer)
    installation.accept_permissions({**PERMISSIONS, "pull_requests": "read"})

    with pytest.raises(PermissionMissingError, match="write"):
        await comment(client)


async def test_a_suspended_installation_is_told(client, installation):
    await client.get(HELLO, RepositoryAnswer)
    installation.suspend()
    with pytest.raises(SuspendedError, match="suspended"):
        await client.get(HELLO, RepositoryAnswer)

    installation.unsuspend()
    assert await client.get(HELLO, RepositoryAnswer)


async def test_a_suspended_installation_gives_no_token(client, installation):
    installation.suspend()

    with pytest.raises(SuspendedError) as caught:
        await client.get(HELLO, RepositoryAnswer)
    assert "an owner lifts it" in caught.value.hint


async def test_a_removed_installation_is_told(client, installation):
    await client.get(HELLO, RepositoryAnswer)
    installation.delete()

    with pytest.raises(GoneError, match="not installed there any more"):
        await client.get(HELLO, RepositoryAnswer)


async def test_a_repository_taken_from_the_app_is_told(github, client, installation, repository):
    other = github.add_repository("octo/other", files={"a": "1"})
    installation.add(other)
    installation.remove(repository)

    with pytest.raises(GoneError, match="taken from the App"):
        await client.get(HELLO, RepositoryAnswer)


async def test_tokens_are_forgotten_on_request_and_limits_are_not(github, app, client, pull, time):
    await comment(client)
    started = time()
    app.forget_installation(pull._world.installations[0].id)
    again = app.installation(pull._world.installations[0].id)
    await comment(again)

    assert len(tokens_made(github)) == 2
    assert time() - started >= 1


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


class OddServer:
    """Something that answers like no GitHub."""

    def __init__(self):
        self.url = ""
        self.seen = []
        """Method and path of each request."""
        self.answers = {}
        """Path -> what makes the answer."""

    async def handle(self, request):
        self.seen.append((request.method, request.path))
        make = self.answers.get(request.path)
        return make() if make else web.json_response({"message": "Not Found"}, status=404)


@pytest.fixture
def start_odd_server(aiohttp_server):
    async def start():
        odd = OddServer()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", odd.handle)
        server = await aiohttp_server(application)
        odd.url = str(server.make_url(""))
        return odd

    return start


@pytest.fixture
async def odd_server(start_odd_server):
    return await start_odd_server()


@pytest.fixture
def odd_app(odd_server, session, time, github):
    return AppClient(
        "1",
        github.private_key,
        odd_server.url,
        session=session,
        clock=time,
        sleep=time.sleep,
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("not json", "application/json"),
        ("[]", "application/json"),
        ('{"slug": 5}', "application/json"),
        ("", "application/json"),
        ("<html>", "text/html"),
        ("\udcff", "application/json; charset=nonsense"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_broken(odd_server, odd_app, text, kind):
    odd_server.answers["/app"] = lambda: web.Response(
        body=text.encode("utf-8", "surrogateescape"), headers={"Content-Type": kind}
    )

    with pytest.raises(BrokenError):
        await odd_app.identity()


@pytest.mark.parametrize("status", [422, 403, 404, 418, 599, 300, 304])
@pytest.mark.parametrize("text", ["", "<html>", "[]", '{"message": 5}', '"x"'])
async def test_an_error_that_makes_no_sense_is_an_error(odd_server, odd_app, status, text):
    odd_server.answers["/app"] = lambda: web.Response(
        body=b"" if status == 304 else text.encode(),
        status=status,
        headers={"Content-Type": "application/json"},
    )

    with pytest.raises(GitHubError):
        await odd_app.identity()


async def test_credentials_do_not_follow_a_redirect_to_another_place(
    odd_server, odd_app, start_odd_server
):
    elsewhere = await start_odd_server()
    odd_server.answers["/app"] = lambda: web.Response(
        status=301, headers={"Location": f"{elsewhere.url}app"}
    )

    with pytest.raises(GitHubError):
        await odd_app.identity()
    assert elsewhere.seen == []


async def test_a_redirect_that_never_ends_is_told(odd_server, odd_app):
    odd_server.answers["/app"] = lambda: web.Response(status=301, headers={"Location": "/app"})

    with pytest.raises(BrokenError):
        await odd_app.identity()


async def test_a_write_is_not_repeated_as_a_read_after_a_redirect(odd_server, odd_app):
    odd_server.answers["/x"] = lambda: web.Response(status=301, headers={"Location": "/app"})

    with pytest.raises(GitHubError):
        await odd_app.client.write("POST", "/x", {"a": 1}, dict, repeatable=True)
    assert odd_server.seen == [("POST", "/x")]


async def test_the_next_page_is_asked_of_github_only(odd_server, odd_app):
    odd_server.answers["/list"] = lambda: web.json_response(
        [], headers={"Link": '<http://127.0.0.1:1/evil>; rel="next"'}
    )

    with pytest.raises(BrokenError):
        await odd_app.client.pages("/list", dict)


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


# Secrets


def test_a_credential_does_not_show_itself():
    token = Token(Secret("ghs_topsecret"), 1.0)

    assert "topsecret" not in f"{token!r} {[token.text]!r} {token}"

"""The App's credentials: made when needed, kept while valid, never shown."""

from __future__ import annotations

import asyncio

import jwt
import pytest

from bot.errors import (
    GoneError,
    PermissionMissingError,
    SuspendedError,
    UnauthorizedError,
)
from bot.github.answers import CommentAnswer, RepositoryAnswer
from bot.github.app import PERMISSIONS, AppClient
from bot.github.credentials import EARLY_SECONDS, Secret, Token
from fakes.github.access import make_key

HELLO = "/repos/octo/hello"


def tokens_made(github):
    operation = "apps/create-installation-access-token"
    return [call for call in github.calls if call.operation == operation]


async def comment(client, number=1, text="hello"):
    return await client.write(
        "POST", f"{HELLO}/issues/{number}/comments", {"body": text}, CommentAnswer, repeatable=False
    )


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


async def test_a_wrong_key_is_told(session, time, github):
    app = AppClient(
        str(github.app_id), make_key(), github.url, session=session, clock=time, sleep=time.sleep
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
    installation.accept_permissions({**PERMISSIONS, "pull_requests": "read", "issues": "read"})

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


async def test_tokens_are_forgotten_on_request_and_limits_are_not(
    github, app, client, installation, pull, time
):
    await comment(client)
    started = time()
    app.forget_installation(installation.id)
    again = app.installation(installation.id)
    await comment(again)

    assert len(tokens_made(github)) == 2
    assert time() - started >= 1


def test_a_credential_does_not_show_itself():
    token = Token(Secret("ghs_topsecret"), 1.0)

    assert "topsecret" not in f"{token!r} {[token.text]!r} {token}"

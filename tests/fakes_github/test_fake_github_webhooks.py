"""Webhooks of the fake: what is sent, when, how, and what is never done."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
import uuid
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from aiohttp import web
from gidgethub.sansio import Event

from fakes.github import FakeGitHub, sign_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fakes.github import Delivery, FakeInstallation, FakeRepository


class Listener:
    """An App that writes down what it is sent."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 202
        self.silent = False
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.received.append((headers, await request.read()))
        if self.silent:
            await asyncio.Event().wait()
        return web.Response(status=self.status)

    def events(self) -> list[str]:
        return [headers["x-github-event"] for headers, _ in self.received]

    def guids(self) -> list[str]:
        return [headers["x-github-delivery"] for headers, _ in self.received]


@pytest.fixture
async def listener(github: FakeGitHub) -> AsyncIterator[Listener]:
    found = Listener()
    application = web.Application(client_max_size=1 << 26)
    application.router.add_post("/hook", found.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.05, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    github.webhook_url = found.url
    yield found
    await runner.cleanup()


async def app_get(github: FakeGitHub, raw: Any, path: str, method: str = "GET") -> Any:
    now = int(time.time())
    claims = {"iat": now - 60, "exp": now + 60, "iss": str(github.app_id)}
    token = jwt.encode(claims, github.private_key, algorithm="RS256")
    return await raw(method, path, token=token)


async def test_delivery_is_signed_and_named(
    github: FakeGitHub, listener: Listener, installation: FakeInstallation
) -> None:
    await github.settled()
    headers, body = listener.received[0]
    digest = hmac.new(github.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    assert (
        headers["x-hub-signature-256"]
        == f"sha256={digest}"
        == sign_body(github.webhook_secret, body)
    )
    assert str(uuid.UUID(headers["x-github-delivery"], version=4)) == headers["x-github-delivery"]
    assert headers["x-github-event"] == "installation"
    assert headers["x-github-hook-installation-target-type"] == "integration"
    assert headers["x-github-hook-installation-target-id"] == str(github.app_id)
    assert headers["content-type"] == "application/json"
    event = Event.from_http(headers, body, secret=github.webhook_secret)
    assert event.data["installation"]["id"] == installation.id
    assert github.deliveries[0].status_code == 202


async def test_push_carries_commits_or_not(
    github: FakeGitHub, installation: FakeInstallation, repository: FakeRepository
) -> None:
    repository.push("main", {"new": "1", "Pipfile": "2", "src/app.py": None})
    repository.push("main", {"a": "2"}, commit_list="empty")
    repository.push("main", {"a": "3"}, commit_list="missing")
    listed, empty, missing = [one.payload for one in github.deliveries if one.event == "push"]
    commit = listed["commits"][0]
    assert (commit["added"], commit["modified"], commit["removed"]) == (
        ["new"],
        ["Pipfile"],
        ["src/app.py"],
    )
    assert listed["head_commit"]["id"] == listed["after"] == commit["id"]
    assert (empty["commits"], empty["head_commit"]) == ([], None)
    assert "commits" not in missing
    assert missing["before"] == empty["after"]


async def test_push_tells_of_made_forced_and_deleted_branches(
    github: FakeGitHub, installation: FakeInstallation, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    repository.push("feature", {"a": "2"}, force=True)
    repository.delete_branch("feature")
    pushes = [one.payload for one in github.deliveries if one.event == "push"]
    told = [(one["created"], one["forced"], one["deleted"]) for one in pushes]
    assert told == [(True, False, False), (False, True, False), (False, False, True)]
    assert (pushes[0]["before"], pushes[2]["after"]) == ("0" * 40, "0" * 40)


async def test_installation_events(
    github: FakeGitHub, installation: FakeInstallation, repository: FakeRepository
) -> None:
    other = github.add_repository("octo/other")
    installation.add(other)
    installation.remove(other)
    installation.suspend()
    installation.unsuspend()
    installation.accept_permissions({"contents": "read"})
    installation.delete()
    assert [(one.event, one.action) for one in github.deliveries] == [
        ("installation", "created"),
        ("installation_repositories", "added"),
        ("installation_repositories", "removed"),
        ("installation", "suspend"),
        ("installation", "unsuspend"),
        ("installation", "new_permissions_accepted"),
        ("installation", "deleted"),
    ]
    payloads = [one.payload for one in github.deliveries]
    assert [one["full_name"] for one in payloads[0]["repositories"]] == ["octo/hello"]
    assert [one["full_name"] for one in payloads[1]["repositories_added"]] == ["octo/other"]
    assert [one["full_name"] for one in payloads[2]["repositories_removed"]] == ["octo/other"]
    assert {one["installation"]["id"] for one in payloads} == {installation.id}


async def test_suspended_or_removed_app_hears_nothing(
    github: FakeGitHub, installation: FakeInstallation, repository: FakeRepository
) -> None:
    installation.suspend()
    count = len(github.deliveries)
    repository.push("main", {"a": "1"})
    assert len(github.deliveries) == count
    installation.unsuspend()
    installation.delete()
    count = len(github.deliveries)
    repository.push("main", {"a": "2"})
    assert len(github.deliveries) == count


async def test_app_hears_only_what_it_subscribed_to_and_may_read(github: FakeGitHub) -> None:
    one = github.add_repository("one/one", files={"a": "1"})
    two = github.add_repository("two/two", files={"a": "1"})
    github.install(one, events=["push"])
    github.install(two, permissions={"issues": "write"})
    for repository in (one, two):
        repository.push("main", {"a": "2"})
        repository.open_issue("Broken")
    heard = [(found.event, found.repository_id) for found in github.deliveries[2:]]
    assert heard == [("push", one.id), ("issues", two.id)]


async def test_repository_events(
    github: FakeGitHub, installation: FakeInstallation, repository: FakeRepository
) -> None:
    repository.rename("bye")
    repository.make_private()
    repository.make_public()
    repository.delete()
    sent = [(one.action, one.payload["repository"]["name"]) for one in github.deliveries[1:]]
    assert sent == [
        ("renamed", "bye"),
        ("privatized", "bye"),
        ("publicized", "bye"),
        ("deleted", "bye"),
    ]
    assert github.deliveries[1].payload["changes"]["repository"]["name"]["from"] == "hello"


async def test_new_repository_is_told_to_an_app_that_has_all(github: FakeGitHub) -> None:
    github.install(github.add_repository("corp/one"), selection="all")
    github.add_repository("corp/two")
    assert (github.deliveries[-1].event, github.deliveries[-1].action) == ("repository", "created")
    assert github.deliveries[-1].payload["repository"]["name"] == "two"


async def test_failed_delivery_is_never_sent_again_by_itself(
    github: FakeGitHub, listener: Listener, repository: FakeRepository
) -> None:
    listener.status = 500
    github.install(repository)
    await github.settled()
    github.clock.advance(86_400)
    await github.settled()
    assert listener.events() == ["installation"]
    assert github.deliveries[0].status_code == 500


async def test_redelivery_on_request_keeps_the_guid(
    github: FakeGitHub, listener: Listener, raw: Any, repository: FakeRepository
) -> None:
    await github.settled()
    listener.status = 503
    repository.push("main", {"a": "1"}, commit_list="missing")
    await github.settled()
    failed = await app_get(github, raw, "/app/hook/deliveries?status=failure")
    assert [one["event"] for one in failed.body] == ["check_suite", "push"]
    listener.status = 202
    push = failed.body[1]
    path = f"/app/hook/deliveries/{push['id']}"
    assert (await app_get(github, raw, f"{path}/attempts", "POST")).status == 202
    await github.settled()
    assert listener.guids().count(push["guid"]) == 2
    first, again = [
        found for found in listener.received if found[0]["x-github-delivery"] == push["guid"]
    ]
    assert first[1] == again[1]
    newest = (await app_get(github, raw, "/app/hook/deliveries")).body[0]
    assert (newest["guid"], newest["redelivery"], newest["status_code"]) == (
        push["guid"],
        True,
        202,
    )
    assert newest["id"] != push["id"]
    shown = (await app_get(github, raw, path)).body
    assert shown["request"]["headers"]["X-GitHub-Delivery"] == push["guid"]
    assert shown["request"]["payload"]["ref"] == "refs/heads/main"


async def test_deliveries_are_listed_newest_first_by_cursor_for_three_days(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    for number in range(4):
        repository.open_issue(str(number))
    first = await app_get(github, raw, "/app/hook/deliveries?per_page=3")
    assert [one["event"] for one in first.body] == ["issues"] * 3
    link = first.headers["link"]
    assert 'rel="next"' in link
    rest = await app_get(github, raw, link.partition("<")[2].partition(">")[0])
    assert [one["event"] for one in rest.body] == ["issues", "installation"]
    github.clock.advance(3 * 86_400 + 1)
    old = rest.body[1]["id"]
    # The JWT follows the machine's clock, so only what the App sees is asked for here.
    assert github.webhooks.visible() == []
    assert old in [one.id for one in github.deliveries]


async def test_only_the_app_itself_sees_its_deliveries(raw: Any) -> None:
    assert (await raw("GET", "/app/hook/deliveries")).status == 401


async def test_deliveries_arrive_twice_on_demand(
    github: FakeGitHub,
    listener: Listener,
    installation: FakeInstallation,
    repository: FakeRepository,
) -> None:
    await github.settled()
    github.webhooks.duplicate(event="push")
    repository.push("main", {"a": "1"})
    await github.settled()
    assert listener.events()[1:] == ["push", "push", "check_suite"]
    assert listener.guids()[1] == listener.guids()[2]


async def test_deliveries_arrive_out_of_order_on_demand(
    github: FakeGitHub,
    listener: Listener,
    installation: FakeInstallation,
    repository: FakeRepository,
) -> None:
    await github.settled()
    github.webhooks.hold()
    comment = repository.open_issue("Broken").comment("one")
    repository_issue = repository.issues[0]
    repository_issue.edit_comment(comment, "two")
    await github.settled()
    assert listener.events() == ["installation"]
    held = [(one.event, one.action) for one in github.webhooks.held]
    assert held == [("issues", "opened"), ("issue_comment", "created"), ("issue_comment", "edited")]
    github.webhooks.release(order=[2, 1, 0])
    await github.settled()
    assert listener.events()[1:] == ["issue_comment", "issue_comment", "issues"]
    assert b'"action":"edited"' in listener.received[1][1]


async def test_delivery_is_lost_on_demand_and_can_be_asked_for(
    github: FakeGitHub, listener: Listener, raw: Any, repository: FakeRepository
) -> None:
    await github.settled()
    github.webhooks.drop(event="push")
    repository.push("main", {"a": "1"})
    await github.settled()
    assert listener.events() == ["installation", "check_suite"]
    lost: Delivery = next(one for one in github.deliveries if one.event == "push")
    assert lost.status_code == 502
    await app_get(github, raw, f"/app/hook/deliveries/{lost.id}/attempts", "POST")
    await github.settled()
    assert listener.events()[-1] == "push"


async def test_held_delivery_that_is_not_released_is_lost(
    github: FakeGitHub,
    listener: Listener,
    installation: FakeInstallation,
    repository: FakeRepository,
) -> None:
    github.webhooks.hold()
    repository.open_issue("Broken")
    github.webhooks.release(order=[])
    await github.settled()
    assert "issues" not in listener.events()
    assert github.deliveries[-1].status_code == 502


async def test_app_that_is_down_loses_deliveries(
    github: FakeGitHub, installation: FakeInstallation, unused_tcp_port: int
) -> None:
    github.webhook_url = f"http://127.0.0.1:{unused_tcp_port}/hook"
    github.webhooks.send("ping", {"zen": "Keep it logically awesome."})
    await github.settled()
    found = github.deliveries[-1]
    assert (found.status_code, found.status) == (502, "failed to connect to host")


async def test_app_that_does_not_answer_in_time_has_failed(repository: FakeRepository) -> None:
    async def silent(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    application = web.Application()
    application.router.add_post("/hook", silent)
    runner = web.AppRunner(application, shutdown_timeout=0.05, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    with FakeGitHub(webhook_url=url, webhook_timeout_seconds=0.05) as impatient:
        impatient.webhooks.send("ping", {"zen": "Speak like a human."})
        await impatient.settled()
        found = impatient.deliveries[0]
        assert (found.status_code, found.status) == (504, "timed out")
    await runner.cleanup()


async def test_any_payload_can_be_sent(github: FakeGitHub, listener: Listener) -> None:
    github.webhooks.send("star", {"action": "created", "note": "ü"})
    await github.settled()
    headers, body = listener.received[0]
    assert headers["x-hub-signature-256"] == sign_body(github.webhook_secret, body)
    assert body.decode() == '{"action":"created","note":"ü"}'


async def test_payload_that_github_would_not_send_is_a_violation(
    github: FakeGitHub, installation: FakeInstallation, repository: FakeRepository
) -> None:
    world = github._world
    sender = repository.state.owner
    world.webhooks.emit(
        "issues", "opened", {"issue": {}}, repository=repository.state, sender=sender
    )
    assert all(text.startswith("webhook issues-opened: ") for text in github.violations)
    assert github.violations
    github.violations.clear()

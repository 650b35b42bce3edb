from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import io
import json
import threading
from uuid import NAMESPACE_URL, uuid5

import pytest
from aiohttp import web

from advisor_core.errors import StoreError
from bot.jobs.routing import route
from bot.metrics import Metrics
from bot.settings import AppSettings, Settings
from bot.store.service import ServiceStore
from bot.web.app import make_app
from bot.web.body import Bodies
from bot.web.intake import Intake, IntakeFullError
from bot.web.webhook import make_webhook
from fakes.github import sign_body

SECRET = "It's a Secret to Everybody"
PATH = "/api/github/webhooks"
BODY = b'{"zen":"Half measures are as bad as nothing at all."}'


@pytest.fixture
def store(database_url):
    opened = ServiceStore.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def settings():
    return Settings(app=AppSettings(1, "not looked at here", SECRET))


@pytest.fixture
async def client(aiohttp_client, settings, store):
    return await aiohttp_client(make_app(settings, store))


def headers(body=BODY, guid="72d3162e-cc78-11e3-81ab-4c9367dc0958", **changed):
    given = {
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": "push",
        "X-Hub-Signature-256": sign_body(SECRET, body),
        **changed,
    }
    return {name: value for name, value in given.items() if value is not None}


async def test_signed_delivery_is_stored_before_it_is_answered(client, store):
    answer = await client.post(PATH, data=BODY, headers=headers())
    assert answer.status == 202
    (waiting,) = store.deliveries.waiting(10)
    assert (waiting.event, waiting.payload) == ("push", BODY)


async def test_bytes_are_kept_as_they_came(client, store):
    body = b"\xff\x00 not JSON, not UTF-8"
    assert (await client.post(PATH, data=body, headers=headers(body))).status == 202
    assert store.deliveries.waiting(1)[0].payload == body


def sha1(body):
    return "sha1=" + hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"X-Hub-Signature-256": None}, 401, id="unsigned"),
        pytest.param(
            {"X-Hub-Signature-256": None, "X-Hub-Signature": sha1(BODY)}, 401, id="SHA-1 only"
        ),
        pytest.param({"X-Hub-Signature-256": sha1(BODY)}, 401, id="SHA-1 in its place"),
        pytest.param({"X-Hub-Signature-256": "sha256="}, 401, id="empty"),
        pytest.param({"X-Hub-Signature-256": "sha256=" + "0" * 64}, 401, id="forged"),
        pytest.param({"X-Hub-Signature-256": "sha256=" + "é" * 64}, 401, id="not ASCII"),
        pytest.param(
            {"X-Hub-Signature-256": sign_body("other", BODY)}, 401, id="with another secret"
        ),
        pytest.param(
            {"X-Hub-Signature-256": sign_body(SECRET, BODY + b" ")}, 401, id="of another body"
        ),
        pytest.param({"X-GitHub-Delivery": None}, 400, id="no GUID"),
        pytest.param({"X-GitHub-Delivery": "ü"}, 400, id="GUID not ASCII"),
        pytest.param({"X-GitHub-Delivery": "x" * 65}, 400, id="GUID too long"),
        pytest.param({"X-GitHub-Event": None}, 400, id="no event"),
        pytest.param({"X-GitHub-Event": "a b"}, 400, id="event malformed"),
    ],
)
async def test_anything_else_is_refused_and_not_stored(client, store, changed, status):
    answer = await client.post(PATH, data=BODY, headers=headers(**changed))
    assert answer.status == status
    assert store.deliveries.counts() == {}


async def test_raw_latin_1_in_the_signature_is_refused(client):
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(
        b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
        b"X-GitHub-Delivery: a\r\nX-GitHub-Event: push\r\n"
        b"X-Hub-Signature-256: sha256=" + b"\xe9" * 64 + b"\r\nConnection: close\r\n\r\n"
    )
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 400"))


async def test_25_megabytes_are_stored_and_26_refused(client, store):
    for megabytes, status in ((25, 202), (26, 413)):
        body = b"x" * (megabytes * 1024 * 1024)
        sent = io.BytesIO(body)
        answer = await client.post(PATH, data=sent, headers=headers(body, guid=f"g{megabytes}"))
        assert answer.status == status
    assert [len(each.payload) for each in store.deliveries.waiting(9)] == [25 * 1024 * 1024]


async def test_compressed_body_is_refused_however_much_it_unpacks_to(client, store):
    bomb = gzip.compress(bytes(200_000_000), 1)
    for guid, body in (("a", gzip.compress(BODY)), ("b", bomb)):
        sent = headers(BODY, guid=guid, **{"Content-Encoding": "gzip"})
        answer = await client.post(PATH, data=io.BytesIO(body), headers=sent)
        assert answer.status == 415
    assert store.deliveries.counts() == {}


@pytest.fixture
async def raw(aiohttp_server):
    """Connects to a webhook of little patience, and sends the head of a delivery."""

    async def keep(_received):
        raise AssertionError("nothing comes in whole")

    bodies = Bodies(most_reading_bytes=5_000_000, read_seconds=0.2)
    webhook = make_webhook(SECRET, Intake(keep), Metrics(), bodies=bodies)
    app = web.Application()
    app.router.add_post(PATH, webhook)
    server = await aiohttp_server(app)
    writers = []

    async def begin(*lines):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writers.append(writer)
        head = [f"POST {PATH} HTTP/1.1", "Host: x", *lines]
        head += [f"{name}: {value}" for name, value in headers().items()]
        writer.write("\r\n".join([*head, "", "begun"]).encode())
        return asyncio.ensure_future(reader.readline())

    yield begin
    for writer in writers:
        writer.close()
        await writer.wait_closed()


async def test_body_that_does_not_come_in_time_is_refused(raw):
    for line in ("Content-Length: 40", "Content-Length: 4000000"):
        assert b" 408 " in await (await raw(line))


async def test_body_that_claims_to_be_too_large_is_refused_unread(raw):
    assert b" 413 " in await (await raw("Content-Length: 99999999"))


async def test_bodies_on_their_way_in_are_bounded_and_small_ones_are_not_kept_out(raw):
    first = await raw("Content-Length: 4000000")
    await asyncio.sleep(0.05)
    assert b" 503 " in await (await raw("Content-Length: 2000000"))
    assert b" 408 " in await (await raw("Content-Length: 900000"))
    assert b" 408 " in await first
    assert b" 408 " in await (await raw("Content-Length: 4000000"))


async def test_duplicate_is_answered_and_stored_once(client, store):
    for _ in range(3):
        assert (await client.post(PATH, data=BODY, headers=headers())).status == 202
    assert store.deliveries.counts() == {"stored": 1}


async def test_many_at_once_are_all_stored(client, store):
    answers = await asyncio.gather(
        *(client.post(PATH, data=BODY, headers=headers(guid=f"g{n}")) for n in range(100))
    )
    assert {answer.status for answer in answers} == {202}
    assert store.deliveries.counts() == {"stored": 100}


async def test_delivery_that_cannot_be_stored_is_refused_so_that_it_comes_again(
    aiohttp_client, settings, store, monkeypatch
):
    def fail(_received):
        raise StoreError("the disk is full")

    monkeypatch.setattr(store.deliveries, "keep", fail)
    client = await aiohttp_client(make_app(settings, store))
    answer = await client.post(PATH, data=BODY, headers=headers())
    assert answer.status == 503
    assert "disk" not in await answer.text()


async def test_only_post_is_a_delivery(client):
    assert (await client.get(PATH)).status == 405


async def test_health_says_engine_and_database(client):
    assert await (await client.get("/ping")).text() == "PONG"
    assert (await client.get("/healthz")).status == 200
    ready = await client.get("/readyz")
    told = await ready.json()
    assert (ready.status, told["database"], told["engine"] in {"c", "python"}) == (200, "ok", True)


async def test_readiness_fails_without_database(client, store, monkeypatch):
    def fail():
        raise StoreError("postgresql://me:secret@host is down")

    monkeypatch.setattr(store, "check", fail)
    answer = await client.get("/readyz")
    assert answer.status == 503
    assert "secret" not in await answer.text()


async def test_metrics_and_index_name_no_repository(client, store):
    body = json.dumps(
        {
            "installation": {"id": 7},
            "repository": {"id": 1, "full_name": "octo/private-name", "default_branch": "main"},
            "ref": "refs/heads/main",
        }
    ).encode()
    await client.post(PATH, data=body, headers=headers(body))
    await client.post(PATH, data=b"", headers=headers())
    metrics = await (await client.get("/metrics")).text()
    assert "thoth_deliveries_accepted_total 1.0" in metrics
    assert 'thoth_deliveries_refused_total{reason="the signature is wrong"} 1.0' in metrics
    assert 'thoth_deliveries{state="stored"} 1.0' in metrics
    index = await (await client.get("/")).text()
    assert "private-name" not in metrics + index


async def test_intake_commits_what_waits_together():
    from bot.store.deliveries import Received

    first_began, first_may_end, groups = threading.Event(), threading.Event(), []

    def keep(received):
        groups.append(len(received))
        first_began.set()
        first_may_end.wait(10)

    async with Intake(keep) as intake:
        received = [Received(str(n), "push", b"", 0.0) for n in range(11)]
        tasks = [asyncio.create_task(intake.put(received[0]))]
        await asyncio.sleep(0)
        assert await asyncio.to_thread(first_began.wait, 10)
        tasks += [asyncio.create_task(intake.put(each)) for each in received[1:]]
        await asyncio.sleep(0)
        first_may_end.set()
        await asyncio.gather(*tasks)
    assert groups == [1, 10]


async def test_intake_is_bounded():
    from bot.store.deliveries import Received

    stored = threading.Event()
    async with Intake(lambda _received: stored.wait(10), most_waiting_bytes=10) as intake:
        first = asyncio.create_task(intake.put(Received("a", "push", b"x" * 8, 0.0)))
        await asyncio.sleep(0)
        with pytest.raises(IntakeFullError):
            await intake.put(Received("b", "push", b"x" * 8, 0.0))
        stored.set()
        await first
        await intake.put(Received("b", "push", b"x" * 8, 0.0))


# Every event that GitHub has: https://docs.github.com/webhooks/webhook-events-and-payloads
NAMES = """
branch_protection_configuration branch_protection_rule check_run check_suite code_scanning_alert
commit_comment create custom_property custom_property_values delete dependabot_alert deploy_key deployment
deployment_protection_rule deployment_review deployment_status discussion discussion_comment fork
github_app_authorization gollum installation installation_repositories installation_target issue_comment
issues label marketplace_purchase member membership merge_group meta milestone org_block organization
package page_build personal_access_token_request ping project project_card project_column projects_v2
projects_v2_item public pull_request pull_request_review pull_request_review_comment
pull_request_review_thread push registry_package release repository repository_advisory
repository_dispatch repository_import repository_ruleset repository_vulnerability_alert
secret_scanning_alert secret_scanning_alert_location security_advisory security_and_analysis sponsorship
star status team team_add watch workflow_dispatch workflow_job workflow_run
"""
EVENTS = NAMES.split()

ODD = [b"{}", b"[]", b"null", b'{"action": {"a": []}, "installation": 7}', b"[" * 5_000]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_event_is_acknowledged_and_settled_whatever_it_holds(client, store):
    assert len(EVENTS) > 58
    for event in EVENTS:
        for number, body in enumerate(ODD):
            sent = headers(
                body, str(uuid5(NAMESPACE_URL, f"{event}-{number}")), **{"X-GitHub-Event": event}
            )
            assert (await client.post(PATH, data=body, headers=sent)).status == 202, (event, body)
    waiting = store.deliveries.waiting(1_000)
    assert len(waiting) == len(EVENTS) * len(ODD)
    for each in waiting:
        assert (
            store.deliveries.settle(each, route(each.event, each.payload), debounce_seconds=0) == []
        )
    assert store.deliveries.waiting(1) == []

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from bot.logs import bound, configure_logs, get_log

TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MiJ9.c2lnbmF0dXJl"


@pytest.fixture
def written():
    """What was logged, as JSON, with `quiet-secret` known to be secret."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs(level="INFO", form="json", secrets=("quiet-secret",), stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


def test_events_carry_delivery_installation_and_repository(written):
    with bound(delivery="d-1", installation=7, repository="octo/hello"):
        get_log("bot.test").info("routed", work=2)
        logging.getLogger("some.library").warning("slow %s", "disk", extra={})
    ours, theirs = written()
    for event in (ours, theirs):
        assert (event["delivery"], event["installation"]) == ("d-1", 7)
        assert event["repository"] == "octo/hello"
    assert (ours["event"], ours["work"], ours["level"]) == ("routed", 2, "info")
    assert theirs["event"] == "slow disk"


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("quiet-secret", id="known by value"),
        pytest.param(TOKEN, id="installation token"),
        pytest.param(JWT, id="JWT"),
        pytest.param("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", id="key"),
        pytest.param("Bearer abcdefghijklmnopqrstuv", id="header"),
    ],
)
def test_secrets_are_hidden_wherever_they_are(written, secret):
    log = get_log("bot.test")
    log.info(f"said {secret}")  # noqa: G004 - what must not be done, done
    log.info("nested", detail={"a": [secret]}, listed=[f"x {secret}"])
    logging.getLogger("lib").warning("lib %s", secret)
    try:
        raise ValueError(secret)  # noqa: TRY301 - to have something to log
    except ValueError:
        log.exception("failed")
    text = json.dumps(written())
    assert json.dumps(secret)[1:-1] not in text
    assert text.count("[hidden]") >= 4


def test_values_are_hidden_by_their_key(written):
    get_log("t").info("x", authorization="abc", webhook_secret="def", http_signature="ghi")
    (event,) = written()
    assert {event[k] for k in ("authorization", "webhook_secret", "http_signature")} == {"[hidden]"}


def test_password_in_a_url_is_hidden(written):
    get_log("t").info("db at postgresql://me:pass@host/name")
    assert written()[0]["event"] == "db at postgresql://[hidden]@host/name"


def test_long_values_are_cut(written):
    get_log("t").info("x", payload="y" * 100_000)
    assert len(written()[0]["payload"]) < 5000


def test_below_the_level_nothing_is_written(written):
    get_log("t").debug("x")
    assert written() == []

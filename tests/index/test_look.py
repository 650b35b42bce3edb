"""Asking an index whether a page changed, against a real one on loopback; and its feed of changes."""

from __future__ import annotations

import xmlrpc.client
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from advisor_core.errors import IndexFailure
from advisor_core.index.change_feed import SerialFeed, feed_url
from advisor_core.index.look import IndexWatcher, Validators
from advisor_core.index.transport import Limits
from advisor_core.model import IndexSource
from fakes.package_index import PackageIndex

TYPE = "application/vnd.pypi.simple.v1+json"
PAGE = b'{"meta": {"api-version": "1.1", "_last-serial": "%s"}, "name": "a", "versions": [], "files": []}'
FAST = Limits(attempts=1)


@contextmanager
def serve(answer):
    """Run a server whose `answer(handler, body)` returns status, headers and body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("Content-Length", 0))
            status, headers, body = answer(self, self.rfile.read(length))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def look(url, known=Validators(), name="a"):  # noqa: B008 - a value that never changes
    async with IndexWatcher(IndexSource("x", url), limits=FAST, environment={}) as watcher:
        return await watcher.look(name, known)


async def test_a_page_is_read_and_a_missing_one_is_told():
    with PackageIndex() as index:
        index.add("a", "1.0")
        found = await look(index.url)
        assert found.state == "page"
        assert found.project.versions == ("1.0",)
        assert (await look(index.url, name="b")).state == "missing"


async def test_an_index_that_has_no_json_is_read_as_html():
    with PackageIndex(formats=("html",)) as index:
        index.add("a", "1.0", yanked="broken")
        found = await look(index.url)
        (file,) = found.project.artifacts(0)
    assert (found.state, found.project.versions, file.yanked) == ("page", ("1.0",), "broken")
    assert file.url.startswith("http")


@pytest.mark.parametrize(
    ("given", "header", "value"),
    [
        ("ETag", "If-None-Match", '"e1"'),
        ("Last-Modified", "If-Modified-Since", "Tue, 01 Dec 2026 00:00:00 GMT"),
    ],
)
async def test_a_validator_is_sent_back_and_not_changed_is_the_same(given, header, value):
    asked = []

    def answer(handler, _body):
        asked.append(handler.headers.get(header))
        if asked[-1] == value:
            return 304, {}, b""
        return 200, {"Content-Type": TYPE, given: value}, PAGE % b"1"

    with serve(answer) as url:
        first = await look(url)
        again = await look(url, first.validators)
    assert asked == [None, value]
    assert (first.state, again.state) == ("page", "same")
    assert again.validators == first.validators


async def test_without_an_etag_the_serial_tells():
    serials = [b"1", b"1", b"2"]

    def answer(_handler, _body):
        return 200, {"Content-Type": TYPE}, PAGE % serials.pop(0)

    with serve(answer) as url:
        first = await look(url)
        same = await look(url, first.validators)
        changed = await look(url, first.validators)
    assert [first.state, same.state, changed.state] == ["page", "same", "page"]
    assert changed.validators.serial == "2"


async def test_a_header_that_could_not_be_sent_back_is_not_kept():
    def answer(_handler, _body):
        return 200, {"Content-Type": TYPE, "ETag": '"' + "x" * 600 + '"'}, PAGE % b"1"

    with serve(answer) as url:
        assert (await look(url)).validators == Validators(serial="1")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, b"no page"),
        (200, b'{"meta": {"api-version": "9.0"}, "name": "a", "files": []}'),
        (200, b'{"meta": {"api-version": "1.1"}, "name": "other", "files": []}'),
    ],
)
async def test_a_page_that_is_none_is_a_failure(status, body):
    with serve(lambda *_: (status, {"Content-Type": TYPE}, body)) as url:
        with pytest.raises(IndexFailure) as caught:
            await look(url)
        assert url in str(caught.value)


def rpc(value):
    return xmlrpc.client.dumps((value,), methodresponse=True).encode()


async def ask(url, cursor):
    async with SerialFeed(url) as feed:
        return await feed.changed_since(cursor)


async def test_the_feed_begins_now_and_goes_on_by_serial():
    asked = []

    def answer(_handler, body):
        arguments, method = xmlrpc.client.loads(body)
        asked.append((method, arguments))
        if method == "changelog_last_serial":
            return 200, {}, rpc(100)
        rows = [
            ["Flask", "1.0", 1, "new release", 101],
            ["zope.interface", None, 2, "create", 103],
            ["Flask", "1.0", 2, "add file", 102],
        ]
        return 200, {}, xmlrpc.client.dumps((rows,), methodresponse=True, allow_none=True).encode()

    with serve(answer) as url:
        assert await ask(url, None) == ((), "100")
        assert await ask(url, "100") == (["flask", "zope-interface"], "103")
    assert asked == [("changelog_last_serial", ()), ("changelog_since_serial", (100,))]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, b""),
        (302, b""),
        (200, b"<html>"),
        (200, rpc("text")),
        (200, rpc([["a", "1", 1, "x"]])),
        (200, rpc([[1, "1", 1, "x", 5]])),
        (200, xmlrpc.client.dumps(xmlrpc.client.Fault(1, "too many")).encode()),
        (
            200,
            b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(
                b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 30 if i else b"&a;" * 30)
                for i in range(9)
            )
            + b"]><methodResponse><params><param><value><string>&a8;</string></value></param></params>"
            b"</methodResponse>",
        ),
    ],
)
async def test_a_feed_that_answers_otherwise_is_a_failure(status, body):
    headers = {"Location": "http://127.0.0.1:1/"}
    with serve(lambda *_: (status, headers, body)) as url, pytest.raises(IndexFailure):
        await ask(url, "1")


def test_only_pypi_is_known_to_have_a_feed():
    assert feed_url("https://pypi.org/simple/") == "https://pypi.org/pypi"
    assert feed_url("https://pypi.example/simple") is None

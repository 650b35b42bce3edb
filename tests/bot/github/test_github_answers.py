"""Answers that no GitHub gives, and redirects: nothing is believed, no credential goes astray."""

from __future__ import annotations

import pytest
from aiohttp import web

from bot.errors import (
    BrokenError,
    GitHubError,
)
from bot.github.app import AppClient


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
        odd.url = str(server.make_url("/")).rstrip("/")
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
        status=301, headers={"Location": f"{elsewhere.url}/app"}
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

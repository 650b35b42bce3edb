"""What the tests of the fake share: a GitHub with one App, and two ways to talk to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from gidgethub.aiohttp import GitHubAPI

from fakes.github import FakeGitHub, FakeInstallation, FakeRepository

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PIPFILE = '[packages]\nsimplelib = "*"\n'


@dataclass
class Answer:
    """One answer, read."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: Any


class Raw:
    """Sends requests as they are, and shows answers as they are."""

    def __init__(self, session: aiohttp.ClientSession, github: FakeGitHub, token: str) -> None:
        self.token = token
        self._session = session
        self._github = github

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {token or self.token}", "User-Agent": "tests"}
        url = path if path.startswith("http") else self._github.url + path
        async with self._session.request(
            method,
            url,
            json=body,
            headers={**sent, **(headers or {})},
            allow_redirects=False,
        ) as answer:
            data = await answer.read()
            kind = answer.content_type
            read: Any = json.loads(data) if data and kind == "application/json" else data
            lower = {key.lower(): value for key, value in answer.headers.items()}
            return Answer(answer.status, lower, read)


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def repository(github: FakeGitHub) -> FakeRepository:
    """A public repository."""
    return github.add_repository(
        "octo/hello", files={"Pipfile": PIPFILE, "src/app.py": "import x\n"}
    )


@pytest.fixture
def installation(github: FakeGitHub, repository: FakeRepository) -> FakeInstallation:
    return github.install(repository)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def raw(session: aiohttp.ClientSession, github: FakeGitHub, installation: FakeInstallation) -> Raw:
    """Requests with a token of the installation."""
    return Raw(session, github, installation.token())


@pytest.fixture
def api(
    session: aiohttp.ClientSession, github: FakeGitHub, installation: FakeInstallation
) -> GitHubAPI:
    """gidgethub with a token of the installation."""
    return GitHubAPI(session, "tests", base_url=github.url, oauth_token=installation.token())

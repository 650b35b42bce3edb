"""What the tests of the GitHub side share: a strict fake of GitHub on a clock of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import aiohttp
import pytest

from bot.github.app import AppClient
from fakes.forges import GitHubWorld, LocalWorld
from fakes.github import Clock, FakeGitHub

START = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.clock = Clock(START)
        self.slept = []

    def __call__(self):
        return self.clock.timestamp()

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.clock.advance(seconds)


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def github(time):
    with FakeGitHub(clock=time.clock) as fake:
        yield fake


@pytest.fixture
def repository(github):
    return github.add_repository(
        "octo/hello", files={"README": "hello\n", "Pipfile": '[packages]\nflask = "*"\n'}
    )


@pytest.fixture
def installation(github, repository):
    return github.install(repository)


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def make_app(github, time, session):
    """Make an App's client; keyword arguments go to it."""

    def make(**more):
        return AppClient(
            str(github.app_id),
            github.private_key,
            github.url,
            **{
                "session": session,
                "clock": time,
                "sleep": time.sleep,
                "timeout_seconds": 5.0,
                **more,
            },
        )

    return make


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def client(app, installation, repository):
    """A client with tokens for the repository alone."""
    return app.installation(installation.id, repository_ids=(repository.id,))


@pytest.fixture
def pull(repository):
    """A person's pull request."""
    repository.push("work", {"a": "1"})
    return repository.open_pull_request("work")


@pytest.fixture
async def world(github, repository, installation, app):
    """The repository on GitHub, with the forge open."""
    made = GitHubWorld(github, repository, installation, app)
    await made.open()
    return made


@pytest.fixture
def forge(world):
    return world.forge


@pytest.fixture(params=["local", "github"])
async def either(request, world, tmp_path):
    """The same repository behind either forge."""
    if request.param == "github":
        yield world
        return
    made = LocalWorld(tmp_path / "repository")
    with made.forge.store.locked():
        yield made

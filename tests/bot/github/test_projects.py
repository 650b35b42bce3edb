"""Other projects on GitHub: who is asked, how often, and that the App's own secrets are not told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from advisor_core.release_facts import ChangeFacts
from bot.forge import Changelog, Project, PublishedRelease
from bot.github.forge import open_forge
from bot.github.projects import find_project
from bot.jobs.release_notes import read_notes
from fakes.outcomes import ORDINARY

OWN = "https://github.com/octo/hello"
FLASK = Project("pallets/flask", "https://github.com/pallets/flask")


@pytest.fixture
async def forge(app, installation, repository):
    opened = await open_forge(
        app,
        installation_id=installation.id,
        repository_id=repository.id,
        full_name="octo/hello",
    )
    await opened.base()
    return opened


def asked(github, operation):
    return sum(call.operation == operation for call in github.calls)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/pallets/flask", "pallets/flask"),
        ("https://www.github.com/pallets/flask.git", "pallets/flask"),
        ("http://github.com/pallets/flask/blob/main/CHANGES.rst", "pallets/flask"),
        ("https://github.com/octo/hello/", None),
        ("https://github.com/Octo/Hello", None),
        ("https://github.com/sponsors/eve", None),
        ("https://github.com/pallets", None),
        ("https://github.com/pallets/..", None),
        ("https://github.com/pal%2Flets/flask", None),
        ("https://gitlab.com/pallets/flask", None),
        ("https://github.com.evil.example/pallets/flask", None),
        ("https://github.com@evil.example/pallets/flask", None),
        ("https://169.254.169.254/pallets/flask", None),
        ("ftp://github.com/pallets/flask", None),
        ("https://[github.com/pallets/flask", None),
    ],
)
def test_only_other_projects_on_the_same_host_are_asked(url, name):
    found = find_project(url, own_page=OWN)
    assert (found and found.name) == name


def test_on_an_enterprise_server_its_own_projects_are_asked():
    page = "https://github.corp.example/octo/hello"
    assert find_project("https://github.com/pallets/flask", own_page=page) is None
    found = find_project("https://github.corp.example/team/tool", own_page=page)
    assert found == Project("team/tool", "https://github.corp.example/team/tool")


async def test_releases_are_read_once_for_every_repository(github, forge):
    flask = github.add_repository("pallets/flask", files={"README": "x"})
    flask.publish("2.0", "Old.")
    flask.publish("3.0", "New.")
    flask.publish("4.0", "Not yet.", draft=True)
    for _ in range(2):
        assert await forge.releases(FLASK) == (
            PublishedRelease("3.0", "New."),
            PublishedRelease("2.0", "Old."),
        )
    assert asked(github, "repos/list-releases") == 1


async def test_they_are_read_again_after_some_hours(github, forge, time):
    github.add_repository("pallets/flask", files={"README": "x"})
    assert await forge.releases(FLASK) == ()
    time.clock.advance(7 * 3600)
    await forge.releases(FLASK)
    assert asked(github, "repos/list-releases") == 2


async def test_the_changelog_is_found_among_the_files(github, forge):
    github.add_repository("pallets/flask", files={"NEWS": "n", "Changes.rst": "c", "docs/x": "x"})
    for _ in range(2):
        assert await forge.changelog(FLASK) == Changelog("Changes.rst", "c")
    assert asked(github, "repos/get-content") == 2


async def test_what_is_not_there_is_nothing(github, forge):
    github.add_repository("pallets/hidden", files={"CHANGES": "secret"}, private=True)
    hidden = Project("pallets/hidden", "https://github.com/pallets/hidden")
    for project in (FLASK, hidden):
        assert await forge.releases(project) == ()
        assert await forge.changelog(project) is None


async def test_the_own_repository_is_read_under_no_former_name(github, repository, forge):
    """Its token reads it, private as it is; others would be told from what is kept."""
    repository.publish("3.0", "Secret.")
    repository.push("main", {"CHANGES": "secret"})
    repository.rename("elsewhere")
    await forge.base()
    former = Project("octo/hello", "https://github.com/octo/hello")
    assert await forge.releases(former) == ()
    assert await forge.changelog(former) is None


LINKED = ChangeFacts("flask", "2.0", "3.0", (("Source", "https://github.com/pallets/flask"),))
OUTCOME = replace(ORDINARY, facts=(LINKED,))


async def test_a_failure_stops_nothing_and_is_told(github, forge):
    github.fail(404, operation="repos/list-releases")
    github.fail(502, operation="repos/get-content", times=None)
    notes = await read_notes(forge, [OUTCOME])
    assert (notes.is_complete, dict(notes.said)) == (False, {})


class Slow:
    """A forge that does not answer."""

    def project_at(self, _url):
        return FLASK

    async def releases(self, _project):

        await asyncio.Event().wait()


async def test_what_takes_too_long_is_left_out():
    notes = await read_notes(Slow(), [OUTCOME], seconds=0.01)
    assert (notes.is_complete, dict(notes.said)) == (False, {})

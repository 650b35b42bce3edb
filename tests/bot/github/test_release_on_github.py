"""A release is asked for, and proposed: against the strict fake of GitHub."""

from __future__ import annotations

import pytest

from bot.jobs.answer import acknowledge_thread, answer_thread
from bot.jobs.background import in_thread
from fakes.advisor import FakeAdvisor

ON = (
    "managers:\n- name: version\n"
    "  configuration: {maintainers: [eve], labels: [bot], changelog_file: true}\n"
)
BRANCH = "thoth/release/v1.3.0"


@pytest.fixture
def project(repository):
    repository.add_collaborator("ada", "write")
    repository.add_collaborator("eve", "read")
    repository.push("main", {
        ".thoth.yaml": ON,
        "pyproject.toml": '[project]\nname = "hello"\nversion = "1.2.0"\n',
        "src/hello/__init__.py": '__version__ = "1.2.0"\n',
    }, message="Begin")  # fmt: skip
    repository.state.refs.set("refs/tags/v1.2.0", repository.branch("main").sha)
    repository.push("main", {"a": "1"}, message="Fix a thing\n\nAt length")
    repository.push("main", {"a": "2"}, message="Greet @octocat, fixes #1")
    return repository


async def answer(world, thread):
    forge = await world.open()
    count = await answer_thread(
        forge, thread.number, propose=in_thread(FakeAdvisor()), clock=lambda: 1_790_000_000.0
    )
    return count, [each.body.split("\n\n<!--")[0] for each in thread.comments if each.via_app]


async def test_a_titled_issue_brings_the_pull_request_that_closes_it(world, project):
    issue = project.open_issue("New minor release", author="ada")
    _, said = await answer(world, issue)
    (pull,) = project.pull_requests
    assert said == [f"Opened a pull request that sets the version to `1.3.0`, from `{BRANCH}`."]
    assert (pull.title, pull.head, pull.labels) == ("Release of version 1.3.0", BRANCH, ["bot"])
    files = project.branch(BRANCH).files
    assert 'version = "1.3.0"' in files["pyproject.toml"]
    assert files["src/hello/__init__.py"] == '__version__ = "1.3.0"\n'
    assert files["CHANGELOG.md"].startswith("# Changelog\n\n## 1.3.0 (2026-09-21)\n\n- Greet")
    assert "- Fix a thing\n" in pull.body
    assert "Begin" not in pull.body
    assert pull.body.endswith(f"Closes #{issue.number}\n")
    assert issue.state == "open"


async def test_a_maintainer_of_the_configuration_may_and_others_may_not(world, project):
    by_eve = project.open_issue("x", author="ada")
    by_eve.comment("/thoth release patch", author="eve")
    await answer(world, by_eve)
    assert project.pull_requests[0].title == "Release of version 1.2.1"
    by_mallory = project.open_issue("New major release", author="mallory")
    _, said = await answer(world, by_mallory)
    assert "needs write access" in said[0]
    assert len(project.pull_requests) == 1


async def test_without_the_manager_a_title_is_just_a_title(world, project):
    project.push("main", {".thoth.yaml": "mode: advise\n"})
    issue = project.open_issue("New minor release", author="ada")
    assert await acknowledge_thread(await world.open(), issue.number) == 0
    assert await answer(world, issue) == (0, [])
    issue.comment("/thoth release minor", author="ada")
    _, said = await answer(world, issue)
    assert "add the manager `version`" in said[0]


async def test_versions_that_disagree_are_named(world, project):
    project.push("main", {"VERSION": "1.1\n"})
    _, said = await answer(world, project.open_issue("New minor release", author="ada"))
    assert "- `VERSION`: `1.1`" in said[0]
    assert project.pull_requests == []


async def test_a_version_that_does_not_follow_is_refused(world, project):
    _, said = await answer(world, project.open_issue("1.0 release", author="ada"))
    assert said == ["`1.0` leads to no version after `1.2.0`."]


async def test_without_a_tag_the_newest_commits_are_listed(world, project):
    project.push("main", {
        "pyproject.toml": '[project]\nversion = "1.2.5"\n', "src/hello/__init__.py": "",
    })  # fmt: skip
    await answer(world, project.open_issue("New patch release", author="ada"))
    assert "no tag names `1.2.5`" in project.pull_requests[0].body
    assert "- Begin" in project.pull_requests[0].body

"""A configuration is proposed on request, with a preview; merged, it counts."""

from __future__ import annotations

import pytest

from bot.jobs.answer import answer_thread
from bot.jobs.background import in_thread
from bot.jobs.dashboard import update_and_tell
from bot.jobs.onboarding import welcome
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.markdown_judge import GITHUB_REFERENCES, judge

ADVISOR = FakeAdvisor({"flask": "3.0"})
BRANCH = "thoth/config/setup"


@pytest.fixture
def issue(repository):
    repository.add_collaborator("ada", "write")
    return repository.open_issue("Question", author="ada")


async def say(world, thread, text="/thoth config"):
    thread.comment(text, author="ada")
    forge = await world.open()
    await answer_thread(forge, thread.number, propose=in_thread(ADVISOR))
    return thread.comments[-1].body.split("\n\n<!--")[0]


async def test_it_says_what_was_found_what_will_happen_and_what_was_taken_over(
    world, repository, issue
):
    repository.push("main", {
        "renovate.json": '{"ignoreDeps": ["flask"], "prHourlyLimit": 1, "schedule<b>": "@octocat #1"}',
        ".python-version": "3.12",
    })  # fmt: skip
    text = await say(world, issue)
    (pull,) = repository.pull_requests
    assert text == (
        f"#{pull.number} proposes a `.thoth.yaml`, and says what will happen once it is merged."
    )
    assert (pull.head, pull.changed_files) == (BRANCH, [".thoth.yaml"])
    assert "python_version: '3.12'" in repository.branch(BRANCH).files[".thoth.yaml"]
    shown = judge(pull.body)
    assert "Python 3.12 (.python-version" in shown.text.replace("\u200b", "")
    assert "| `Pipfile.lock` | a pull request with 1 change: Lock 1 package" in pull.body
    assert (
        "| `renovate.json` | `ignoreDeps` | `packages: [{name: flask, ignore: all}]` |" in pull.body
    )
    assert (
        "| `renovate.json` | `prHourlyLimit` | `limits` counts what is opened in a day |"
        in pull.body
    )
    assert not GITHUB_REFERENCES.search(shown.linkable)
    assert "b" not in shown.tags


async def test_merged_it_is_what_counts(world, repository, issue):
    repository.push("main", {"renovate.json": '{"enabled": false}'})
    await say(world, issue)
    repository.pull_requests[-1].merge()
    assert "Mode: `silent`" in await say(world, issue, "/thoth info")


async def test_asked_again_it_is_brought_up_to_date_in_place(world, github, repository, issue):
    await say(world, issue)
    repository.push("main", {".python-version": "3.12"})
    await say(world, issue)
    (pull,) = repository.pull_requests
    assert "3.12" in pull.body
    assert len(pull.commits) == 1


async def test_where_there_is_one_or_a_person_is_at_work_nothing_is_written(
    world, repository, issue
):
    await say(world, issue)
    repository.push(BRANCH, {"mine": "1"}, author="ada")
    assert "edit that one" in await say(world, issue)
    assert repository.branch(BRANCH).files["mine"] == "1"
    repository.push("main", {".thoth.yaml": "mode: advise\n"})
    assert "edit that one" in await say(world, issue)


async def test_files_that_are_wrong_are_told(world, repository, issue):
    repository.push("main", {"renovate.json": "{"})
    assert (
        "`renovate.json" in (await say(world, issue)) or "renovate.json" in issue.comments[-1].body
    )
    assert repository.pull_requests == []


async def come(world, where="import"):
    """Look at a repository for the first time."""
    forge = await world.open()
    propose = in_thread(ADVISOR)
    report = await update_and_tell(forge, event=UpdateEvent("push"), propose=propose)
    return await welcome(forge, report, propose=propose, where=where)


def proposed(repository):
    return [each for each in repository.pull_requests if each.head == BRANCH]


@pytest.mark.parametrize(
    ("where", "files", "opened"),
    [
        ("import", {"renovate.json": "{}"}, 1),
        ("import", {".github/dependabot.yml": "version: 2\nupdates: []\n"}, 1),
        ("import", {}, 0),
        ("all", {}, 1),
        ("off", {"renovate.json": "{}"}, 0),
        ("all", {".thoth.yaml": "mode: advise\n"}, 0),
        ("all", {"Pipfile": "broken\n"}, 0),
    ],
)
async def test_where_the_app_is_new_a_configuration_is_proposed(
    world, repository, where, files, opened
):
    repository.push("main", {"README": "hello", **files})
    await come(world, where)
    assert len(proposed(repository)) == opened


async def test_it_is_proposed_once_and_stays_closed(world, repository):
    repository.push("main", {"renovate.json": "{}"})
    await come(world)
    proposed(repository)[0].close()
    repository.delete_branch(BRANCH)
    assert await come(world) is None
    assert [each.state for each in proposed(repository)] == ["closed"]


async def test_a_fork_is_left_alone(world, repository, monkeypatch):
    repository.push("main", {"renovate.json": "{}"})
    forge = await world.open()
    propose = in_thread(ADVISOR)
    report = await update_and_tell(forge, event=UpdateEvent("push"), propose=propose)
    forge.repository.is_fork = True
    assert await welcome(forge, report, propose=propose, where="all") is None
    assert proposed(repository) == []


async def test_its_subject_is_a_conventional_commit_where_the_others_are(world, repository):
    for number in range(8):
        repository.push(
            "main", {"renovate.json": f'{{"a": {number}}}'}, message=f"fix(x): {number} is"
        )
    await come(world)
    (pull,) = proposed(repository)
    assert pull.title == "chore: configure Thoth"
    assert repository.branch(BRANCH).messages[0].startswith("chore: configure Thoth\n")

"""Pull requests for single packages, by command: against the strict fake of GitHub."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from advisor_core.config import read_configuration
from bot.jobs.answer import answer_thread
from bot.jobs.background import in_thread
from bot.jobs.dashboard import update_and_tell
from bot.managers.packages import packages_branch
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

ADVISOR = FakeAdvisor({"flask": "3.0", "jinja2": "3.1"})
OLD = FakeAdvisor({"flask": "2.0", "jinja2": "2.1"})
WHOLE = "thoth/update/pipfile-lock"
FLASK = "thoth/update/pipfile-lock.flask"
PIPFILE = '[packages]\nflask = "*"\njinja2 = "*"\n'


@pytest.fixture
async def issue(world, repository):
    """An issue in a repository whose lockfile is old."""
    repository.add_collaborator("ada", "write")
    repository.push("main", {"Pipfile": PIPFILE})
    await run(world, OLD)
    repository.pull_requests[-1].merge()
    return repository.open_issue("Question", author="ada")


async def run(world, advisor=ADVISOR, kind="push"):
    forge = await world.open()
    return await update_and_tell(forge, event=UpdateEvent(kind), propose=in_thread(advisor))


async def say(world, issue, text, advisor=ADVISOR):
    """Return what Thoth answers."""
    issue.comment(text, author="ada")
    forge = await world.open()
    await answer_thread(forge, issue.number, propose=in_thread(advisor))
    return issue.comments[-1].body.split("\n\n<!--")[0]


def opened(repository):
    return {each.head: each for each in repository.pull_requests if each.state == "open"}


def locked(repository, branch):
    text = json.loads(repository.branch(branch).files["Pipfile.lock"])
    return {name: pin["version"][2:] for name, pin in text["default"].items()}


async def test_update_of_a_package_moves_it_alone_in_a_pull_request_of_its_own(
    world, repository, issue
):
    text = await say(world, issue, "/thoth update Flask")
    assert text == f"- Opened a pull request from `{FLASK}`."
    assert locked(repository, FLASK) == {"flask": "3.0", "jinja2": "2.1"}
    assert opened(repository)[FLASK].title == "Update flask to 3.0 in Pipfile.lock"


async def test_the_pull_request_for_the_lockfile_leaves_it_alone_while_it_is_open(
    world, repository, issue
):
    await run(world)
    assert locked(repository, WHOLE) == {"flask": "3.0", "jinja2": "3.1"}
    await say(world, issue, "/thoth update flask")
    assert locked(repository, WHOLE) == {"flask": "2.0", "jinja2": "3.1"}
    opened(repository)[FLASK].close(author="ada")
    await run(world)
    assert locked(repository, WHOLE) == {"flask": "3.0", "jinja2": "3.1"}


async def test_split_takes_the_release_that_was_proposed(world, repository, issue):
    await run(world)
    pull = opened(repository)[WHOLE]
    await say(world, pull, "/thoth split flask")
    assert locked(repository, FLASK) == {"flask": "3.0", "jinja2": "2.1"}
    await run(world, FakeAdvisor({"flask": "4.0", "jinja2": "3.1"}))
    assert locked(repository, FLASK)["flask"] == "3.0"
    assert locked(repository, WHOLE) == {"flask": "2.0", "jinja2": "3.1"}


async def test_split_of_what_is_not_proposed_says_so(world, repository, issue):
    text = await say(world, issue, "/thoth split flask", OLD)
    assert text == "Thoth proposes no other release of `flask`, so there is nothing to split off."
    assert opened(repository) == {}


async def test_a_package_at_its_newest_and_one_that_nobody_has_are_told_apart(
    world, repository, issue
):
    text = await say(world, issue, "/thoth update flask nonesuch", OLD)
    assert text == (
        "`flask`: already at the newest release that everything else allows. `/thoth why flask` says "
        "what keeps newer ones out.\n\n`nonesuch`: in no lockfile of this repository."
    )
    assert opened(repository) == {}


async def test_it_follows_the_base_and_newer_releases_and_is_closed_when_the_base_has_it(
    world, repository, issue
):
    await say(world, issue, "/thoth update flask")
    await run(world, FakeAdvisor({"flask": "3.5", "jinja2": "3.1"}))
    assert locked(repository, FLASK)["flask"] == "3.5"
    number = opened(repository)[FLASK].number
    repository.push("main", {"Pipfile.lock": repository.branch(FLASK).files["Pipfile.lock"]})
    await run(world, FakeAdvisor({"flask": "3.5", "jinja2": "3.1"}))
    (closed,) = [each for each in repository.pull_requests if each.number == number]
    assert closed.state == "closed"
    assert "nothing is left to do here" in closed.comments[-1].body


async def test_nothing_is_written_when_nothing_has_changed(world, github, repository, issue):
    await say(world, issue, "/thoth update flask")
    await run(world)
    written = len([call for call in github.calls if call.method != "GET"])
    await run(world)
    again = [call for call in github.calls if call.method != "GET"][written:]
    assert [call.operation for call in again if "token" not in call.operation] == []


async def test_a_persons_commit_hands_it_over_and_recreate_takes_it_back(world, repository, issue):
    await say(world, issue, "/thoth update flask")
    repository.push(FLASK, {"mine": "1"}, author="ada")
    await run(world, FakeAdvisor({"flask": "3.5", "jinja2": "3.1"}))
    pull = opened(repository)[FLASK]
    assert "leaves the branch" in pull.comments[-1].body
    await say(world, pull, "/thoth recreate", FakeAdvisor({"flask": "3.5", "jinja2": "3.1"}))
    assert "mine" not in repository.branch(FLASK).files
    assert locked(repository, FLASK)["flask"] == "3.5"


async def test_a_block_that_a_person_changed_is_left_alone(world, repository, issue):
    await say(world, issue, "/thoth update flask")
    pull = opened(repository)[FLASK]
    pull.edit(body=pull.body.replace('"packages":"flask"', '"packages":"jinja2"'))
    body = pull.body
    await run(world, FakeAdvisor({"flask": "3.5", "jinja2": "3.5"}))
    assert opened(repository)[FLASK].body == body


async def test_without_a_stack_the_person_is_told(world, repository, issue):
    repository.push("main", {"Pipfile": PIPFILE + 'impossible = "*"\n'})
    text = await say(world, issue, "/thoth update flask")
    assert text.startswith(
        "No stack of `Pipfile` holds that:\n\n```text\nimpossible<0 cannot hold:"
    )
    assert opened(repository) == {}


@pytest.mark.parametrize(
    "packages", [("flask",), ("a", "b"), ("lock",), tuple(f"package-{i}" for i in range(50))]
)
def test_a_branch_is_one_that_git_takes_and_each_set_has_its_own(packages):
    branch = packages_branch("Pipfile.lock", packages)
    assert branch == packages_branch("Pipfile.lock", tuple(reversed(packages)))
    assert branch != packages_branch("Pipfile.lock", (*packages, "more"))
    assert len(branch) < 150
    assert not branch.endswith((".lock", "."))
    assert ".." not in branch


async def test_its_pull_request_is_in_the_style_of_the_ordinary_ones(world, repository, issue):
    """Conventional commits where the base branch's are, and what the configuration names."""
    for number in range(8):
        repository.push("main", {"README": str(number)}, message=f"feat: step {number}")
    wanted = read_configuration(
        b"pull_requests: {title: '{title} [{count}]', labels: [deps], assignees: [ada],"
        b" reviewers: [octo/core]}\n"
    )
    repository.state.teams.add("core")
    advisor = replace(ADVISOR, configuration=wanted)
    await say(world, issue, "/thoth update flask", advisor)
    pull = opened(repository)[FLASK]
    assert pull.title == "chore(deps): update flask to 3.0 in Pipfile.lock [1]"
    assert repository.branch(FLASK).messages[0].startswith("chore(deps): update flask to 3.0")
    assert (pull.labels, pull.assignees, pull.reviewers) == (["deps"], ["ada"], ["core"])

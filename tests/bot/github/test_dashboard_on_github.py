"""The dashboard issue on GitHub: made once, kept true, obeyed, and left when a person closes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from advisor_core.config import read_configuration
from advisor_core.errors import IndexFailure
from bot.jobs.answer import answer_thread
from bot.jobs.background import in_thread
from bot.jobs.dashboard import update_and_tell
from bot.jobs.failure import tell_in_dashboard
from bot.ledger import Deeds
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

ADVISOR = FakeAdvisor({"flask": "3.0"})
BRANCH = "thoth/update/pipfile-lock"


async def run(world, advisor=ADVISOR):
    forge = await world.open()
    await update_and_tell(forge, event=UpdateEvent("push"), propose=in_thread(advisor))


@pytest.fixture
async def dashboard(world, repository):
    repository.add_collaborator("ada", "write")
    await run(world)
    return next(issue for issue in repository.issues if issue.title == "Thoth dashboard")


def issues(repository):
    return [issue for issue in repository.issues if issue.title == "Thoth dashboard"]


def check(dashboard, box):
    lines = dashboard.body.splitlines()
    text = "\n".join(
        line.replace("[ ]", "[x]") if f"thoth:{box} " in line else line for line in lines
    )
    dashboard.edit(body=text, author="ada")


async def obey(world, dashboard, advisor=ADVISOR):
    forge = await world.open()
    return await answer_thread(forge, dashboard.number, propose=in_thread(advisor))


async def test_it_names_the_pull_request_that_the_run_opened(dashboard, repository):
    (pull,) = repository.pull_requests
    assert f"#{pull.number} is open" in dashboard.body


async def test_a_run_that_changes_nothing_writes_nothing(world, github, dashboard, repository):
    before = [call for call in github.calls if call.method != "GET"]
    await run(world)
    assert [call for call in github.calls if call.method != "GET"] == before
    assert len(issues(repository)) == 1


async def test_a_checked_box_is_obeyed_and_emptied(world, dashboard, repository):
    repository.pull_requests[0].close(author="ada")
    await run(world)
    assert "was declined" in dashboard.body
    check(dashboard, "update")
    await obey(world, dashboard)
    assert len([pull for pull in repository.pull_requests if pull.state == "open"]) == 1
    assert "[x]" not in dashboard.body


async def test_recreate_discards_a_persons_commit(world, dashboard, repository):
    repository.push(BRANCH, {"mine": "1"}, author="ada")
    await run(world)
    assert "is left to" in dashboard.body
    check(dashboard, "recreate")
    await obey(world, dashboard)
    assert "mine" not in repository.branch(BRANCH).files


async def test_one_that_a_person_closed_is_left_closed(world, dashboard, repository):
    dashboard.close(author="ada")
    await run(world, FakeAdvisor({"flask": "3.1"}))
    assert dashboard.state == "closed"
    assert len(issues(repository)) == 1
    assert "#1 is open" in dashboard.body


async def test_an_issue_of_somebody_else_with_its_text_is_not_taken_for_it(
    world, dashboard, repository
):
    copy = repository.open_issue("Thoth dashboard", body=dashboard.body, author="eve")
    dashboard.close(author="ada")
    await run(world, FakeAdvisor({"flask": "3.1"}))
    assert copy.body == dashboard.body
    check(copy, "update")
    assert await obey(world, copy) == 0


async def test_an_answer_lost_after_its_effect_makes_no_second(world, github, repository):
    github.fail("cut", operation="issues/create", after_effect=True)
    await run(world)
    assert len(issues(repository)) == 1


async def test_a_repository_without_issues_has_none(world, repository):
    repository.state.has_issues = False
    await run(world)
    assert issues(repository) == []
    assert len(repository.pull_requests) == 1


WEEKLY = FakeAdvisor(
    {"flask": "3.0"},
    configuration=read_configuration(b"schedule: {when: weekly, timezone: Europe/Berlin}\n"),
)
FRIDAY = datetime(2026, 12, 4, 9, tzinfo=UTC).timestamp()
DAY = 86_400.0


async def test_something_new_is_gathered_until_the_schedule_opens(world, repository):
    async def look(advisor, now):
        forge = await world.open()
        propose = in_thread(advisor)
        await update_and_tell(forge, event=UpdateEvent("push"), propose=propose, clock=lambda: now)

    await look(WEEKLY, FRIDAY)
    (dashboard,) = issues(repository)
    assert "the schedule is closed until Mon 2026-12-07 00:00 Europe/Berlin" in dashboard.body
    assert repository.pull_requests == []
    await look(replace(WEEKLY, versions={"flask": "3.1"}), FRIDAY + 3 * DAY)
    (pull,) = repository.pull_requests
    assert f"#{pull.number} is open" in dashboard.body
    head = repository.branch(BRANCH).sha
    # On Tuesday the next release comes: the checks do not run again before Monday.
    await look(replace(WEEKLY, versions={"flask": "3.2"}), FRIDAY + 4 * DAY)
    assert repository.branch(BRANCH).sha == head
    await look(replace(WEEKLY, versions={"flask": "3.2"}), FRIDAY + 10 * DAY)
    assert "3.2" in repository.branch(BRANCH).files["Pipfile.lock"]


async def test_a_checked_box_does_not_wait_for_the_schedule(world, repository):
    repository.add_collaborator("ada", "write")
    forge = await world.open()
    await update_and_tell(
        forge, event=UpdateEvent("push"), propose=in_thread(WEEKLY), clock=lambda: FRIDAY
    )
    (dashboard,) = issues(repository)
    check(dashboard, "update")
    await answer_thread(
        await world.open(), dashboard.number, propose=in_thread(WEEKLY), clock=lambda: FRIDAY
    )
    assert len(repository.pull_requests) == 1


async def test_rebase_puts_an_open_pull_request_on_the_newest_commit(world, dashboard, repository):
    repository.push("main", {"other": "1"})
    await run(world)
    before = repository.branch(BRANCH).sha
    check(dashboard, "rebase")
    await obey(world, dashboard)
    assert repository.branch(BRANCH).sha != before
    assert "other" in repository.branch(BRANCH).files
    assert len(repository.pull_requests) == 1


async def test_a_configuration_is_proposed_by_a_box_which_goes_once_there_is_one(
    world, dashboard, repository
):
    check(dashboard, "config")
    await obey(world, dashboard)
    pull = next(each for each in repository.pull_requests if each.head == "thoth/config/setup")
    pull.merge()
    await run(world)
    assert "thoth:config" not in dashboard.body


async def test_what_was_given_up_is_told_and_dropped_by_the_next_run(
    world, github, dashboard, repository
):
    forge = await world.open()
    await tell_in_dashboard(forge, IndexFailure("pypi.org: cannot be reached"))
    assert "pypi.org: cannot be reached" in dashboard.body
    writes = len([call for call in github.calls if call.method == "PATCH"])
    await tell_in_dashboard(forge, IndexFailure("pypi.org: cannot be reached"))
    assert len([call for call in github.calls if call.method == "PATCH"]) == writes
    check(dashboard, "retry")
    await obey(world, dashboard)
    assert "What failed" not in dashboard.body
    dashboard.close(author="ada")
    await tell_in_dashboard(forge, KeyError("x"), error_id="abc")
    assert "abc" not in dashboard.body


class Memory:
    """A ledger that forgets nothing."""

    def __init__(self):
        self.noted = []

    async def note(self, deed):
        self.noted.append(deed)

    async def today(self):
        return Deeds(self.noted.count("opened"), self.noted.count("written"), 1000.0, 1000.0)


async def test_checks_run_no_more_often_a_day_than_configured(world, repository):
    memory = Memory()
    limits = read_configuration(b"limits: {ci_runs_per_day: 2}\n")
    for version in ("3.0", "3.1", "3.2"):
        forge = await world.open()
        forge.ledger = memory
        advisor = FakeAdvisor({"flask": version}, configuration=limits)
        report = await update_and_tell(
            forge, event=UpdateEvent("push"), propose=in_thread(advisor), clock=lambda: FRIDAY
        )
    assert memory.noted.count("written") == 2
    assert "3.1" in repository.branch(BRANCH).files["Pipfile.lock"]
    (dashboard,) = issues(repository)
    assert "a better one waits; as many branches were written in 24 hours" in dashboard.body
    assert [each.until for each in report.actions if each.branch == BRANCH] == [1000.0 + DAY]


async def test_pull_requests_for_packages_and_requirements_count_too(world, repository):
    """They are brought up to date unasked, and each time their checks run."""
    memory = Memory()
    limits = read_configuration(
        b"limits: {ci_runs_per_day: 4}\nmanagers: [{name: pipfile-requirements}]\n"
    )
    repository.add_collaborator("ada", "write")
    repository.push("main", {"Pipfile": '[packages]\nflask = "*"\nclick = "*"\n'})
    issue = repository.open_issue("Question", author="ada")
    issue.comment("/thoth update flask", author="ada")
    for version in ("3.0", "3.1", "3.2", "3.3", "3.4"):
        forge = await world.open()
        forge.ledger = memory
        propose = in_thread(FakeAdvisor({"flask": version}, configuration=limits))
        await answer_thread(forge, issue.number, propose=propose)
        await update_and_tell(forge, event=UpdateEvent("push"), propose=propose)
    assert memory.noted.count("written") == 4

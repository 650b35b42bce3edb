"""Labels, assignees and reviewers of the pull requests that Thoth opens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor_core.config import read_configuration
from bot.errors import UnprocessableError
from bot.jobs.background import in_thread
from bot.jobs.dashboard import update_and_tell
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.forges import LINK

PLAIN = FakeAdvisor({"flask": "3.0"})


def configured(text, advisor=PLAIN):
    return replace(advisor, configuration=read_configuration(text.encode()))


@pytest.fixture
def update(world):
    async def run(advisor):
        forge = await world.open()
        event = UpdateEvent("push")
        return await update_repository(forge, event=event, propose=in_thread(advisor))

    return run


@pytest.fixture(autouse=True)
def people(repository):
    for login in ("ada", "grace"):
        repository.add_collaborator(login, "write")
    repository.add_collaborator("guest", "read")
    repository.state.teams.add("platform")


async def test_it_is_labelled_assigned_and_to_be_reviewed(update, repository):
    await update(
        configured(
            "pull_requests: {labels: [bot, python], assignees: ada, reviewers: [grace, octo/platform]}\n"
            "managers:\n- {name: update, configuration: {labels: [lock]}}\n"
        )
    )
    (pull,) = repository.pull_requests
    assert pull.labels == ["bot", "python", "lock"]
    assert pull.assignees == ["ada"]
    assert pull.reviewers == ["grace", "platform"]
    assert pull.comments == []


async def test_nothing_is_asked_for_unasked(update, repository, github):
    await update(PLAIN)
    (pull,) = repository.pull_requests
    assert (pull.labels, pull.assignees, pull.reviewers) == ([], [], [])
    assert not [call for call in github.calls if "assignees" in call.path or "review" in call.path]


async def test_whom_github_does_not_take_is_named_once_and_the_others_are_asked(update, repository):
    advisor = configured(
        "pull_requests: {assignees: [guest, ada], reviewers: [grace, nobody, octo/none, octo/platform]}\n"
    )
    await update(advisor)
    await update(advisor)
    (pull,) = repository.pull_requests
    assert pull.assignees == ["ada"]
    assert pull.reviewers == ["grace", "platform"]
    (comment,) = pull.comments
    assert comment.body.partition("\n")[0] == (
        "GitHub did not take `guest`, `nobody`, `octo/none` as assignee or reviewer. It takes people and "
        "teams with write access to this repository: give it to them, or correct `pull_requests` in "
        "`.thoth.yaml`."
    )


async def test_whom_codeowners_names_is_asked(update, repository):
    repository.push(
        "main", {".github/CODEOWNERS": "* @guest\n*.lock @ada @octo/platform bob@example.org\n"}
    )
    await update(configured("pull_requests: {assignees: CODEOWNERS, reviewers: [CODEOWNERS]}\n"))
    (pull,) = repository.pull_requests
    assert pull.assignees == ["ada"]
    assert pull.reviewers == ["ada", "platform"]
    assert pull.comments == []


async def test_one_that_is_open_is_not_asked_about_again(update, repository, github):
    advisor = configured("pull_requests: {labels: bot, assignees: ada, reviewers: grace}\n")
    await update(advisor)
    (pull,) = repository.pull_requests
    before = len(github.calls)
    await update(replace(advisor, versions={"flask": "3.1"}))
    later = [call.path for call in github.calls[before:] if call.method != "GET"]
    assert "3.1" in repository.branch("thoth/update/pipfile-lock").files["Pipfile.lock"]
    assert pull.reviewers == ["grace"]
    assert not [path for path in later if path.endswith(("assignees", "reviewers", "labels"))]


async def test_the_subject_is_in_the_style_of_the_base_branch(update, repository):
    for number in range(5):
        repository.push("main", {"a": str(number)}, message=f"feat(api): step {number}\n\nlong")
    repository.push("main", {"a": "x"}, message="build(deps): bump something")
    await update(PLAIN)
    (pull,) = repository.pull_requests
    assert pull.title == "build(deps): lock 1 package in Pipfile.lock"
    newest = repository.branch("thoth/update/pipfile-lock").messages[0]
    assert newest.startswith("build(deps): lock 1 package in Pipfile.lock\n\n")


async def test_a_template_of_the_configuration_is_used(update, repository):
    await update(
        configured("pull_requests: {title: 'Deps: {packages}', commit_message: '{title} [skip]'}\n")
    )
    (pull,) = repository.pull_requests
    assert pull.title == "Deps: flask"
    newest = repository.branch("thoth/update/pipfile-lock").messages[0]
    assert newest.startswith("Lock 1 package in Pipfile.lock [skip]\n")


class KilledError(Exception):
    pass


@pytest.mark.parametrize("writes", range(8))
async def test_after_whichever_write_a_run_is_killed_the_next_one_does_the_rest(
    update, world, repository, github, writes
):
    advisor = configured("pull_requests: {labels: bot, assignees: ada, reviewers: grace}\n")
    left = iter([True] * writes)

    async def fence():
        if not next(left, False):
            raise KilledError

    forge = await world.open(fence=fence)
    with pytest.raises(KilledError):
        await update_and_tell(forge, event=UpdateEvent("push"), propose=in_thread(advisor))
    await update(advisor)
    (pull,) = repository.pull_requests
    assert (pull.labels, pull.assignees, pull.reviewers) == (["bot"], ["ada"], ["grace"])
    assert "unfinished" not in pull.body
    before = len(github.calls)
    await update(advisor)
    assert [call for call in github.calls[before:] if call.method != "GET"] == []


async def test_code_owners_that_cannot_be_read_are_a_remark(update, world, repository):
    world.commit("main", {"CODEOWNERS": (LINK, b"../elsewhere")})
    await update(configured("pull_requests: {reviewers: [CODEOWNERS, ada]}\n"))
    (pull,) = repository.pull_requests
    assert pull.reviewers == ["ada"]
    assert "no code owner is asked, for CODEOWNERS&#58; leaves the repository" in pull.body


@pytest.mark.parametrize("status", [403, 404, 410, 422])
async def test_labels_that_are_not_taken_with_the_text_come_after_it(
    update, repository, github, status
):
    github.fail(status, operation="issues/update")
    await update(configured("pull_requests: {labels: bot}\n"))
    (pull,) = repository.pull_requests
    assert pull.labels == ["bot"]
    assert "unfinished" not in pull.body


async def test_a_label_that_is_never_taken_fails_one_run(update, repository, github):
    advisor = configured("pull_requests: {labels: bot}\n")
    github.fail(422, operation="issues/update", times=None)
    github.fail(422, operation="issues/add-labels", times=None)
    with pytest.raises(UnprocessableError):
        await update(advisor)
    await update(advisor)
    (pull,) = repository.pull_requests
    assert "unfinished" not in pull.body


async def test_where_nobody_can_be_assigned_that_is_told_once(update, repository, github):
    advisor = configured("pull_requests: {assignees: ada}\n")
    github.fail(403, operation="issues/add-assignees", times=None)
    await update(advisor)
    await update(advisor)
    (pull,) = repository.pull_requests
    (comment,) = pull.comments
    assert comment.body.startswith("GitHub did not take `ada`")
    assert "unfinished" not in pull.body

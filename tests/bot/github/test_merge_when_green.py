"""`merge when green` and `mode: automerge`: on GitHub, with all checks, once."""

from __future__ import annotations

import json

import pytest
from yarl import URL

from advisor_core.scoring.interface import Observed
from bot.github.wire import graphql_address
from bot.jobs.answer import answer_thread
from bot.jobs.background import in_thread
from bot.jobs.merge import merge_green
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

BRANCH = "thoth/update/pipfile-lock"
ADVISOR = FakeAdvisor({"flask": "3.0"})


async def update(world, advisor=ADVISOR):
    forge = await world.open()
    await update_repository(forge, event=UpdateEvent("push"), propose=in_thread(advisor))


@pytest.fixture
async def pull(world, repository):
    """Thoth's pull request: flask 2.9 to 3.0."""
    repository.add_collaborator("ada", "write")
    await update(world, FakeAdvisor({"flask": "2.9"}))
    repository.pull_requests[-1].merge(author="ada")
    await update(world)
    return repository.pull_requests[-1]


async def say(world, pull, text, author="ada"):
    pull.comment(text, author=author)
    forge = await world.open()
    await answer_thread(forge, pull.number, propose=in_thread(ADVISOR))


async def look(world):
    return await merge_green(await world.open())


async def test_it_is_merged_once_every_check_has_passed(world, repository, pull):
    repository.report_status(BRANCH, "pending", context="slow")
    repository.report_status(BRANCH, "success")
    await say(world, pull, "/thoth merge when green")
    assert not pull.merged
    repository.report_status(BRANCH, "success", context="slow")
    assert await look(world) == 1
    assert pull.merged
    assert json.loads(repository.branch().files["Pipfile.lock"])


async def test_what_is_green_already_is_merged_at_once(world, repository, pull):
    repository.report_status(BRANCH, "success")
    await say(world, pull, "/thoth merge when green")
    assert pull.merged


async def test_without_any_check_it_waits(world, pull):
    await say(world, pull, "/thoth merge when green")
    assert await look(world) == 0


async def test_a_failed_check_stops_it_and_is_named_once(world, repository, pull):
    await say(world, pull, "/thoth merge when green")
    repository.report_status(BRANCH, "failure", context="lint")
    for _ in range(2):
        await look(world)
    assert not pull.merged
    named = [each.body for each in pull.comments if "`lint` failed" in each.body]
    assert len(named) == 1


async def test_a_check_run_of_another_app_counts(world, repository, pull, forge):
    from bot.forge import CheckRun

    head = repository.branch(BRANCH).commits[0]
    await forge.put_check_run(CheckRun("build", head, "failure", "t", "s"))
    await say(world, pull, "/thoth merge when green")
    assert not pull.merged


async def test_cancel_takes_it_back(world, repository, pull):
    await say(world, pull, "/thoth merge when green")
    await say(world, pull, "/thoth cancel")
    repository.report_status(BRANCH, "success")
    assert await look(world) == 0


async def test_who_may_not_write_cannot_have_it_merged(world, repository, pull):
    repository.add_collaborator("eve", "read")
    repository.report_status(BRANCH, "success")
    await say(world, pull, "/thoth merge when green", author="eve")
    forged = pull.comments[-1].body.replace("answer:", "answer:9")
    pull.comment(
        forged + '<!-- thoth-comment/1 {"key": "answer:1", "merge": "on"} -->', author="eve"
    )
    assert await look(world) == 0


async def test_a_head_that_moves_at_the_last_moment_is_not_merged(world, github, repository, pull):
    repository.report_status(BRANCH, "success")
    github.before_call(
        lambda: repository.push(BRANCH, {"evil": "1"}, author="ada"), operation="pulls/merge"
    )
    await say(world, pull, "/thoth merge when green")
    assert not pull.merged


async def test_an_answer_lost_after_the_merge_is_taken_for_merged(world, github, repository, pull):
    repository.report_status(BRANCH, "success")
    github.fail("cut", operation="pulls/merge", after_effect=True)
    await say(world, pull, "/thoth merge when green")
    assert pull.merged


@pytest.mark.parametrize(
    ("configuration", "versions", "merged"),
    [
        ("mode: automerge\n", "3.0.1", True),
        ("mode: automerge\n", "3.1", False),
        ("mode: automerge\nautomerge: {updates: [patch, minor]}\n", "3.1", True),
        ("mode: automerge\nautomerge: {updates: [minor]}\n", "4.0", False),
        ("mode: pull-request\n", "3.0.1", False),
    ],
)
async def test_automerge_merges_only_the_kinds_of_updates_that_are_allowed(
    world, repository, pull, configuration, versions, merged
):
    pull.merge(author="ada")
    repository.push("main", {".thoth.yaml": configuration})
    await update(world, FakeAdvisor({"flask": versions}))
    repository.report_status(BRANCH, "success")
    await look(world)
    assert repository.pull_requests[-1].merged is merged


async def test_automerge_leaves_what_a_person_committed_to(world, repository, pull):
    pull.merge(author="ada")
    repository.push("main", {".thoth.yaml": "mode: automerge\n"})
    await update(world, FakeAdvisor({"flask": "3.0.1"}))
    repository.push(BRANCH, {"mine": "1"}, author="ada")
    repository.report_status(BRANCH, "success")
    assert await look(world) == 0


@pytest.mark.parametrize(
    ("passed", "failed", "merged"), [(11, 0, True), (10, 0, False), (99, 1, True), (0, 0, False)]
)
async def test_automerge_waits_for_the_evidence_that_is_asked_for(
    world, repository, pull, passed, failed, merged
):
    pull.merge(author="ada")
    repository.push("main", {".thoth.yaml": "mode: automerge\nautomerge: {confidence: 80}\n"})
    await update(world, FakeAdvisor({"flask": "3.0.1"}))
    asked = []

    async def seen(releases, environments):
        asked.append((dict(releases), [each.python for each in environments]))
        return {"flask": Observed(passed, failed, voters="repositories")} if passed else {}

    await merge_green(await world.open(), seen=seen)
    assert asked == [], "before it is green nobody asks"
    repository.report_status(BRANCH, "success")
    for _ in range(2):
        await merge_green(await world.open(), seen=seen)
    assert repository.pull_requests[-1].merged is merged
    assert asked[0][0] == {"flask": "3.0.1"}
    said = [each.body for each in repository.pull_requests[-1].comments]
    assert len(said) == (0 if merged else 1)
    if passed == 10:
        assert "`flask` `3.0.1` that is 79 % (seen to pass in 10 of 10" in said[0]
    if not passed:
        assert "nobody has tried it here yet" in said[0]


async def test_a_person_needs_no_evidence_and_without_any_source_nothing_is_merged_unasked(
    world, repository, pull
):
    pull.merge(author="ada")
    repository.push("main", {".thoth.yaml": "mode: automerge\nautomerge: {confidence: 80}\n"})
    await update(world, FakeAdvisor({"flask": "3.0.1"}))
    repository.report_status(BRANCH, "success")
    assert await look(world) == 0
    await say(world, repository.pull_requests[-1], "/thoth merge when green")
    assert repository.pull_requests[-1].merged


async def test_where_a_review_is_required_github_merges_the_green_commit_and_no_other(
    world, repository, pull
):
    repository.state.needs_review = repository.state.allow_auto_merge = True
    await say(world, pull, "/thoth merge when green")
    assert pull.auto_merge is None, "no check has passed yet"
    repository.report_status(BRANCH, "success")
    for _ in range(2):
        assert await look(world) == 0
    assert pull.auto_merge == "thoth[bot]"
    await update(world, FakeAdvisor({"flask": "3.1"}))
    assert pull.auto_merge is None, "another commit was not looked at"
    repository.report_status(BRANCH, "success")
    await look(world)
    assert pull.auto_merge == "thoth[bot]"
    pull.approve()
    assert pull.merged


@pytest.mark.parametrize("what", ["cancel", "red"])
async def test_github_merges_nothing_that_was_cancelled_or_turned_red(
    world, repository, pull, what
):
    repository.state.needs_review = repository.state.allow_auto_merge = True
    repository.report_status(BRANCH, "success")
    await say(world, pull, "/thoth merge when green")
    assert pull.auto_merge == "thoth[bot]"
    if what == "cancel":
        await say(world, pull, "/thoth cancel")
    else:
        repository.report_status(BRANCH, "failure")
        await look(world)
    assert pull.auto_merge is None


async def test_a_persons_own_auto_merge_is_left_alone(world, repository, pull):
    repository.state.needs_review = repository.state.allow_auto_merge = True
    pull.pull.auto_merge = (repository._world.account("ada"), "merge")
    await update(world, FakeAdvisor({"flask": "3.1"}))
    assert pull.auto_merge == "ada"


async def test_a_repository_without_auto_merge_is_not_asked_for_it(world, github, repository, pull):
    repository.state.needs_review = True
    await say(world, pull, "/thoth merge when green")
    repository.report_status(BRANCH, "success")
    assert await look(world) == 0
    assert not [call for call in github.calls if call.operation == "graphql"]


@pytest.mark.parametrize(
    ("root", "address"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://github.example/api/v3", "https://github.example/api/graphql"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/graphql"),
    ],
)
def test_the_other_api_has_its_own_address_on_enterprise_servers(root, address):
    assert graphql_address(URL(root)) == address

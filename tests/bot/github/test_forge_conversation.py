"""Pull requests, comments and check runs on GitHub: each made once, and brought up to date in place."""

from __future__ import annotations

import pytest

from bot.errors import (
    GitHubError,
    NotFoundError,
)
from bot.forge import Annotation, BranchName, CheckRun, NewCommit
from bot.jobs.background import in_thread
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

BRANCH = BranchName("thoth/update/pipfile-lock")
PUSH = UpdateEvent("push")
ADVISOR = FakeAdvisor({"flask": "3.0"})


async def update(world, advisor=ADVISOR, **more):
    forge = await world.open(**more)
    return await update_repository(forge, event=PUSH, propose=in_thread(advisor))


def writes(github):
    return [call for call in github.calls if call.method != "GET" and call.path.startswith("/rep")]


# Pull requests


async def test_a_pull_request_that_somebody_else_opened_is_told(world, repository):
    base = await world.forge.base()
    await world.forge.write_commit(NewCommit(BRANCH, base.head, None, {"a": b"1"}, "m"))
    repository.open_pull_request(BRANCH, author="ada")

    with pytest.raises(GitHubError, match="somebody else opened") as caught:
        await world.forge.open_pull_request(BRANCH, base="main", title="t", body="b")
    assert "close it" in caught.value.hint
    assert await world.forge.pull_requests() == ()


async def test_a_comment_of_somebody_else_with_the_key_does_not_count(world, repository):
    await update(world)
    await world.forge.comment(1, key="k", text="first")
    (ours,) = repository.pull_requests[0].comments
    repository.pull_requests[0].comment(ours.body.replace("first", "x").replace('"k"', '"z"'))

    await world.forge.comment(1, key="z", text="second")

    assert len(repository.pull_requests[0].comments) == 3


async def test_a_text_that_github_kept_otherwise_is_not_sent_again(world, github, repository):
    await update(world)
    issue = repository.state.issues[1]
    issue.body = issue.body.rstrip().replace("\n", "\r\n")
    before = len(writes(github))

    await update(world)

    assert len(writes(github)) == before


async def test_a_person_who_edits_the_text_gets_it_set_right(world, repository):
    await update(world)
    repository.pull_requests[0].edit(title="Mine", author="ada")

    await update(world)

    assert repository.pull_requests[0].title.startswith("Lock")


async def test_a_pull_request_closed_twice_is_closed_once(world, repository):
    await update(world)
    for _ in range(2):
        await world.forge.close_pull_request(1, reason="Nothing is left.")

    assert len(repository.pull_requests[0].comments) == 1


async def test_a_persons_pull_request_is_described(world, github, repository):
    fork = repository.fork("ada")
    fork.push("work", {"Pipfile": "[packages]\n", "README": None}, author="ada")
    number = repository.open_pull_request("ada:work", author="ada").number

    view = await world.forge.pulls.view(number)

    assert (view.number, view.is_open, view.from_fork, view.by_thoth) == (number, True, True, False)
    assert view.head_sha == fork.branch("work").sha
    assert view.base_sha == repository.branch("main").sha
    assert await world.forge.pulls.changed_paths(number) == {"Pipfile", "README"}
    assert await world.forge.read_file(view.head_sha, "Pipfile") == b"[packages]\n"


# Check runs


def many_annotations(count):
    return tuple(Annotation("Pipfile", 1, 1, f"message {number}") for number in range(count))


async def check_run(world, **more):
    base = await world.forge.base()
    return CheckRun(
        **{
            "name": "Thoth: default",
            "head_sha": base.head,
            "conclusion": "failure",
            "title": "No stack",
            "summary": "Because.",
            **more,
        }
    )


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("nth", [1, 2])
async def test_annotations_are_sent_fifty_at_a_time_and_each_once(
    world, github, repository, nth, after_effect
):
    github.fail("cut", operation="checks/update", nth=nth, after_effect=after_effect)
    wanted = await check_run(world, annotations=many_annotations(120))

    await world.forge.put_check_run(wanted)

    (run,) = repository.check_runs
    assert [each["message"] for each in run.annotations] == [
        each.message for each in wanted.annotations
    ]
    assert await world.forge.check_runs(wanted.head_sha) == (wanted,)


async def test_a_check_run_that_was_half_sent_is_completed_by_the_next_run(
    world, github, repository
):
    wanted = await check_run(world, annotations=many_annotations(120))
    github.fail(404, operation="checks/update")
    with pytest.raises(NotFoundError):
        await world.forge.put_check_run(wanted)

    await (await world.open()).put_check_run(wanted)

    assert len(repository.check_runs[0].annotations) == 120


async def test_a_check_run_that_is_there_is_not_sent_again(world, github):
    wanted = await check_run(world, annotations=many_annotations(3))
    await world.forge.put_check_run(wanted)
    before = len(writes(github))

    await world.forge.put_check_run(wanted)

    assert len(writes(github)) == before


async def test_other_annotations_make_another_run_of_the_name(world, repository):
    first = await check_run(world, annotations=many_annotations(2))
    await world.forge.put_check_run(first)
    other = await check_run(world, annotations=many_annotations(3)[1:])
    await world.forge.put_check_run(other)

    assert await world.forge.check_runs(first.head_sha) == (other,)
    assert len(repository.check_runs) == 2


async def test_texts_longer_than_github_takes_are_cut(world, repository):
    remark = Annotation("Pipfile", 1, 1, "ü" * 40_000, "t" * 300)
    wanted = await check_run(world, summary="ü" * 70_000, title="t" * 300, annotations=(remark,))

    await world.forge.put_check_run(wanted)
    await world.forge.put_check_run(wanted)

    (run,) = repository.check_runs
    assert run.summary.endswith("longer than GitHub shows.\n")
    assert len(run.summary.encode()) <= 65_535

"""Check runs and suites of the fake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fakes.github import FakeGitHub, FakeRepository

REPO = "/repos/octo/hello"
RUNS = f"{REPO}/check-runs"


def annotation(line: int, path: str = "Pipfile") -> dict[str, Any]:
    where = {"path": path, "start_line": line, "end_line": line}
    return {**where, "annotation_level": "failure", "message": f"line {line}"}


def output(count: int) -> dict[str, Any]:
    return {"title": "t", "summary": "s", "annotations": [annotation(n + 1) for n in range(count)]}


async def test_fifty_annotations_are_taken_and_more_refused(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    body = {"name": "Thoth: py312", "head_sha": repository.branch().sha}
    answer = await raw("POST", RUNS, {**body, "output": output(50)})
    assert answer.status == 201
    assert answer.body["output"]["annotations_count"] == 50
    assert (await raw("POST", RUNS, {**body, "output": output(51)})).status == 422
    assert [text.partition(":")[0] for text in github.violations] == ["checks/create"]
    github.violations.clear()


async def test_annotations_of_updates_are_added(raw: Any, repository: FakeRepository) -> None:
    body = {"name": "Thoth", "head_sha": repository.branch().sha, "output": output(50)}
    run = (await raw("POST", RUNS, body)).body
    answer = await raw("PATCH", f"{RUNS}/{run['id']}", {"output": output(20)})
    assert answer.body["output"]["annotations_count"] == 70
    listed = await raw("GET", f"{RUNS}/{run['id']}/annotations?per_page=100")
    assert len(listed.body) == 70


@pytest.mark.parametrize(
    "actions",
    [
        [{"label": "a", "description": "b", "identifier": f"c{n}"} for n in range(4)],
        [{"label": "x" * 21, "description": "b", "identifier": "c"}],
        [{"label": "a", "description": "x" * 41, "identifier": "c"}],
        [{"label": "a", "description": "b", "identifier": "x" * 21}],
    ],
)
async def test_buttons_are_few_and_short(
    github: FakeGitHub, raw: Any, repository: FakeRepository, actions: list[dict[str, str]]
) -> None:
    body = {"name": "Thoth", "head_sha": repository.branch().sha, "actions": actions}
    assert (await raw("POST", RUNS, body)).status == 422
    github.violations.clear()
    assert repository.check_runs == []


async def test_three_buttons_of_full_length_are_taken_and_pressed(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    actions = [
        {"label": "x" * 20, "description": "x" * 40, "identifier": f"{n}" + "x" * 19}
        for n in range(3)
    ]
    body = {"name": "Thoth", "head_sha": repository.branch().sha, "actions": actions}
    assert (await raw("POST", RUNS, body)).status == 201
    repository.request_action(repository.check_runs[0], actions[1]["identifier"])
    sent = github.deliveries[-1]
    assert (sent.event, sent.action) == ("check_run", "requested_action")
    assert sent.payload["requested_action"] == {"identifier": actions[1]["identifier"]}
    with pytest.raises(ValueError, match="no such button"):
        repository.request_action(repository.check_runs[0], "other")


async def test_run_is_rerequested_by_people(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    body = {"name": "Thoth", "head_sha": repository.branch().sha, "external_id": "py312"}
    await raw(
        "POST", RUNS, {**body, "conclusion": "neutral", "completed_at": "2026-01-01T00:00:00Z"}
    )
    repository.rerequest(repository.check_runs[0])
    repository.rerequest_suite(repository.branch().sha)
    sent = [(one.event, one.action) for one in github.deliveries[-2:]]
    assert sent == [("check_run", "rerequested"), ("check_suite", "rerequested")]
    assert github.deliveries[-2].payload["check_run"]["external_id"] == "py312"


async def test_conclusion_completes_the_run_and_then_the_suite(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    sha = repository.branch().sha
    body = {"name": "one", "head_sha": sha, "status": "in_progress"}
    one = (await raw("POST", RUNS, body)).body
    await raw("POST", RUNS, {"name": "two", "head_sha": sha, "conclusion": "failure"})
    suites = f"{REPO}/commits/{sha}/check-suites"
    suite = (await raw("GET", suites)).body["check_suites"][0]
    assert (suite["status"], suite["conclusion"]) == ("in_progress", None)
    answer = await raw("PATCH", f"{RUNS}/{one['id']}", {"conclusion": "success"})
    assert (answer.body["status"], answer.body["conclusion"]) == ("completed", "success")
    assert answer.body["completed_at"] is not None
    suite = (await raw("GET", suites)).body["check_suites"][0]
    assert (suite["status"], suite["conclusion"]) == ("completed", "failure")
    assert (github.deliveries[-1].event, github.deliveries[-1].action) == (
        "check_suite",
        "completed",
    )


async def test_completed_without_conclusion_is_refused(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    body = {"name": "one", "head_sha": repository.branch().sha, "status": "completed"}
    assert (await raw("POST", RUNS, body)).status == 422
    github.violations.clear()


async def test_stale_is_only_set_by_github(raw: Any, repository: FakeRepository) -> None:
    body = {"name": "one", "head_sha": repository.branch().sha, "conclusion": "stale"}
    assert (await raw("POST", RUNS, body)).status == 422


async def test_run_of_an_unknown_commit_is_refused(raw: Any) -> None:
    assert (await raw("POST", RUNS, {"name": "one", "head_sha": "0" * 40})).status == 422


async def test_text_longer_than_github_takes_is_refused(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    texts = {"title": "t", "summary": "s", "text": "x" * 65_536}
    body = {"name": "one", "head_sha": repository.branch().sha, "output": texts}
    assert (await raw("POST", RUNS, body)).status == 422
    github.violations.clear()


async def test_run_names_pull_requests_but_not_those_of_forks(
    raw: Any, repository: FakeRepository
) -> None:
    mine = repository.push("feature", {"a": "1"})
    theirs = repository.fork("mallory").push("feature", {"a": "2"}, author="mallory")
    repository.open_pull_request("feature")
    repository.open_pull_request("mallory:feature", author="mallory")
    numbers = []
    for sha in (mine, theirs):
        run = (await raw("POST", RUNS, {"name": "Thoth", "head_sha": sha})).body
        numbers.append([one["number"] for one in run["pull_requests"]])
    assert numbers == [[1], []]


async def test_annotations_are_shown_only_on_lines_of_the_diff(
    raw: Any, repository: FakeRepository
) -> None:
    lines = [f"line {n}\n" for n in range(1, 41)]
    repository.push("main", {"Pipfile": "".join(lines)})
    lines[19] = "changed\n"
    sha = repository.push("feature", {"Pipfile": "".join(lines)})
    pull = repository.open_pull_request("feature")
    annotations = [annotation(20), annotation(23), annotation(24), annotation(1, "other")]
    texts = {"title": "t", "summary": "s", "annotations": annotations}
    await raw("POST", RUNS, {"name": "Thoth", "head_sha": sha, "output": texts})
    shown = pull.shown_annotations(repository.check_runs[0])
    assert [one["start_line"] for one in shown] == [20, 23]


async def test_push_makes_a_suite_and_asks_for_checks(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    sha = repository.push("feature", {"a": "1"})
    sent = github.deliveries[-1]
    assert (sent.event, sent.action) == ("check_suite", "requested")
    assert sent.payload["check_suite"]["head_sha"] == sha
    assert sent.payload["check_suite"]["head_branch"] == "feature"
    answer = await raw("POST", f"{REPO}/check-suites", {"head_sha": sha})
    assert (answer.status, answer.body["id"]) == (200, sent.payload["check_suite"]["id"])


async def test_latest_run_of_each_name_is_listed(raw: Any, repository: FakeRepository) -> None:
    sha = repository.branch().sha
    for name, external_id in [("a", "1"), ("b", "1"), ("a", "2")]:
        await raw("POST", RUNS, {"name": name, "head_sha": sha, "external_id": external_id})
    path = f"{REPO}/commits/main/check-runs"
    latest = (await raw("GET", path)).body
    assert latest["total_count"] == 2
    assert {one["name"]: one["external_id"] for one in latest["check_runs"]} == {"a": "2", "b": "1"}
    assert (await raw("GET", f"{path}?filter=all")).body["total_count"] == 3
    assert (await raw("GET", f"{path}?check_name=b")).body["total_count"] == 1
    assert (await raw("GET", f"{path}?app_id=1")).body["total_count"] == 0


async def test_app_may_ask_for_a_run_again(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    run = (await raw("POST", RUNS, {"name": "a", "head_sha": repository.branch().sha})).body
    assert (await raw("GET", f"{RUNS}/{run['id']}")).body == run
    assert (await raw("POST", f"{RUNS}/{run['id']}/rerequest")).status == 201
    assert github.deliveries[-1].action == "rerequested"
    suite = run["check_suite"]["id"]
    assert (await raw("GET", f"{REPO}/check-suites/{suite}")).body["id"] == suite
    found = await raw("GET", f"{REPO}/check-suites/{suite}/check-runs")
    assert found.body["total_count"] == 1
    assert (await raw("POST", f"{REPO}/check-suites/{suite}/rerequest")).status == 201
    for path in (f"{RUNS}/1", f"{REPO}/check-suites/1"):
        assert (await raw("GET", path)).status == 404

"""The fake is judged by GitHub's own description, and so is its client."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from fakes.github import ContractViolation, FakeGitHub, load_examples
from fakes.github.description import DATA, load_description
from fakes.github.registry import HANDLERS

if TYPE_CHECKING:
    from fakes.github import FakeRepository

REPO = "/repos/octo/hello"


def test_every_described_operation_is_served_and_no_other() -> None:
    assert set(HANDLERS) == set(load_description().operations)


def test_operations_with_an_installation_token_are_for_apps() -> None:
    entries = json.loads(gzip.decompress((DATA / "rest-description.json.gz").read_bytes()))
    for_apps = {entry["id"]: entry["for_apps"] for entry in entries["operations"]}
    refused = {name for name, found in HANDLERS.items() if found.credential == "installation"}
    assert {name for name in refused if not for_apps[name]} == set()


def test_every_operation_has_a_path_that_finds_it() -> None:
    description = load_description()
    for operation in description.operations.values():
        path = operation.path
        for parameter in operation.parameters:
            if parameter.place == "path":
                value = "1" if parameter.schema.get("type") == "integer" else "a%2Fb"
                value = {"basehead": "a...b", "ref": "heads/a/b"}.get(parameter.name, value)
                path = path.replace(f"{{{parameter.name}}}", value)
        found = description.match(operation.method, path)
        assert found is not None, path
        assert found[0].id == operation.id


async def test_unknown_route_fails_the_test_and_is_no_404(raw: Any, github: FakeGitHub) -> None:
    answer = await raw("GET", f"{REPO}/stargazers")
    assert answer.status == 501
    with pytest.raises(ContractViolation, match=r"unknown route: GET /repos/octo/hello/stargazers"):
        github.check()
    github.violations.clear()


@pytest.mark.parametrize(
    ("method", "path", "body", "fault"),
    [
        ("POST", f"{REPO}/issues", {"titel": "typo"}, "issues/create: request: body"),
        ("POST", f"{REPO}/issues", {"title": "t", "x": 1}, "issues/create: request: body"),
        (
            "POST",
            f"{REPO}/issues",
            {"title": "t", "labels": "x"},
            "issues/create: request: body: l",
        ),
        ("POST", f"{REPO}/issues", None, "issues/create: request: body: missing"),
        ("GET", f"{REPO}/issues?stat=all", None, "issues/list-for-repo: request: query: stat"),
        ("GET", f"{REPO}/issues?state=al", None, "issues/list-for-repo: request: query: state"),
        ("GET", f"{REPO}/issues?page=x", None, "issues/list-for-repo: request: query: page"),
        ("DELETE", "/installation/token", {"x": 1}, "apps/revoke-installation-access-token: "),
    ],
)
async def test_request_that_breaks_the_description_fails_the_test(
    raw: Any, github: FakeGitHub, method: str, path: str, body: Any, fault: str
) -> None:
    assert (await raw(method, path, body)).status == 422
    assert github.violations
    assert all(text.startswith(fault) for text in github.violations)
    github.violations.clear()


async def test_body_that_is_no_json_fails_the_test(
    raw: Any, github: FakeGitHub, session: Any
) -> None:
    headers = {"Authorization": f"Bearer {raw.token}", "User-Agent": "tests"}
    url = f"{github.url}{REPO}/issues"
    async with session.post(url, data=b"{", headers=headers) as answer:
        assert answer.status == 400
    assert github.violations == ["issues/create: request: body is not JSON"]
    github.violations.clear()


async def test_answer_that_breaks_the_description_fails_the_test(
    raw: Any, github: FakeGitHub, repository: FakeRepository
) -> None:
    repository.state.default_branch = None  # type: ignore[assignment]
    await raw("GET", REPO)
    assert github.violations
    assert github.violations[0].startswith("repos/get: response: default_branch: ")
    github.violations.clear()


def test_answer_may_not_have_fields_that_github_does_not_have() -> None:
    description = load_description()
    operation = description.operations["repos/list-branches"]
    branch = {"name": "a", "commit": {"sha": "0", "url": "http://a"}, "protected": False}
    good = description.response_faults(operation, 200, "application/json", [branch])
    bad = description.response_faults(operation, 200, "application/json", [{**branch, "x": 1}])
    assert (good, len(bad)) == ([], 1)
    assert description.response_faults(operation, 201, "application/json", []) != []
    assert description.response_faults(operation, 200, None, None) != []


def test_leaving_raises_what_broke_the_contract() -> None:
    github = FakeGitHub()
    github.violations.append("pulls/create: wrong")
    with pytest.raises(ContractViolation, match="pulls/create: wrong"), github:
        pass


def test_leaving_on_an_error_keeps_it_and_notes_the_violations() -> None:
    github = FakeGitHub()
    github.violations.append("pulls/create: wrong")
    with pytest.raises(KeyError) as caught, github:
        raise KeyError("the test's own")
    assert caught.value.__notes__ == ["fake GitHub: pulls/create: wrong"]


def test_calls_are_recorded_with_their_operation(github: FakeGitHub) -> None:
    assert github.calls == []


async def test_call_tells_what_was_asked_and_answered(raw: Any, github: FakeGitHub) -> None:
    await raw("GET", f"{REPO}/contents/Pipfile?ref=main")
    await raw("POST", f"{REPO}/issues", {"title": "t"})
    first, second = github.calls
    assert (first.operation, first.query, first.status, first.done) == (
        "repos/get-content",
        {"ref": "main"},
        200,
        False,
    )
    assert (second.operation, second.body, second.status, second.done) == (
        "issues/create",
        {"title": "t"},
        201,
        True,
    )
    assert raw.token not in repr(github.calls)


def test_examples_are_of_handled_and_foreign_events() -> None:
    examples = load_examples()
    assert {"push", "installation", "check_run", "fork", "star"} <= set(examples)
    assert any("installation" not in example for example in examples["push"])


def test_real_payloads_hold_what_ours_hold() -> None:
    """What the fake sends has no key at the top that no real payload has."""
    examples = load_examples()
    with FakeGitHub() as github:
        repository = github.add_repository("octo/hello", files={"a": "1"})
        installation = github.install(repository)
        repository.push("feature", {"a": "2"})
        repository.open_pull_request("feature").comment("hello")
        repository.open_issue("Broken").comment("hello")
        repository.rename("bye")
        installation.remove(repository)
        sent = [(one.event, set(one.payload)) for one in github.deliveries]
    known = {event: {key for one in found for key in one} for event, found in examples.items()}
    assert {(event, key) for event, keys in sent for key in keys - known[event]} <= {
        ("installation", "requester"),
        ("installation_repositories", "requester"),
    }

"""Issues, comments, labels, reactions, people and lists of the fake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gidgethub.aiohttp import GitHubAPI

if TYPE_CHECKING:
    from fakes.github import FakeGitHub, FakeInstallation, FakeRepository

REPO = "/repos/octo/hello"


async def test_issue_is_opened_edited_closed_and_opened_again(
    api: GitHubAPI, github: FakeGitHub
) -> None:
    data = {"title": "Dashboard", "body": "- [ ] now", "labels": ["thoth"]}
    issue = await api.post(f"{REPO}/issues", data=data)
    assert [label["name"] for label in issue["labels"]] == ["thoth"]
    for change in ({"body": "- [x] now"}, {"state": "closed"}, {"state": "open"}):
        await api.patch(f"{REPO}/issues/1", data=change)
    sent = [one.action for one in github.deliveries if one.event == "issues"]
    assert sent == ["opened", "edited", "closed", "reopened"]
    found = await api.getitem(f"{REPO}/issues/1")
    assert (found["state"], found["body"], found["user"]["type"]) == ("open", "- [x] now", "Bot")
    assert found["performed_via_github_app"]["slug"] == "thoth"


async def test_person_ticks_a_box(github: FakeGitHub, repository: FakeRepository) -> None:
    github.install(repository)
    issue = repository.open_issue("Dashboard", body="- [ ] now")
    issue.edit(body="- [x] now", author="alice")
    sent = github.deliveries[-1]
    assert (sent.event, sent.action) == ("issues", "edited")
    assert sent.payload["changes"] == {"body": {"from": "- [ ] now"}}
    assert sent.payload["sender"]["login"] == "alice"


async def test_issues_are_filtered(api: GitHubAPI, repository: FakeRepository) -> None:
    for title in ("one", "two"):
        repository.open_issue(title)
    await api.post(f"{REPO}/issues/1/labels", data={"labels": ["thoth"]})
    await api.patch(f"{REPO}/issues/2", data={"state": "closed"})

    async def numbers(query: str) -> list[int]:
        return [one["number"] for one in await api.getitem(f"{REPO}/issues?{query}")]

    assert await numbers("state=all&direction=asc") == [1, 2]
    assert await numbers("state=closed") == [2]
    assert await numbers("labels=thoth") == [1]
    assert await numbers("creator=alice") == []
    assert await numbers("since=2999-01-01T00:00:00Z") == []


async def test_issues_switched_off_are_gone(raw: Any, repository: FakeRepository) -> None:
    repository.state.has_issues = False
    assert (await raw("POST", f"{REPO}/issues", {"title": "t"})).status == 410


async def test_comment_is_written_edited_and_deleted(
    api: GitHubAPI, raw: Any, github: FakeGitHub, repository: FakeRepository
) -> None:
    repository.open_issue("Broken")
    comment = await api.post(f"{REPO}/issues/1/comments", data={"body": "one"})
    path = f"{REPO}/issues/comments/{comment['id']}"
    await api.patch(path, data={"body": "two"})
    assert (await api.getitem(path))["body"] == "two"
    assert [one["body"] for one in await api.getitem(f"{REPO}/issues/1/comments")] == ["two"]
    await api.delete(path)
    assert (await raw("GET", path)).status == 404
    sent = [one for one in github.deliveries if one.event == "issue_comment"]
    assert [one.action for one in sent] == ["created", "edited", "deleted"]
    assert sent[1].payload["changes"] == {"body": {"from": "one"}}


async def test_comment_of_a_person_tells_how_they_are_related(
    github: FakeGitHub, installation: FakeInstallation, repository: FakeRepository
) -> None:
    issue = repository.open_issue("Broken")
    repository.add_collaborator("alice", "write")
    for login in ("octo", "alice", "stranger"):
        issue.comment("@thoth do", author=login)
    sent = [one for one in github.deliveries if one.event == "issue_comment"]
    relations = [one.payload["comment"]["author_association"] for one in sent]
    assert relations == ["OWNER", "COLLABORATOR", "NONE"]


async def test_pull_request_permission_is_not_issue_permission(
    raw: Any, installation: FakeInstallation, repository: FakeRepository
) -> None:
    repository.open_issue("Broken")
    repository.push("feature", {"a": "1"})
    repository.open_pull_request("feature")
    token = installation.token(permissions={"pull_requests": "write"})
    body = {"body": "hello"}
    assert (await raw("POST", f"{REPO}/issues/2/comments", body, token=token)).status == 201
    assert (await raw("POST", f"{REPO}/issues/1/comments", body, token=token)).status == 403


async def test_labels(raw: Any, github: FakeGitHub, repository: FakeRepository) -> None:
    repository.open_issue("Broken")
    made = await raw("POST", f"{REPO}/labels", {"name": "Thoth", "color": "112233"})
    assert made.status == 201
    assert (await raw("POST", f"{REPO}/labels", {"name": "thoth"})).status == 422
    assert (await raw("POST", f"{REPO}/labels", {"name": "x", "color": "#12"})).status == 422
    assert (await raw("GET", f"{REPO}/labels/THOTH")).body["color"] == "112233"
    assert (await raw("GET", f"{REPO}/labels/none")).status == 404
    path = f"{REPO}/issues/1/labels"
    await raw("POST", path, {"labels": ["thoth", "a label"]})
    await raw("PUT", path, {"labels": ["a label", "new"]})
    assert [one["name"] for one in (await raw("GET", path)).body] == ["a label", "new"]
    assert (await raw("DELETE", f"{path}/a%20label")).status == 200
    assert (await raw("DELETE", f"{path}/a%20label")).status == 404
    sent = [(one.action, one.payload["label"]["name"]) for one in github.deliveries[-5:]]
    assert sent == [
        ("labeled", "Thoth"),
        ("labeled", "a label"),
        ("labeled", "new"),
        ("unlabeled", "Thoth"),
        ("unlabeled", "a label"),
    ]
    names = {one["name"] for one in (await raw("GET", f"{REPO}/labels")).body}
    assert names == {"bug", "enhancement", "Thoth", "a label", "new"}


@pytest.mark.parametrize("kind", ["issues/1", "comment"])
async def test_reaction_of_the_same_account_counts_once(
    raw: Any, repository: FakeRepository, kind: str
) -> None:
    comment = repository.open_issue("Broken").comment("@thoth do")
    place = f"issues/comments/{comment.id}" if kind == "comment" else kind
    path = f"{REPO}/{place}/reactions"
    assert (await raw("POST", path, {"content": "eyes"})).status == 201
    assert (await raw("POST", path, {"content": "eyes"})).status == 200
    listed = (await raw("GET", path)).body
    assert [one["content"] for one in listed] == ["eyes"]
    assert (await raw("GET", f"{REPO}/{place}")).body["reactions"]["eyes"] == 1
    assert (await raw("GET", f"{path}?content=heart")).body == []
    if kind == "comment":
        assert (await raw("DELETE", f"{path}/{listed[0]['id']}")).status == 204
        assert (await raw("DELETE", f"{path}/{listed[0]['id']}")).status == 404


async def test_stranger_may_read_a_public_repository_and_nothing_of_a_private_one(
    raw: Any, github: FakeGitHub, repository: FakeRepository
) -> None:
    github.add_account("stranger")

    async def permission(login: str) -> str:
        answer = await raw("GET", f"{REPO}/collaborators/{login}/permission")
        return str(answer.body["permission"])

    assert await permission("stranger") == "read"
    assert await permission("octo") == "admin"
    for role, expected in [("triage", "read"), ("write", "write"), ("maintain", "write")]:
        repository.add_collaborator("alice", role)
        assert await permission("alice") == expected
    repository.make_private()
    assert await permission("stranger") == "none"
    assert (await raw("GET", f"{REPO}/collaborators/nobody/permission")).status == 404


async def test_accounts(raw: Any, github: FakeGitHub) -> None:
    found = await raw("GET", "/users/thoth%5Bbot%5D")
    assert (found.body["login"], found.body["type"]) == (github.bot_login, "Bot")
    assert (await raw("GET", "/users/nobody")).status == 404


async def test_pages_are_linked(
    api: GitHubAPI, raw: Any, github: FakeGitHub, repository: FakeRepository
) -> None:
    issue = repository.open_issue("Busy")
    for number in range(65):
        issue.comment(str(number))
    path = f"{REPO}/issues/1/comments"
    found = [one["body"] async for one in api.getiter(path)]
    assert found == [str(number) for number in range(65)]
    first = await raw("GET", path)
    assert len(first.body) == 30
    assert first.headers["link"] == (
        f'<{github.url}{path}?page=2>; rel="next", <{github.url}{path}?page=3>; rel="last"'
    )
    last = await raw("GET", f"{path}?page=3")
    assert len(last.body) == 5
    assert 'rel="next"' not in last.headers["link"]
    assert 'rel="prev"' in last.headers["link"]
    assert len((await raw("GET", f"{path}?per_page=1000")).body) == 65
    assert (await raw("GET", f"{path}?page=9")).body == []
    assert "link" not in (await raw("GET", f"{path}?per_page=100")).headers


async def test_repositories_of_the_installation_are_paged(
    api: GitHubAPI, github: FakeGitHub, installation: FakeInstallation
) -> None:
    installation.add(*(github.add_repository(f"octo/r{number}") for number in range(40)))
    found = [
        one["name"]
        async for one in api.getiter("/installation/repositories", iterable_key="repositories")
    ]
    assert found == ["hello", *(f"r{number}" for number in range(40))]


async def test_all_repositories_of_an_account(github: FakeGitHub, raw: Any) -> None:
    first = github.add_repository("corp/one", organization=True)
    installation = github.install(first, selection="all")
    github.add_repository("corp/two", private=True)
    found = await raw("GET", "/installation/repositories", token=installation.token())
    assert [one["name"] for one in found.body["repositories"]] == ["one", "two"]
    assert found.body["repository_selection"] == "all"
    assert github.deliveries[1].payload["installation"]["account"]["type"] == "Organization"


async def test_unchanged_answer_is_304_and_free(
    github: FakeGitHub, raw: Any, repository: FakeRepository
) -> None:
    first = await raw("GET", f"{REPO}/contents/Pipfile")
    tag = {"If-None-Match": first.headers["etag"]}
    again = await raw("GET", f"{REPO}/contents/Pipfile", headers=tag)
    assert (again.status, again.body) == (304, b"")
    remaining = again.headers["x-ratelimit-remaining"]
    assert remaining == first.headers["x-ratelimit-remaining"]
    repository.push("main", {"Pipfile": "new"})
    changed = await raw("GET", f"{REPO}/contents/Pipfile", headers=tag)
    assert changed.status == 200
    assert int(changed.headers["x-ratelimit-remaining"]) == int(remaining) - 1


async def test_gidgethub_uses_its_cache(
    github: FakeGitHub, session: Any, installation: FakeInstallation
) -> None:
    api = GitHubAPI(
        session, "tests", base_url=github.url, oauth_token=installation.token(), cache={}
    )
    first = await api.getitem(f"{REPO}/contents/Pipfile")
    assert await api.getitem(f"{REPO}/contents/Pipfile") == first
    assert [call.status for call in github.calls] == [200, 304]

"""Pull requests of the fake behave as on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gidgethub import BadRequest, InvalidField, ValidationError
from gidgethub.aiohttp import GitHubAPI

from fakes.github import ApiError, FakeGitHub

if TYPE_CHECKING:
    import aiohttp

    from fakes.github import FakeInstallation, FakeRepository

REPO = "/repos/octo/hello"


async def open_pull(api: GitHubAPI, head: str = "feature", base: str = "main") -> Any:
    return await api.post(f"{REPO}/pulls", data={"title": "Better", "head": head, "base": base})


async def test_head_follows_its_branch_and_synchronize_is_sent(
    api: GitHubAPI, github: FakeGitHub, repository: FakeRepository
) -> None:
    first = repository.push("feature", {"a": "1"})
    assert (await open_pull(api))["head"]["sha"] == first
    second = repository.push("feature", {"a": "2"})
    assert (await api.getitem(f"{REPO}/pulls/1"))["head"]["sha"] == second
    sent = [found for found in github.deliveries if found.action == "synchronize"]
    assert [found.event for found in sent] == ["pull_request"]
    assert (sent[0].payload["before"], sent[0].payload["after"]) == (first, second)


async def test_merging_merges_the_newest_commit(api: GitHubAPI, repository: FakeRepository) -> None:
    repository.push("feature", {"a": "1"})
    await open_pull(api)
    newest = repository.push("feature", {"a": "2"})
    with pytest.raises(BadRequest):
        await api.getitem(f"{REPO}/pulls/1/merge")
    merged = await api.put(f"{REPO}/pulls/1/merge")
    assert await api.getitem(f"{REPO}/pulls/1/merge") is None
    assert repository.branch("main").sha == merged["sha"]
    assert repository.branch("main").files["a"] == "2"
    assert newest in repository.branch("main").commits
    assert (await api.getitem(f"{REPO}/pulls/1"))["merged"] is True


async def test_merging_with_the_sha_of_an_older_head_is_refused(
    raw: Any, repository: FakeRepository
) -> None:
    first = repository.push("feature", {"a": "1"})
    await raw("POST", f"{REPO}/pulls", {"title": "t", "head": "feature", "base": "main"})
    repository.push("feature", {"a": "2"})
    assert (await raw("PUT", f"{REPO}/pulls/1/merge", {"sha": first})).status == 409


async def test_conflict_makes_it_unmergeable(
    raw: Any, api: GitHubAPI, repository: FakeRepository
) -> None:
    repository.push("feature", {"Pipfile": "mine"})
    assert (await open_pull(api))["mergeable"] is True
    repository.push("main", {"Pipfile": "theirs"})
    pull = await api.getitem(f"{REPO}/pulls/1")
    assert (pull["mergeable"], pull["mergeable_state"]) == (False, "dirty")
    assert (await raw("PUT", f"{REPO}/pulls/1/merge")).status == 405
    with pytest.raises(ApiError):
        repository.pull_requests[0].merge()


async def test_second_open_pull_request_for_same_head_and_base_is_refused(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    await open_pull(api)
    with pytest.raises(ValidationError, match="already exists"):
        await open_pull(api)
    await api.patch(f"{REPO}/pulls/1", data={"state": "closed"})
    assert (await open_pull(api))["number"] == 2


async def test_pull_request_without_commits_between_is_refused(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    repository.push("feature", {})
    with pytest.raises(ValidationError, match="No commits between main and feature"):
        await open_pull(api)


@pytest.mark.parametrize(("head", "base"), [("nothing", "main"), ("feature", "nothing")])
async def test_pull_request_of_unknown_branch_is_refused(
    api: GitHubAPI, repository: FakeRepository, head: str, base: str
) -> None:
    repository.push("feature", {"a": "1"})
    with pytest.raises(InvalidField):
        await open_pull(api, head, base)


async def test_pull_requests_are_issues(
    api: GitHubAPI, github: FakeGitHub, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    await open_pull(api)
    issue = repository.open_issue("Broken")
    listed = [found async for found in api.getiter(f"{REPO}/issues")]
    assert [found["number"] for found in listed] == [2, 1]
    assert ["pull_request" in found for found in listed] == [False, True]
    await api.post(f"{REPO}/issues/1/labels", data={"labels": ["thoth"]})
    await api.post(f"{REPO}/issues/1/comments", data={"body": "hello"})
    issue.comment("hello too")
    pull = await api.getitem(f"{REPO}/pulls/1")
    assert [label["name"] for label in pull["labels"]] == ["thoth"]
    assert pull["comments"] == 1
    sent = [found for found in github.deliveries if found.event == "issue_comment"]
    assert ["pull_request" in found.payload["issue"] for found in sent] == [True, False]


async def test_head_filter_needs_the_owner(api: GitHubAPI, repository: FakeRepository) -> None:
    for branch in ("one", "two"):
        repository.push(branch, {branch: "1"})
        await open_pull(api, branch)
    assert [one["number"] for one in await api.getitem(f"{REPO}/pulls?head=octo:one")] == [1]
    assert len(await api.getitem(f"{REPO}/pulls?head=one")) == 2
    assert await api.getitem(f"{REPO}/pulls?head=mallory:one") == []


async def test_deleting_the_branch_closes_it(api: GitHubAPI, repository: FakeRepository) -> None:
    repository.push("feature", {"a": "1"})
    await open_pull(api)
    await api.delete(f"{REPO}/git/refs/heads/feature")
    pull = await api.getitem(f"{REPO}/pulls/1")
    assert (pull["state"], pull["merged"]) == ("closed", False)


async def test_resetting_the_branch_to_the_base_closes_it(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    await open_pull(api)
    sha = repository.branch("main").sha
    await api.patch(f"{REPO}/git/refs/heads/feature", data={"sha": sha, "force": True})
    assert repository.pull_requests[0].state == "closed"
    with pytest.raises(ValidationError):
        await api.patch(f"{REPO}/pulls/1", data={"state": "open"})


async def test_pushing_its_commits_to_the_base_merges_it(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    sha = repository.push("feature", {"a": "1"})
    await open_pull(api)
    await api.patch(f"{REPO}/git/refs/heads/main", data={"sha": sha})
    assert repository.pull_requests[0].merged


async def test_closed_one_can_be_opened_again(api: GitHubAPI, repository: FakeRepository) -> None:
    repository.push("feature", {"a": "1"})
    await open_pull(api)
    repository.pull_requests[0].close()
    assert (await api.patch(f"{REPO}/pulls/1", data={"state": "open"}))["state"] == "open"


async def test_closed_one_cannot_be_opened_again_after_a_force_push(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    await open_pull(api)
    repository.pull_requests[0].close()
    repository.push("feature", {"a": "2"}, force=True)
    with pytest.raises(ValidationError, match="force-pushed"):
        await api.patch(f"{REPO}/pulls/1", data={"state": "open"})


async def test_closed_one_stays_at_its_commit(api: GitHubAPI, repository: FakeRepository) -> None:
    first = repository.push("feature", {"a": "1"})
    await open_pull(api)
    repository.pull_requests[0].close()
    repository.push("feature", {"a": "2"})
    assert (await api.getitem(f"{REPO}/pulls/1"))["head"]["sha"] == first


async def test_squash_makes_one_commit_on_the_base(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    repository.push("feature", {"b": "1"})
    await open_pull(api)
    base = repository.branch("main").sha
    await api.put(f"{REPO}/pulls/1/merge", data={"merge_method": "squash"})
    assert repository.branch("main").commits[1:] == [base]
    assert (await api.getitem(f"{REPO}/pulls/1"))["merged"] is True


async def test_draft_is_not_merged(raw: Any, repository: FakeRepository) -> None:
    repository.push("feature", {"a": "1"})
    repository.open_pull_request("feature", draft=True)
    assert (await raw("PUT", f"{REPO}/pulls/1/merge")).status == 405


async def test_pull_request_from_a_fork(
    api: GitHubAPI, github: FakeGitHub, repository: FakeRepository
) -> None:
    fork = repository.fork("mallory")
    sha = fork.push("feature", {"Pipfile": "evil"}, author="mallory")
    pull = repository.open_pull_request("mallory:feature", author="mallory")
    found = await api.getitem(f"{REPO}/pulls/{pull.number}")
    assert found["head"]["label"] == "mallory:feature"
    assert found["head"]["repo"]["full_name"] == "mallory/hello"
    assert found["head"]["repo"]["fork"] is True
    assert (await api.getitem(f"{REPO}/contents/Pipfile?ref={sha}"))["size"] == 4
    newer = fork.push("feature", {"Pipfile": "worse"}, author="mallory")
    assert github.deliveries[-1].payload["after"] == newer
    assert "push" not in [one.event for one in github.deliveries if one.repository_id == fork.id]


async def test_title_and_body_are_edited(
    api: GitHubAPI, github: FakeGitHub, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    await open_pull(api)
    await api.patch(f"{REPO}/pulls/1", data={"title": "Best", "body": "why"})
    edited = github.deliveries[-1]
    assert (edited.event, edited.action) == ("pull_request", "edited")
    assert edited.payload["changes"] == {"title": {"from": "Better"}, "body": {"from": ""}}
    assert (repository.pull_requests[0].title, repository.pull_requests[0].body) == ("Best", "why")


async def test_files_and_commits_of_a_pull_request(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    sha = repository.push("feature", {"Pipfile": None, "new": "1\n2\n", "src/app.py": "import y\n"})
    await open_pull(api)
    repository.push("main", {"other": "1"})
    files = await api.getitem(f"{REPO}/pulls/1/files")
    states = {one["filename"]: (one["status"], one["additions"], one["deletions"]) for one in files}
    assert states == {
        "Pipfile": ("removed", 0, 2),
        "new": ("added", 2, 0),
        "src/app.py": ("modified", 1, 1),
    }
    assert [one["sha"] for one in await api.getitem(f"{REPO}/pulls/1/commits")] == [sha]
    found = await api.getitem(f"{REPO}/commits/{sha}/pulls")
    assert [one["number"] for one in found] == [1]


async def test_mergeability_is_worked_out_in_the_background(
    session: aiohttp.ClientSession,
) -> None:
    with FakeGitHub(mergeable_at_once=False) as github:
        repository = github.add_repository("octo/hello", files={"a": "1"})
        token = github.install(repository).token()
        api = GitHubAPI(session, "tests", base_url=github.url, oauth_token=token)
        repository.push("feature", {"a": "2"})
        pull = await open_pull(api)
        told = [(pull["mergeable"], pull["mergeable_state"])]
        for branch in (None, "feature", None):
            if branch is not None:
                repository.push(branch, {"b": "2"})
            pull = await api.getitem(f"{REPO}/pulls/1")
            told.append((pull["mergeable"], pull["mergeable_state"]))
    unknown, known = (None, "unknown"), (True, "clean")
    assert told == [unknown, known, unknown, known]


async def test_deleted_fork_closes_its_pull_request_and_has_no_name(
    api: GitHubAPI, github: FakeGitHub, repository: FakeRepository
) -> None:
    fork = repository.fork("mallory")
    fork.push("feature", {"a": "1"}, author="mallory")
    repository.open_pull_request("mallory:feature", author="mallory")
    fork.delete()
    pull = await api.getitem(f"{REPO}/pulls/1")
    assert (pull["state"], pull["head"]["repo"]) == ("closed", None)
    assert github.deliveries[-1].payload["pull_request"]["head"]["repo"] is None


async def test_title_longer_than_github_takes_is_refused(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    data = {"title": "x" * 257, "head": "feature", "base": "main"}
    with pytest.raises(ValidationError, match="title is too long"):
        await api.post(f"{REPO}/pulls", data=data)
    with pytest.raises(ValidationError, match="title is too long"):
        await api.post(f"{REPO}/issues", data={"title": "x" * 257})


async def test_text_longer_than_github_takes_is_refused(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    data = {"title": "t", "head": "feature", "base": "main", "body": "x" * 65_537}
    with pytest.raises(ValidationError, match="too long"):
        await api.post(f"{REPO}/pulls", data=data)


async def test_reviews_are_requested_from_collaborators_only(
    raw: Any, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    repository.open_pull_request("feature")
    repository.add_collaborator("alice")
    path = f"{REPO}/pulls/1/requested_reviewers"
    answer = await raw("POST", path, {"reviewers": ["alice"]})
    assert [one["login"] for one in answer.body["requested_reviewers"]] == ["alice"]
    assert (await raw("POST", path, {"reviewers": ["stranger"]})).status == 422


async def test_protected_base_is_only_merged_by_people(
    raw: Any, installation: FakeInstallation, repository: FakeRepository
) -> None:
    repository.push("feature", {"a": "1"})
    pull = repository.open_pull_request("feature")
    repository.protect("main", ["ci"])
    assert (await raw("PUT", f"{REPO}/pulls/1/merge")).status == 422
    pull.merge()
    assert pull.merged

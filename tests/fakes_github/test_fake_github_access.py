"""Who gets in: JWTs, tokens, permissions and visibility."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from gidgethub.aiohttp import GitHubAPI
from gidgethub.apps import get_installation_access_token, get_jwt

from fakes.github import FakeGitHub
from fakes.github.access import make_key

if TYPE_CHECKING:
    import aiohttp

    from fakes.github import FakeInstallation, FakeRepository

REPO = "/repos/octo/hello"


def app_token(github: FakeGitHub, *, key: str | None = None, **claims: object) -> str:
    now = int(time.time())
    payload = {"iat": now - 60, "exp": now + 540, "iss": str(github.app_id), **claims}
    return jwt.encode(payload, key or github.private_key, algorithm="RS256")


async def test_gidgethub_gets_a_token_that_works(
    github: FakeGitHub, installation: FakeInstallation, session: aiohttp.ClientSession
) -> None:
    api = GitHubAPI(session, "tests", base_url=github.url)
    token = await get_installation_access_token(
        api,
        installation_id=str(installation.id),
        app_id=str(github.app_id),
        private_key=github.private_key,
    )
    assert token["token"].startswith("ghs_")
    found = await api.getitem("/installation/repositories", oauth_token=token["token"])
    assert [one["full_name"] for one in found["repositories"]] == ["octo/hello"]


async def test_the_app_is_known_by_its_jwt(github: FakeGitHub, raw: Any) -> None:
    mine = get_jwt(app_id=github.client_id, private_key=github.private_key)
    answer = await raw("GET", "/app", token=mine)
    assert (answer.status, answer.body["slug"]) == (200, "thoth")


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"exp": int(time.time()) + 3600}, "too far in the future"),
        ({"exp": int(time.time()) - 10}, "must be a numeric value"),
        ({"iat": int(time.time()) + 3600}, "'Issued at'"),
        ({"iss": "1"}, "Integration not found"),
    ],
)
async def test_jwt_with_wrong_claims_is_refused(
    github: FakeGitHub, raw: Any, claims: dict[str, Any], message: str
) -> None:
    answer = await raw("GET", "/app", token=app_token(github, **claims))
    assert answer.status == 401
    assert message in answer.body["message"]


async def test_jwt_of_ten_minutes_is_taken_and_of_eleven_refused(
    github: FakeGitHub, raw: Any
) -> None:
    now = int(time.time())
    assert (await raw("GET", "/app", token=app_token(github, exp=now + 595))).status == 200
    assert (await raw("GET", "/app", token=app_token(github, exp=now + 660))).status == 401


async def test_jwt_of_another_key_or_algorithm_is_refused(github: FakeGitHub, raw: Any) -> None:
    assert (await raw("GET", "/app", token=app_token(github, key=make_key()))).status == 401
    now = int(time.time())
    payload = {"iat": now - 60, "exp": now + 60, "iss": str(github.app_id)}
    forged = jwt.encode(payload, "k" * 32, algorithm="HS256")
    assert (await raw("GET", "/app", token=forged)).status == 401


async def test_token_is_no_jwt_and_jwt_no_token(github: FakeGitHub, raw: Any) -> None:
    assert (await raw("GET", "/app")).status == 401
    assert (await raw("GET", REPO, token=app_token(github))).status == 401


@pytest.mark.parametrize("path", [REPO, "/installation/repositories"])
async def test_unknown_token_is_refused(raw: Any, path: str) -> None:
    assert (await raw("GET", path, token="ghs_unknown")).status == 401
    assert (await raw("GET", path, headers={"Authorization": ""})).status == 401


async def test_token_lives_for_an_hour(github: FakeGitHub, raw: Any) -> None:
    github.clock.advance(3590)
    assert (await raw("GET", REPO)).status == 200
    github.clock.advance(20)
    assert (await raw("GET", REPO)).status == 401


async def test_revoked_token_is_refused(raw: Any) -> None:
    assert (await raw("DELETE", "/installation/token")).status == 204
    assert (await raw("GET", REPO)).status == 401


async def test_private_repository_outside_the_installation_does_not_exist(
    github: FakeGitHub, raw: Any
) -> None:
    github.add_repository("octo/secret", files={"a": "1"}, private=True)
    for method, path, body in [
        ("GET", "/repos/octo/secret", None),
        ("GET", "/repos/octo/secret/contents/a", None),
        ("POST", "/repos/octo/secret/issues", {"title": "t"}),
    ]:
        answer = await raw(method, path, body)
        assert (answer.status, answer.body["message"]) == (404, "Not Found")


async def test_public_repository_outside_the_installation_is_read_only(
    github: FakeGitHub, raw: Any
) -> None:
    github.add_repository("octo/other", files={"a": "1"})
    assert (await raw("GET", "/repos/octo/other/contents/a")).status == 200
    answer = await raw("POST", "/repos/octo/other/issues", {"title": "t"})
    assert answer.status == 403


async def test_missing_permission_is_403_and_named(
    github: FakeGitHub, raw: Any, installation: FakeInstallation
) -> None:
    token = installation.token(permissions={"contents": "read"})
    answer = await raw("POST", f"{REPO}/git/blobs", {"content": "x"}, token=token)
    assert (answer.status, answer.body["message"]) == (
        403,
        "Resource not accessible by integration",
    )
    assert answer.headers["x-accepted-github-permissions"] == "contents=write"
    answer = await raw("GET", f"{REPO}/branches/main/protection")
    assert answer.status == 404, "public: may be read, and is not protected"


async def test_permission_taken_away_ends_at_once(raw: Any, installation: FakeInstallation) -> None:
    body = {"content": "x"}
    assert (await raw("POST", f"{REPO}/git/blobs", body)).status == 201
    installation.accept_permissions({"contents": "read"})
    assert (await raw("POST", f"{REPO}/git/blobs", body)).status == 403


async def test_reading_what_is_private_needs_the_permission(github: FakeGitHub, raw: Any) -> None:
    secret = github.add_repository("corp/secret", files={"a": "1"}, private=True)
    installation = github.install(secret, permissions={"issues": "read"})
    token = installation.token()
    assert (await raw("GET", "/repos/corp/secret", token=token)).status == 200
    assert (await raw("GET", "/repos/corp/secret/contents/a", token=token)).status == 403


async def make_token(
    github: FakeGitHub, raw: Any, installation: FakeInstallation, body: Any
) -> Any:
    path = f"/app/installations/{installation.id}/access_tokens"
    return await raw("POST", path, body, token=app_token(github))


async def test_token_is_narrowed_to_what_was_asked_for(
    github: FakeGitHub, raw: Any, installation: FakeInstallation
) -> None:
    other = github.add_repository("octo/other", files={"a": "1"}, private=True)
    installation.add(other)
    wanted = {"repository_ids": [other.id], "permissions": {"contents": "read"}}
    answer = await make_token(github, raw, installation, wanted)
    assert answer.status == 201
    assert answer.body["permissions"] == {"contents": "read", "metadata": "read"}
    assert [one["name"] for one in answer.body["repositories"]] == ["other"]
    token = answer.body["token"]
    assert (await raw("GET", "/repos/octo/other/contents/a", token=token)).status == 200
    body = {"title": "t"}
    assert (await raw("POST", "/repos/octo/other/issues", body, token=token)).status == 403
    assert (await raw("POST", f"{REPO}/issues", body, token=token)).status == 403
    found = await raw("GET", "/installation/repositories", token=token)
    assert found.body["total_count"] == 1


async def test_token_of_one_repository_is_not_for_the_others(
    github: FakeGitHub, raw: Any, installation: FakeInstallation
) -> None:
    other = github.add_repository("octo/other", files={"a": "1"}, private=True)
    third = github.add_repository("octo/third", files={"a": "1"}, private=True)
    installation.add(other, third)
    token = installation.token(repositories=[other])
    body = {"title": "t"}
    assert (await raw("POST", "/repos/octo/other/issues", body, token=token)).status == 201
    assert (await raw("POST", f"{REPO}/issues", body, token=token)).status == 403
    assert (await raw("GET", "/repos/octo/third", token=token)).status == 404


async def test_token_for_more_than_was_granted_is_refused(
    github: FakeGitHub, raw: Any, installation: FakeInstallation
) -> None:
    for wanted in (
        {"permissions": {"administration": "write"}},
        {"repositories": ["unknown"]},
        {"repository_ids": [1]},
    ):
        assert (await make_token(github, raw, installation, wanted)).status == 422


async def test_suspended_installation_is_refused_until_it_is_not(
    github: FakeGitHub, raw: Any, installation: FakeInstallation
) -> None:
    installation.suspend()
    assert (await raw("GET", REPO)).status == 403
    assert (await make_token(github, raw, installation, None)).status == 403
    installation.unsuspend()
    assert (await raw("GET", REPO)).status == 200


async def test_deleted_installation_is_gone(
    github: FakeGitHub, raw: Any, installation: FakeInstallation
) -> None:
    installation.delete()
    assert (await raw("GET", REPO)).status == 401
    assert (await make_token(github, raw, installation, None)).status == 404
    mine = app_token(github)
    assert (await raw("GET", f"/app/installations/{installation.id}", token=mine)).status == 404
    assert (await raw("GET", "/app/installations", token=mine)).body == []


async def test_repository_removed_from_the_installation_is_read_only(
    raw: Any, installation: FakeInstallation, repository: FakeRepository
) -> None:
    installation.remove(repository)
    assert (await raw("POST", f"{REPO}/issues", {"title": "t"})).status == 403
    repository.make_private()
    assert (await raw("GET", REPO)).status == 404


async def test_renamed_repository_is_redirected_and_deleted_one_gone(
    raw: Any, repository: FakeRepository
) -> None:
    repository.rename("bye")
    moved = await raw("GET", f"{REPO}/contents/Pipfile?ref=main")
    assert moved.status == 301
    assert (await raw("GET", moved.headers["location"])).body["path"] == "Pipfile"
    moved = await raw("POST", f"{REPO}/issues", {"title": "t"})
    assert moved.status == 307
    assert (await raw("POST", moved.headers["location"], {"title": "t"})).status == 201
    repository.delete()
    assert (await raw("GET", "/repos/octo/bye")).status == 404
    assert (await raw("GET", REPO)).status == 404


async def test_gidgethub_follows_a_rename(api: GitHubAPI, repository: FakeRepository) -> None:
    repository.rename("bye")
    assert (await api.getitem(REPO))["name"] == "bye"
    assert (await api.post(f"{REPO}/issues", data={"title": "t"}))["number"] == 1


async def test_archived_repository_is_read_only(raw: Any, repository: FakeRepository) -> None:
    repository.archive()
    assert (await raw("GET", REPO)).body["archived"] is True
    assert (await raw("POST", f"{REPO}/issues", {"title": "t"})).status == 403


async def test_request_without_user_agent_is_refused(raw: Any) -> None:
    assert (await raw("GET", REPO, headers={"User-Agent": ""})).status == 403


async def test_unknown_api_version_is_refused(raw: Any) -> None:
    headers = {"X-GitHub-Api-Version": "2001-01-01"}
    assert (await raw("GET", REPO, headers=headers)).status == 400


async def test_names_of_owners_and_repositories_have_no_case(raw: Any) -> None:
    assert (await raw("GET", "/repos/OCTO/Hello")).body["full_name"] == "octo/hello"


async def test_enterprise_server_has_a_path_prefix(session: aiohttp.ClientSession) -> None:
    with FakeGitHub(path_prefix="/api/v3") as github:
        repository = github.add_repository("octo/hello", files={"a": "1"})
        token = github.install(repository).token()
        api = GitHubAPI(session, "tests", base_url=github.url, oauth_token=token)
        found = await api.getitem("/repos/octo/hello")
        assert found["url"] == f"{github.url}/repos/octo/hello"
        assert found["url"].endswith("/api/v3/repos/octo/hello")


async def test_manifest_code_gives_the_secrets_once_and_for_an_hour(
    github: FakeGitHub, raw: Any
) -> None:
    code = github.add_manifest_code({"name": "My Thoth"})
    answer = await raw("POST", f"/app-manifests/{code}/conversions")
    assert answer.status == 201
    assert answer.body["pem"] == github.private_key
    assert answer.body["webhook_secret"] == github.webhook_secret
    assert (await raw("POST", f"/app-manifests/{code}/conversions")).status == 404
    late = github.add_manifest_code({})
    github.clock.advance(3601)
    assert (await raw("POST", f"/app-manifests/{late}/conversions")).status == 404


async def test_app_looks_after_its_installations(
    github: FakeGitHub, raw: Any, installation: FakeInstallation
) -> None:
    mine = app_token(github)
    path = f"/app/installations/{installation.id}"
    assert (await raw("GET", path, token=mine)).body["account"]["login"] == "octo"
    assert (await raw("GET", f"{REPO}/installation", token=mine)).body["id"] == installation.id
    assert (await raw("PUT", f"{path}/suspended", token=mine)).status == 204
    assert (await raw("GET", path, token=mine)).body["suspended_at"] is not None
    assert (await raw("GET", REPO)).status == 403
    assert (await raw("DELETE", f"{path}/suspended", token=mine)).status == 204
    assert (await raw("DELETE", path, token=mine)).status == 204
    assert (await raw("GET", f"{REPO}/installation", token=mine)).status == 404
    actions = [one.action for one in github.deliveries]
    assert actions == ["created", "suspend", "unsuspend", "deleted"]


async def test_protection_is_read_with_the_permission_for_it(github: FakeGitHub, raw: Any) -> None:
    secret = github.add_repository("corp/secret", files={"a": "1"}, private=True)
    secret.protect("main", ["ci"])
    installation = github.install(
        secret, permissions={"administration": "read", "contents": "read"}
    )
    path = "/repos/corp/secret/branches/main/protection"
    token = installation.token()
    found = await raw("GET", path, token=token)
    assert found.body["required_status_checks"]["contexts"] == ["ci"]
    token = installation.token(permissions={"contents": "read"})
    assert (await raw("GET", path, token=token)).status == 403

"""The Git Data API, contents, commits, statuses and archives of the fake."""

from __future__ import annotations

import io
import tarfile
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.github import Clock, FakeGitHub
from fakes.github.store import EMPTY_TREE, GitStore

if TYPE_CHECKING:
    from pathlib import Path

    from gidgethub.aiohttp import GitHubAPI

    from fakes.github import FakeInstallation, FakeRepository

REPO = "/repos/octo/hello"
GIT = f"{REPO}/git"


async def commit(api: GitHubAPI, parent: str, files: dict[str, str], **people: object) -> Any:
    base = (await api.getitem(f"{GIT}/commits/{parent}"))["tree"]["sha"]
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "content": text}
        for path, text in files.items()
    ]
    tree = await api.post(f"{GIT}/trees", data={"base_tree": base, "tree": entries})
    data = {"message": "Improve", "tree": tree["sha"], "parents": [parent], **people}
    return await api.post(f"{GIT}/commits", data=data)


PERSON = {"name": "A", "email": "a@example.org", "date": "2026-01-01T00:00:00Z"}


async def test_commit_that_names_nobody_is_verified(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    made = await commit(api, repository.branch().sha, {"a": "1"})
    assert (made["verification"]["verified"], made["verification"]["reason"]) == (True, "valid")
    assert made["author"]["name"] == "thoth[bot]"
    assert made["committer"] == {**made["committer"], "name": "GitHub"}
    again = await api.getitem(f"{REPO}/commits/{made['sha']}")
    assert again["commit"]["verification"]["verified"] is True
    assert again["author"]["login"] == "thoth[bot]"


@pytest.mark.parametrize("field", ["author", "committer", "signature"])
async def test_commit_that_names_somebody_is_not_verified(
    api: GitHubAPI, repository: FakeRepository, field: str
) -> None:
    value = "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----"
    named = {field: value if field == "signature" else PERSON}
    made = await commit(api, repository.branch().sha, {"a": "1"}, **named)
    assert made["verification"]["verified"] is False


async def test_commit_of_a_person_is_not_verified(
    api: GitHubAPI, repository: FakeRepository
) -> None:
    sha = repository.push("main", {"a": "1"})
    found = await api.getitem(f"{GIT}/commits/{sha}")
    assert (found["verification"]["verified"], found["verification"]["reason"]) == (
        False,
        "unsigned",
    )


async def test_ref_moves_forward_only_unless_forced(raw: Any, repository: FakeRepository) -> None:
    old = repository.branch().sha
    one = repository.push("one", {"a": "1"})
    two = repository.push("two", {"a": "2"})
    assert (await raw("PATCH", f"{GIT}/refs/heads/one", {"sha": two})).status == 422
    assert repository.branch("one").sha == one
    answer = await raw("PATCH", f"{GIT}/refs/heads/one", {"sha": two, "force": True})
    assert (answer.status, answer.body["object"]["sha"]) == (200, two)
    assert (await raw("PATCH", f"{GIT}/refs/heads/main", {"sha": two})).status == 200
    assert (await raw("PATCH", f"{GIT}/refs/heads/main", {"sha": old})).status == 422


async def test_refs_of_unknown_commits_and_bad_names_are_refused(
    raw: Any, repository: FakeRepository
) -> None:
    sha = repository.branch().sha
    for ref, target in [
        ("refs/heads/new", "0" * 40),
        ("refs/heads/new", "not a sha"),
        ("refs/heads/main", sha),
        ("heads/new", sha),
        ("refs/heads/a..b", sha),
        ("refs/heads/.lock", sha),
    ]:
        assert (await raw("POST", f"{GIT}/refs", {"ref": ref, "sha": target})).status == 422
    assert (await raw("PATCH", f"{GIT}/refs/heads/main", {"sha": "0" * 40})).status == 422
    assert (await raw("PATCH", f"{GIT}/refs/heads/none", {"sha": sha})).status == 422
    assert (await raw("DELETE", f"{GIT}/refs/heads/none")).status == 422
    assert repository.branches == {"main": sha}


async def test_ref_with_slashes_is_found_quoted_or_not(
    raw: Any, repository: FakeRepository
) -> None:
    sha = repository.push("thoth/py312", {"a": "1"})
    for name in ("heads/thoth/py312", "heads%2Fthoth%2Fpy312"):
        assert (await raw("GET", f"{GIT}/ref/{name}")).body["object"]["sha"] == sha
    matching = await raw("GET", f"{GIT}/matching-refs/heads/thoth/")
    assert [one["ref"] for one in matching.body] == ["refs/heads/thoth/py312"]
    assert (await raw("GET", f"{GIT}/ref/heads/thoth")).status == 404


async def test_branch_may_not_lie_below_another(raw: Any, repository: FakeRepository) -> None:
    sha = repository.push("thoth", {"a": "1"})
    answer = await raw("POST", f"{GIT}/refs", {"ref": "refs/heads/thoth/py312", "sha": sha})
    assert answer.status == 422
    assert set(repository.branches) == {"main", "thoth"}


async def test_protected_branch_is_not_moved(raw: Any, repository: FakeRepository) -> None:
    sha = repository.push("one", {"a": "1"})
    repository.protect("main")
    assert (await raw("PATCH", f"{GIT}/refs/heads/main", {"sha": sha})).status == 422
    branch = await raw("GET", f"{REPO}/branches/main")
    assert branch.body["protected"] is True
    assert (await raw("GET", f"{REPO}/branches/none")).status == 404
    listed = (await raw("GET", f"{REPO}/branches")).body
    assert [(one["name"], one["protected"]) for one in listed] == [("main", True), ("one", False)]
    protected = (await raw("GET", f"{REPO}/branches?protected=true")).body
    assert [one["name"] for one in protected] == ["main"]


async def test_empty_repository_is_a_conflict(
    github: FakeGitHub, raw: Any, installation: FakeInstallation
) -> None:
    installation.add(github.add_repository("octo/empty"))
    base = "/repos/octo/empty"
    assert (await raw("GET", base)).status == 200
    requests: list[tuple[str, str, Any]] = [
        ("GET", f"{base}/git/ref/heads/main", None),
        ("POST", f"{base}/git/blobs", {"content": "x"}),
        ("POST", f"{base}/git/trees", {"tree": []}),
        ("GET", f"{base}/commits", None),
    ]
    for method, path, body in requests:
        answer = await raw(method, path, body)
        assert (answer.status, answer.body["message"]) == (409, "Git Repository is empty.")
    assert (await raw("GET", f"{base}/contents/Pipfile")).status == 404
    body = {"message": "Begin", "content": b64encode(b"x").decode()}
    assert (await raw("PUT", f"{base}/contents/Pipfile", body)).status == 201
    assert (await raw("GET", f"{base}/git/ref/heads/main")).status == 200


async def test_tree_adds_changes_and_removes(
    api: GitHubAPI, raw: Any, repository: FakeRepository
) -> None:
    head = repository.branch().sha
    blob = await api.post(
        f"{GIT}/blobs", data={"content": b64encode(b"\xff\x00").decode(), "encoding": "base64"}
    )
    entries = [
        {"path": "Pipfile", "mode": "100644", "type": "blob", "sha": None},
        {"path": "deep/er/run", "mode": "100755", "type": "blob", "content": "#!\n"},
        {"path": "binary", "mode": "100644", "type": "blob", "sha": blob["sha"]},
    ]
    tree = await api.post(f"{GIT}/trees", data={"base_tree": head, "tree": entries})
    listed = await api.getitem(f"{GIT}/trees/{tree['sha']}?recursive=1")
    modes = {one["path"]: one["mode"] for one in listed["tree"] if one["type"] == "blob"}
    assert modes == {"binary": "100644", "deep/er/run": "100755", "src/app.py": "100644"}
    read = await api.getitem(f"{GIT}/blobs/{blob['sha']}")
    assert b64decode(read["content"]) == b"\xff\x00"
    text = await raw(
        "GET", f"{GIT}/blobs/{blob['sha']}", headers={"Accept": "application/vnd.github.raw+json"}
    )
    assert text.body == b"\xff\x00"


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "a", "mode": "100644", "type": "blob", "sha": "0" * 40},
        {"path": "../a", "mode": "100644", "type": "blob", "content": "x"},
        {"path": "/a", "mode": "100644", "type": "blob", "content": "x"},
        {"path": ".git/config", "mode": "100644", "type": "blob", "content": "x"},
        {"path": "a", "mode": "100644", "type": "blob"},
        {"path": "a", "mode": "040000", "type": "tree", "content": "x"},
    ],
)
async def test_malformed_tree_is_refused(
    raw: Any, repository: FakeRepository, entry: dict[str, Any]
) -> None:
    body = {"base_tree": repository.branch().sha, "tree": [entry]}
    assert (await raw("POST", f"{GIT}/trees", body)).status == 422


async def test_tree_and_commit_need_what_they_name(raw: Any, repository: FakeRepository) -> None:
    entry = {"path": "a", "mode": "100644", "type": "blob", "content": "x"}
    answer = await raw("POST", f"{GIT}/trees", {"base_tree": "0" * 40, "tree": [entry]})
    assert answer.status == 422
    answer = await raw("POST", f"{GIT}/commits", {"message": "m", "tree": "0" * 40})
    assert answer.status == 422
    tree = (await raw("POST", f"{GIT}/trees", {"tree": [entry]})).body["sha"]
    body = {"message": "m", "tree": tree, "parents": ["0" * 40]}
    assert (await raw("POST", f"{GIT}/commits", body)).status == 422
    for path in ("commits", "trees", "blobs"):
        assert (await raw("GET", f"{GIT}/{path}/{'0' * 40}")).status == 404


async def test_contents_of_files_and_folders(raw: Any, repository: FakeRepository) -> None:
    found = await raw("GET", f"{REPO}/contents/src/app.py")
    assert b64decode(found.body["content"]) == b"import x\n"
    assert (found.body["encoding"], found.body["size"]) == ("base64", 9)
    listed = await raw("GET", f"{REPO}/contents/")
    assert [(one["name"], one["type"]) for one in listed.body] == [
        ("Pipfile", "file"),
        ("src", "dir"),
    ]
    assert (await raw("GET", f"{REPO}/contents/src")).body[0]["path"] == "src/app.py"
    for path in ("none", "Pipfile/none", "src/none", "Pipfile?ref=none"):
        assert (await raw("GET", f"{REPO}/contents/{path}")).status == 404
    accept = {"Accept": "application/vnd.github.raw+json"}
    text = await raw("GET", f"{REPO}/contents/src/app.py?ref=main", headers=accept)
    assert text.body == b"import x\n"


async def test_large_file_comes_raw_only(raw: Any, repository: FakeRepository) -> None:
    repository.push("main", {"big": "x" * (1024 * 1024 + 1)})
    found = await raw("GET", f"{REPO}/contents/big")
    assert (found.body["content"], found.body["encoding"]) == ("", "none")
    accept = {"Accept": "application/vnd.github.raw"}
    assert len((await raw("GET", f"{REPO}/contents/big", headers=accept)).body) == 1024 * 1024 + 1


async def test_file_is_changed_only_with_the_sha_of_what_it_replaces(
    raw: Any, repository: FakeRepository
) -> None:
    path = f"{REPO}/contents/Pipfile"
    content = b64encode(b"new").decode()
    sha = (await raw("GET", path)).body["sha"]
    assert (await raw("PUT", path, {"message": "m", "content": content})).status == 422
    body = {"message": "m", "content": content, "sha": "0" * 40}
    assert (await raw("PUT", path, body)).status == 409
    answer = await raw("PUT", path, {**body, "sha": sha})
    assert answer.status == 200
    assert answer.body["commit"]["verification"]["verified"] is True
    assert repository.branch().files["Pipfile"] == "new"
    body = {"message": "m", "sha": answer.body["content"]["sha"]}
    assert (await raw("DELETE", path, body)).status == 200
    assert "Pipfile" not in repository.branch().files


async def test_compare_starts_at_the_merge_base(raw: Any, repository: FakeRepository) -> None:
    base = repository.branch().sha
    repository.push("feature", {"a": "1"})
    repository.push("main", {"b": "1"})
    found = (await raw("GET", f"{REPO}/compare/main...feature")).body
    assert (found["status"], found["ahead_by"], found["behind_by"]) == ("diverged", 1, 1)
    assert found["merge_base_commit"]["sha"] == base
    assert [one["filename"] for one in found["files"]] == ["a"]
    assert (await raw("GET", f"{REPO}/compare/main...main")).body["status"] == "identical"
    assert (await raw("GET", f"{REPO}/compare/{base}...main")).body["status"] == "ahead"
    assert (await raw("GET", f"{REPO}/compare/main...{base}")).body["status"] == "behind"
    assert (await raw("GET", f"{REPO}/compare/main...none")).status == 404


async def test_commits_are_listed_by_path(raw: Any, repository: FakeRepository) -> None:
    sha = repository.push("main", {"a": "1"}, message="Add a")
    repository.push("main", {"b": "1"})
    assert len((await raw("GET", f"{REPO}/commits")).body) == 3
    found = (await raw("GET", f"{REPO}/commits?path=a")).body
    assert [(one["sha"], one["commit"]["message"]) for one in found] == [(sha, "Add a")]
    assert (await raw("GET", f"{REPO}/commits/nothing")).status == 422
    accept = {"Accept": "application/vnd.github.sha"}
    head = await raw("GET", f"{REPO}/commits/main", headers=accept)
    assert head.body.decode() == repository.branch().sha


async def test_tarball_is_behind_a_redirect_that_works_once(
    raw: Any, repository: FakeRepository
) -> None:
    answer = await raw("GET", f"{REPO}/tarball/main")
    assert answer.status == 302
    data = (await raw("GET", answer.headers["location"])).body
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        names = [member.name for member in tar if member.isfile()]
    folder = f"octo-hello-{repository.branch().sha[:7]}"
    assert names == [f"{folder}/Pipfile", f"{folder}/src/app.py"]
    assert (await raw("GET", answer.headers["location"])).status == 404


async def test_statuses_of_a_commit_are_combined_by_context(
    raw: Any, repository: FakeRepository
) -> None:
    sha = repository.branch().sha
    for state, context in [("pending", "ci"), ("success", "ci"), ("success", "docs")]:
        body = {"state": state, "context": context}
        assert (await raw("POST", f"{REPO}/statuses/{sha}", body)).status == 201
    listed = (await raw("GET", f"{REPO}/commits/main/statuses")).body
    assert [one["state"] for one in listed] == ["success", "success", "pending"]
    combined = (await raw("GET", f"{REPO}/commits/main/status")).body
    assert (combined["state"], combined["total_count"]) == ("success", 2)
    assert (await raw("POST", f"{REPO}/statuses/{'0' * 40}", {"state": "error"})).status == 422
    body = {"state": "error", "description": "x" * 141}
    assert (await raw("POST", f"{REPO}/statuses/{sha}", body)).status == 422


def test_frozen_clock_and_same_seed_give_the_same_shas_and_guids() -> None:
    def run() -> list[str]:
        with FakeGitHub(clock=Clock(datetime(2026, 1, 1, tzinfo=UTC)), seed=7) as github:
            repository = github.add_repository("octo/hello", files={"a": "1"})
            github.install(repository)
            repository.push("main", {"a": "2"})
            return [repository.branch().sha, *(one.guid for one in github.deliveries)]

    assert run() == run()


NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
CHANGES = st.lists(st.dictionaries(PATHS, st.none() | st.text("xyz\n", max_size=3)), max_size=3)


def apply(files: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
    """What a tree holds after changes made in order: a file takes the place of a folder."""
    for path, text in changes.items():
        below = [name for name in files if name == path or name.startswith(f"{path}/")]
        above = [name for name in files if path.startswith(f"{name}/")]
        for name in [*below, *([] if text is None else above)]:
            files.pop(name, None)
        if text is not None:
            files[path] = text
    return files


@settings(max_examples=25, deadline=None)
@given(steps=CHANGES)
def test_trees_hold_what_was_written_and_not_removed(
    steps: list[dict[str, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("store") / "x.git"
    store = GitStore(folder)
    tree = EMPTY_TREE
    files: dict[str, str] = {}
    for changes in steps:
        lines = [
            ("100644", path, None if text is None else store.write("blob", text.encode()))
            for path, text in changes.items()
        ]
        tree = store.write_tree(tree, lines)
        files = apply(files, changes)
    found = {
        entry.path: (store.blob(entry.sha) or b"").decode()
        for entry in store.entries(tree, recursive=True)
        if entry.kind == "blob"
    }
    assert found == files

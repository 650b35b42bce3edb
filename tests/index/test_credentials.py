"""Credentials go to their origin and nowhere else: not along redirects, not into texts or files."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from advisor_core.errors import IndexFailure, InputError, OfflineError
from advisor_core.index import Cache, IndexClient, Limits, OfflineIndex
from advisor_core.index.credentials import Credentials, origin_of
from advisor_core.index.project import StoredProject
from advisor_core.model import IndexSource
from advisor_core.releases import CoreMetadata
from fakes import hostile
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "alice", "p@ss/word%41"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
ENVIRONMENT = {"INDEX_USER": "alice", "INDEX_PASSWORD": "p%40ss%2Fword%2541"}


@pytest.fixture
def private() -> Iterator[PackageIndex]:
    with PackageIndex(credentials=(USER, PASSWORD)) as index:
        index.add("package", "1.0", requires=["other"])
        yield index


async def read(source: IndexSource, cache: Path, environment: dict[str, str]) -> StoredProject:
    limits = Limits(attempts=1)
    async with IndexClient(
        [source], Cache(cache), {}, environment=environment, limits=limits
    ) as client:
        project = await client.project("package")
        assert isinstance(project, StoredProject)
        metadata = await client.metadata(project, 0, project.artifacts(0)[0])
        assert isinstance(metadata, CoreMetadata)
        return project


def with_userinfo(index: PackageIndex, userinfo: str) -> str:
    return index.url.replace("://", f"://{userinfo}@")


def assert_nothing_secret(cache: Path, *more: bytes) -> None:
    written = [path for path in cache.rglob("*") if path.is_file()]
    assert written
    for path in written:
        content = path.read_bytes() + str(path).encode()
        for secret in (b"p@ss", b"p%40ss", b"alice", BASIC.encode(), *more):
            assert secret not in content


async def test_variables_of_the_url_are_put_in_for_the_request_only(
    private: PackageIndex, tmp_path: Path
) -> None:
    source = IndexSource("private", with_userinfo(private, "${INDEX_USER}:${INDEX_PASSWORD}"))
    project = await read(source, tmp_path, ENVIRONMENT)
    assert project.artifacts(0)[0].url == private.file_url("package-1.0-py3-none-any.whl")
    assert {request.headers["authorization"] for request in private.requests} == {BASIC}
    assert_nothing_secret(tmp_path)
    offline = OfflineIndex([source], Cache(tmp_path), {})
    assert isinstance(offline.project("package"), StoredProject)


async def test_credentials_come_from_variables_named_after_the_index(
    private: PackageIndex, tmp_path: Path
) -> None:
    environment = {
        "THOTH_INDEX_MY_INDEX_USERNAME": USER,
        "THOTH_INDEX_MY_INDEX_PASSWORD": PASSWORD,
    }
    await read(IndexSource("my-index", private.url), tmp_path, environment)
    assert_nothing_secret(tmp_path)


async def test_credentials_come_from_netrc(private: PackageIndex, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n")
    await read(IndexSource("private", private.url), tmp_path / "cache", {"HOME": str(tmp_path)})


async def test_netrc_is_not_for_hosts_that_are_no_index_without_https(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine files.test login u password p\n")
    environment = {"NETRC": str(tmp_path / "netrc")}
    credentials = Credentials([IndexSource("a", "https://index.test/simple")], environment)
    assert credentials.authorization("https://files.test/f") is not None
    assert credentials.authorization("http://files.test/f") is None
    assert credentials.authorization("https://files.test:8443/f") is None


async def test_credentials_do_not_follow_a_redirect(private: PackageIndex, tmp_path: Path) -> None:
    with PackageIndex() as other:
        other.add("package", "1.0")
        private._credentials = None
        private.behave("/simple/package/", hostile.redirect(f"{other.url}/package/"))
        source = IndexSource("private", with_userinfo(private, "alice:secret"))
        await read(source, tmp_path, {})
        assert "authorization" in private.requests[0].headers
        assert other.requests
        assert all("authorization" not in request.headers for request in other.requests)


async def test_credentials_do_not_go_to_the_file_host(tmp_path: Path) -> None:
    with (
        PackageIndex() as files,
        PackageIndex(credentials=(USER, PASSWORD), files_from=files) as index,
    ):
        files.add("package", "1.0")
        index.add("package", "1.0")
        source = IndexSource("private", with_userinfo(index, "alice:p%40ss%2Fword%2541"))
        await read(source, tmp_path, {})
        assert files.requests
        assert all("authorization" not in request.headers for request in files.requests)


@pytest.mark.parametrize("status", [401, 403, 409, 500])
async def test_errors_show_no_credentials(
    private: PackageIndex, tmp_path: Path, status: int
) -> None:
    private.behave("/files/package-1.0-py3-none-any.whl.metadata", hostile.answer(status))
    source = IndexSource("private", with_userinfo(private, "${INDEX_USER}:${INDEX_PASSWORD}"))
    with pytest.raises(IndexFailure, match=f"answers {status}") as caught:
        await read(source, tmp_path, ENVIRONMENT)
    assert "alice" not in str(caught.value)
    assert "p@ss" not in repr(caught.value)


async def test_a_token_in_the_path_is_never_written_or_shown(tmp_path: Path) -> None:
    with PackageIndex(relative_urls=True) as index:
        index.add("package", "1.0", requires=["other"])
        usual = index._answer

        def answer(request):  # type: ignore[no-untyped-def]  # a prefix in front of every path
            path = request.path.removeprefix("/t0ken-value")
            assert path != request.path
            return usual(type(request)(request.method, path, request.headers, request.raw))

        index._answer = answer  # type: ignore[method-assign]
        source = IndexSource("private", f"{index.origin}/${{TOKEN}}/simple")
        environment = {"TOKEN": "t0ken-value"}
        project = await read(source, tmp_path, environment)
        filename = "package-1.0-py3-none-any.whl"
        assert project.artifacts(0)[0].url == f"{index.origin}/${{TOKEN}}/files/{filename}"
        index.behave("/t0ken-value/simple/package/", hostile.answer(400))
        with pytest.raises(IndexFailure) as caught:
            await read(source, tmp_path / "other", environment)
    assert "t0ken" not in str(caught.value)
    assert_nothing_secret(tmp_path, b"t0ken")


async def test_the_same_text_with_another_value_is_another_index(tmp_path: Path) -> None:
    with PackageIndex() as index:
        usual = index._answer

        def answer(request):  # type: ignore[no-untyped-def]  # each tenant has its own version
            tenant = request.path.split("/")[1]
            index.remove("package")
            index.add("package", {"one": "1.0", "two": "2.0"}[tenant])
            path = request.path.removeprefix(f"/{tenant}")
            return usual(type(request)(request.method, path, request.headers, request.raw))

        index.add_project("package")
        index._answer = answer  # type: ignore[method-assign]
        source = IndexSource("private", f"{index.origin}/${{TENANT}}/simple")
        for tenant, version in (("one", "1.0"), ("two", "2.0"), ("one", "1.0")):
            environment = {"TENANT": tenant}
            async with IndexClient(
                [source], Cache(tmp_path), {}, environment=environment
            ) as client:
                project = await client.project("package")
            assert isinstance(project, StoredProject)
            assert project.versions == (version,)
        offline = OfflineIndex([source], Cache(tmp_path), {}, environment={"TENANT": "two"})
        known = offline.project("package")
        assert isinstance(known, StoredProject)
        assert known.versions == ("2.0",)
        unknown = OfflineIndex([source], Cache(tmp_path), {}, environment={"TENANT": "three"})
        with pytest.raises(OfflineError, match=r"package on .*/\$\{TENANT\}/simple is not"):
            unknown.project("package")


async def test_a_page_cannot_name_variables_of_its_own(tmp_path: Path) -> None:
    with PackageIndex() as index:
        index.add("package", "1.0")
        url = f"{index.origin}/${{HOME}}/package-1.0-py3-none-any.whl"

        def steal(page):  # type: ignore[no-untyped-def]  # a dictionary
            page["files"][0]["url"] = url

        index.behave("/simple/package/", hostile.edited_json(steal))
        with pytest.raises(IndexFailure):
            await read(IndexSource("fake", index.url), tmp_path, {"HOME": "/secret/home"})
        assert not index.count("secret")


def test_every_variable_that_is_not_set_is_told() -> None:
    sources = [
        IndexSource("a", "https://${USER_A}:x@index.test/simple"),
        IndexSource("b", "https://index.test/${TOKEN_B}/simple"),
        IndexSource("c", "https://index.test/simple"),
    ]
    with pytest.raises(InputError) as caught:
        Credentials(sources, {})
    assert [(fault.place, fault.message) for fault in caught.value.faults] == [
        ("index a", "environment variable is not set: 'USER_A'"),
        ("index b", "environment variable is not set: 'TOKEN_B'"),
    ]


@pytest.mark.parametrize(
    "url", ["ftp://x/simple", "https://", "simple", "https://index.test/simple?token=secret"]
)
async def test_a_url_that_is_none_is_told_without_its_secret(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="not an http or https URL") as caught:
        IndexClient([IndexSource("odd", url)], Cache(tmp_path), {}, environment={})
    assert "secret" not in str(caught.value)


def test_an_origin_has_its_default_port_and_a_lower_case_host() -> None:
    assert origin_of("https://Index.Test/x") == ("https", "index.test", 443)
    assert origin_of("http://u:p@index.test:8080") == ("http", "index.test", 8080)

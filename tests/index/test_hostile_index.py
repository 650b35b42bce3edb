"""Broken and hostile indexes: what the user is told, and that the next run completes the work."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from advisor_core.errors import IndexFailure
from advisor_core.index import Cache, IndexClient, Limits
from advisor_core.index.project import StoredProject
from advisor_core.model import IndexSource, Skipped
from advisor_core.releases import CoreMetadata
from fakes import hostile
from fakes.distributions import Distribution, core_metadata, make_wheel
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fakes.package_index import Behaviour

PAGE = "/simple/package/"
WHEEL = "/files/package-1.0-py3-none-any.whl"
QUICK = Limits(request_seconds=0.5, file_seconds=0.5, page_bytes=1 << 20, first_wait_seconds=0)


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with PackageIndex() as started:
        started.add("package", "1.0", requires=["other"])
        started.add("other", "1.0")
        yield started


def client(index: PackageIndex, cache: Path, **options: Any) -> IndexClient:
    options = {"limits": QUICK, "environment": {}, **options}
    return IndexClient([IndexSource("fake", index.url)], Cache(cache), {}, **options)


async def lock(
    index: PackageIndex, cache: Path, **options: Any
) -> tuple[StoredProject, CoreMetadata | Skipped]:
    async with client(index, cache, **options) as open_client:
        project = await open_client.project("package")
        assert isinstance(project, StoredProject)
        return project, await open_client.metadata(project, 0, project.artifacts(0)[0])


async def failure_of(index: PackageIndex, cache: Path, **options: Any) -> str:
    with pytest.raises(IndexFailure) as caught:
        await lock(index, cache, **options)
    return str(caught.value)


def set_name(page: dict[str, Any]) -> None:
    page["name"] = "evil\x1b[31m"


def set_version(page: dict[str, Any]) -> None:
    page["meta"]["api-version"] = "2.0"


def set_wrong_type(page: dict[str, Any]) -> None:
    page["files"][0]["url"] = 7


def set_wrong_metadata_hash(page: dict[str, Any]) -> None:
    page["files"][0]["core-metadata"] = {"sha256": "00" * 32}


PAGE_FAULTS = [
    (hostile.edited_json(set_name), "the page is of another project: 'evil [31m'"),
    (hostile.edited_json(set_version), "version of the repository API is not 1.x: '2.0'"),
    (hostile.edited_json(set_wrong_type), "Expected `str`, got `int` - at `$.files[0].url`"),
    (hostile.truncated(100), "not a PEP 691 page: Input data was truncated"),
    (hostile.truncated(0), "not a PEP 691 page: Input data was truncated"),
    (hostile.replaced(b"<html>sign in"), "not a PEP 691 page: JSON is malformed"),
    (hostile.endless(), "larger than the limit of 1 MiB"),
    (hostile.slow_loris(), "no complete answer within 0.5 seconds"),
    (hostile.silent(), "no complete answer within 0.5 seconds"),
    (hostile.redirect(PAGE), "more than 10 redirects"),
    (hostile.redirect("file:///etc/passwd"), "redirects to no http or https URL"),
    (hostile.redirect("https:///x"), "redirects to no http or https URL"),
    (hostile.failing(99, 503), "answers 503"),
    (
        hostile.failing(99, 429, headers={"Retry-After": "3600"}),
        "answers 429 and asks to wait 3600",
    ),
    (hostile.answer(403), "answers 403"),
    (hostile.answer(204), "answers 204"),
    (hostile.answer(304), "answers 304"),
    (hostile.connection_cut(), "the connection failed"),
    (hostile.connection_cut(after_bytes=50), "the connection failed"),
    (hostile.content_type("image/png"), "not a project page but 'image/png'"),
    (hostile.content_type("application/vnd.pypi.simple.v2+json"), "not a project page but"),
    (
        hostile.answer(200, b"x", {"Content-Encoding": "br", "Content-Type": "text/html"}),
        "unknown content encoding: 'br'",
    ),
    (
        hostile.answer(200, b"not gzip", {"Content-Encoding": "gzip", "Content-Type": "text/html"}),
        "the answer is damaged",
    ),
]


@pytest.mark.parametrize(("behaviour", "message"), PAGE_FAULTS)
async def test_a_broken_page_is_told_and_the_next_run_completes(
    index: PackageIndex, tmp_path: Path, behaviour: Behaviour, message: str
) -> None:
    index.behave(PAGE, behaviour)
    told = await failure_of(index, tmp_path)
    assert message in told
    assert told.startswith(f"{index.url}/package: ")
    assert told.isprintable()
    index.behave(PAGE, None)
    project, metadata = await lock(index, tmp_path)
    assert project.versions == ("1.0",)
    assert isinstance(metadata, CoreMetadata)


@pytest.mark.parametrize(
    "behaviour",
    [
        hostile.failing(2, 503),
        hostile.failing(3, 429, headers={"Retry-After": "0"}),
        hostile.connection_cut(times=2),
        hostile.connection_cut(times=2, after_bytes=50),
    ],
)
async def test_a_passing_failure_is_tried_again(
    index: PackageIndex, tmp_path: Path, behaviour: Behaviour
) -> None:
    index.behave(PAGE, behaviour)
    assert (await lock(index, tmp_path))[0].versions == ("1.0",)


async def test_waits_double_and_follow_retry_after(index: PackageIndex, tmp_path: Path) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    limits = Limits(first_wait_seconds=1)
    index.behave(PAGE, hostile.failing(3))
    await lock(index, tmp_path / "a", limits=limits, sleep=sleep)
    assert len(waits) == 3
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits))
    waits.clear()
    index.behave(PAGE, hostile.failing(1, headers={"Retry-After": "17"}))
    await lock(index, tmp_path / "b", limits=limits, sleep=sleep)
    assert waits == [17]


async def test_a_page_that_is_not_there_is_asked_for_once(
    index: PackageIndex, tmp_path: Path
) -> None:
    async with client(index, tmp_path) as open_client:
        absent = await open_client.project("missing")
    assert absent == Skipped(f"no index has missing; asked: {index.url}")
    assert index.count("missing") == 1


async def test_a_failure_is_not_asked_for_again(index: PackageIndex, tmp_path: Path) -> None:
    index.behave(PAGE, hostile.answer(400))
    async with client(index, tmp_path) as open_client:
        for _ in range(3):
            with pytest.raises(IndexFailure, match="answers 400"):
                await open_client.project("package")
    assert index.count(PAGE) == 1


async def test_no_network_is_told(tmp_path: Path) -> None:
    with PackageIndex() as stopped:
        pass
    told = await failure_of(stopped, tmp_path)
    assert "cannot be reached" in told


async def test_metadata_of_another_hash_stops_the_run(index: PackageIndex, tmp_path: Path) -> None:
    index.behave(PAGE, hostile.edited_json(set_wrong_metadata_hash))
    found = index._files["package-1.0-py3-none-any.whl"].distribution.metadata_sha256
    assert await failure_of(index, tmp_path) == (
        f"{index.origin}{WHEEL}.metadata: sha256 is {found}, the index promised {'00' * 32}"
    )
    index.behave(PAGE, None)
    async with client(index, tmp_path, refresh=True) as open_client:
        project = await open_client.project("package")
        assert isinstance(project, StoredProject)
        metadata = await open_client.metadata(project, 0, project.artifacts(0)[0])
    assert isinstance(metadata, CoreMetadata)


async def test_a_wheel_of_another_hash_stops_the_run(tmp_path: Path) -> None:
    with PackageIndex() as index:
        index.add("package", "1.0", metadata="absent")
        altered = make_wheel("package", "1.0", requires=["evil"]).content
        index.behave(WHEEL, hostile.answer(200, altered))
        told = await failure_of(index, tmp_path)
    assert f"sha256 is {hashlib.sha256(altered).hexdigest()}, the index promised" in told


@pytest.mark.parametrize("metadata", ["advertised", "unadvertised", "absent"])
@pytest.mark.parametrize(
    ("name", "version", "said"),
    [("other", "1.0", "'other 1.0'"), ("package", "2.0", "'package 2.0'"), ("", "", "'nothing'")],
)
async def test_metadata_of_another_release_makes_the_release_unknown(
    tmp_path: Path, metadata: Any, name: str, version: str, said: str
) -> None:
    with PackageIndex() as index:
        document = core_metadata(name, version)
        index.add_file(
            "package", make_wheel("package", "1.0", metadata=document), metadata=metadata
        )
        _, known = await lock(index, tmp_path)
    assert known == Skipped(f"metadata in the wheel is that of another release: {said}")


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [("not a requirement at all!", "invalid requirement"), ("a>=1.*.2", "invalid requirement")],
)
async def test_metadata_that_does_not_parse_makes_the_release_unknown(
    index: PackageIndex, tmp_path: Path, requirement: str, reason: str
) -> None:
    index.add("package", "2.0", requires=["good", requirement])
    _, known = await lock(index, tmp_path)
    assert isinstance(known, Skipped)
    assert reason in known.reason


@pytest.mark.parametrize(
    "behaviour",
    [hostile.answer(200, b"x" * 100_000), hostile.endless(b"x" * 65536)],
)
async def test_metadata_without_end_is_told(
    index: PackageIndex, tmp_path: Path, behaviour: Behaviour
) -> None:
    index.behave(f"{WHEEL}.metadata", behaviour)
    limits = Limits(metadata_bytes=50_000)
    told = await failure_of(index, tmp_path, limits=limits)
    assert "larger than the limit" in told


async def test_ranges_that_are_no_ranges_are_not_believed(tmp_path: Path) -> None:
    for header in ("", "bytes 0-", "bytes x-y/z", "lines 0-9/10", "bytes 5-9/6"):
        with PackageIndex() as index:
            index.add("package", "1.0", requires=["other"], metadata="absent")
            usual = hostile.answer(206, b"x" * 5, {"Content-Range": header})

            async def behave(request: Any, response: Any, usual: Behaviour = usual) -> Any:
                return await usual(request, response) if "range" in request.headers else response

            index.behave(WHEEL, behave)
            _, known = await lock(index, tmp_path / str(len(header)))
        assert isinstance(known, CoreMetadata)
        assert known.requires_dist == ("other",)


async def test_a_broken_wheel_makes_the_release_unknown(tmp_path: Path) -> None:
    with PackageIndex() as index:
        content = make_wheel("package", "1.0").content
        broken = Distribution("package-1.0-py3-none-any.whl", content[:-10] + b"0123456789", b"")
        index.add_file("package", broken)
        _, known = await lock(index, tmp_path)
    assert isinstance(known, Skipped)
    assert known.reason.startswith("package-1.0-py3-none-any.whl cannot be read: ")


async def test_an_unexpected_304_is_told_only_without_a_cached_page(
    index: PackageIndex, tmp_path: Path
) -> None:
    await lock(index, tmp_path)
    index.behave(PAGE, hostile.answer(304))
    assert (await lock(index, tmp_path, refresh=True))[0].versions == ("1.0",)


async def test_a_cancelled_caller_leaves_the_request_to_the_others(
    index: PackageIndex, tmp_path: Path
) -> None:
    async with client(index, tmp_path) as open_client:
        first = asyncio.create_task(open_client.project("package"))
        second = asyncio.create_task(open_client.project("package"))
        await asyncio.sleep(0)
        first.cancel()
        assert isinstance(await second, StoredProject)
    assert index.count(PAGE) == 1


async def test_leaving_the_client_ends_what_still_runs(index: PackageIndex, tmp_path: Path) -> None:
    index.behave(PAGE, hostile.silent())
    async with client(index, tmp_path, limits=Limits()) as open_client:
        task = open_client.expect_project("package")
        await open_client.project("other")
    assert task.cancelled()

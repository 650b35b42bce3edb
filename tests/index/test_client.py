"""The client on a loopback index: the same answers from a rich index, a poor one and the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from advisor_core.errors import IndexFailure, OfflineError
from advisor_core.index import Cache, IndexClient, OfflineIndex
from advisor_core.index.drive_online import OnlineAccess
from advisor_core.index.project import StoredProject
from advisor_core.model import IndexSource, Skipped
from advisor_core.releases import CoreMetadata, FileShape
from fakes import hostile
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from pathlib import Path

PROFILES = pytest.mark.parametrize("profile", ["pypi", "mirror"])
FORMATS = pytest.mark.parametrize("formats", [("json", "html"), ("html",)])

Formats = tuple[Literal["json", "html"], ...]


def source(index: PackageIndex, name: str = "fake") -> IndexSource:
    return IndexSource(name, index.url)


async def read_all(
    client: IndexClient, name: str
) -> tuple[StoredProject, list[CoreMetadata | Skipped]]:
    project = await client.project(name)
    assert isinstance(project, StoredProject)
    known = [
        await client.metadata(project, position, artifact)
        for position in range(len(project.versions))
        for artifact in project.artifacts(position)
    ]
    return project, known


def fill(index: PackageIndex) -> None:
    index.add(
        "Simple.Lib",
        "2.0",
        requires=["dependency1>=1", "other[fast]; extra == 'more'"],
        requires_python=">=3.8",
        wheels=("py3-none-any", "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"),
        sdist="static",
    )
    index.add("Simple.Lib", "1.0rc1", requires_python=">=3.6", yanked="broken: <b>")
    index.add("Simple.Lib", "1.0", wheels=(), sdist="dynamic", requires=["dependency1"])
    index.add("Simple.Lib", "0.9", wheels=(), sdist="old")


@PROFILES
@FORMATS
async def test_a_project_is_read_whole(
    tmp_path: Path, profile: Literal["pypi", "mirror"], formats: Formats
) -> None:
    with PackageIndex(profile=profile, formats=formats) as index:
        fill(index)
        async with IndexClient([source(index)], Cache(tmp_path), {}) as client:
            project, known = await read_all(client, "simple-lib")
    assert project.name == "simple-lib"
    assert project.index == "fake"
    assert project.versions == ("2.0", "1.0", "1.0rc1", "0.9")
    assert project.prereleases == b"\x04"
    assert set(project.shapes[project.shape_of[0]]) == {
        FileShape("py3-none-any", ">=3.8", yanked=False),
        FileShape("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", ">=3.8", yanked=False),
        FileShape("", ">=3.8", yanked=False),
    }
    assert list(project.shapes[project.shape_of[2]]) == [
        FileShape("py3-none-any", ">=3.6", yanked=True)
    ]
    assert project.match(">=1.0") == b"\x03"
    assert [artifact.filename for artifact in project.artifacts(0)] == [
        "simple_lib-2.0-py3-none-any.whl",
        "simple_lib-2.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "simple_lib-2.0.tar.gz",
    ]
    assert project.artifacts(2)[0].yanked == "broken: <b>"
    assert (
        project.artifacts(0)[0].hashes["sha256"]
        == index._files["simple_lib-2.0-py3-none-any.whl"].distribution.sha256
    )
    expected = CoreMetadata(
        "simple-lib",
        "2.0",
        ("dependency1>=1", "other[fast]; extra == 'more'"),
        ">=3.8",
        ("more",),
    )
    assert known[:3] == [expected] * 3
    assert known[3] == Skipped("metadata of the sdist is dynamic: requires-dist")
    assert isinstance(known[4], CoreMetadata)
    assert known[5] == Skipped("metadata of the sdist is dynamic: older than PEP 643")


@PROFILES
async def test_a_second_run_needs_no_network(
    tmp_path: Path, profile: Literal["pypi", "mirror"]
) -> None:
    with PackageIndex(profile=profile) as index:
        fill(index)
        async with IndexClient([source(index)], Cache(tmp_path), {}) as client:
            online, known = await read_all(client, "simple-lib")
            absent = await client.project("nothing")
        asked = len(index.requests)
        async with IndexClient([source(index)], Cache(tmp_path), {}) as client:
            assert (await read_all(client, "simple-lib"))[1] == known
        assert len(index.requests) == asked
    offline = OfflineIndex([source(index)], Cache(tmp_path), {})
    project = offline.project("simple-lib")
    assert isinstance(project, StoredProject)
    assert project.versions == online.versions
    assert list(map(list, project.shapes)) == list(map(list, online.shapes))
    for position in range(len(online.versions)):
        assert project.artifacts(position) == online.artifacts(position)
        assert project.upload_times(position) == online.upload_times(position)
    assert [
        offline.metadata(project, position, artifact)
        for position in range(len(project.versions))
        for artifact in project.artifacts(position)
    ] == known
    assert offline.project("nothing") == absent
    assert isinstance(absent, Skipped)
    with pytest.raises(OfflineError, match=r"unknown on .* is not in the cache"):
        offline.project("unknown")


async def test_metadata_that_is_promised_and_missing_is_read_from_the_wheel(tmp_path) -> None:
    with PackageIndex() as index:
        (file,) = index.add("package", "1.0", requires=["other"])
        path = index.file_path(file.distribution.filename)
        index.behave(f"{path}.metadata", hostile.answer(404))
        async with IndexClient([IndexSource("fake", index.url)], Cache(tmp_path), {}) as client:
            project = await client.project("package")
            metadata = await client.metadata(project, 0, project.artifacts(0)[0])
    assert metadata.requires_dist == ("other",)


@pytest.mark.parametrize("metadata", ["advertised", "unadvertised", "absent"])
@PROFILES
async def test_metadata_comes_the_cheapest_way(
    tmp_path: Path,
    metadata: Literal["advertised", "unadvertised", "absent"],
    profile: Literal["pypi", "mirror"],
) -> None:
    with PackageIndex(profile=profile) as index:
        index.add("package", "1.0", requires=["other"], metadata=metadata)
        async with IndexClient([source(index)], Cache(tmp_path), {}) as client:
            _, known = await read_all(client, "package")
        assert isinstance(known[0], CoreMetadata)
        assert known[0].requires_dist == ("other",)
        by_file = metadata == "advertised" or (metadata, profile) == ("unadvertised", "mirror")
        ranged = [request for request in index.requests if "range" in request.headers]
        assert bool(ranged) is not by_file
        whole = [path for path in index.paths() if path.endswith(".whl")]
        assert len(whole) == len(ranged)


async def test_a_failing_index_is_not_passed_over(tmp_path: Path) -> None:
    with PackageIndex(credentials=("user", "secret")) as first, PackageIndex() as second:
        second.add("private", "9.9")
        sources = [source(first, "first"), source(second, "second")]
        async with IndexClient(sources, Cache(tmp_path), {}, environment={}) as client:
            with pytest.raises(IndexFailure, match="answers 401"):
                await client.project("private")
    assert second.requests == []


def test_the_answer_of_a_run_is_not_written_out_by_anybody(tmp_path: Path) -> None:
    """`Runner.run` has the `signal` module write out its task, with the result if it has one."""

    class Large:
        written = 0

        def __repr__(self) -> str:
            Large.written += 1
            return "large"

    large = Large()

    async def answer() -> Large:
        return large

    with OnlineAccess(lambda: IndexClient([], Cache(tmp_path), {})) as access:
        assert access._run(answer()) is large
    assert Large.written == 0

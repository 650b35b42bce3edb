"""Pages and folders of links: what they have comes from there alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from advisor_core.errors import IndexFailure, OfflineError
from advisor_core.index import Cache, IndexClient, OfflineIndex
from advisor_core.index.links_page import sort_files
from advisor_core.index.page import PageFile
from advisor_core.index.project import StoredProject
from advisor_core.manifests import DiskFiles, MappingFiles
from advisor_core.model import IndexSource, Skipped
from advisor_core.releases import CoreMetadata
from fakes import hostile
from fakes.distributions import make_sdist, make_wheel
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def places() -> Iterator[tuple[PackageIndex, PackageIndex]]:
    """A page of links, and an index that has a newer release of the same name."""
    with PackageIndex() as page, PackageIndex() as index:
        page.add("ours", "1.0", requires=["public"], sdist="static")
        page.add("ours-more", "3.0")
        index.add("ours", "9.9")
        index.add("public", "2.0")
        yield page, index


def sources(places: tuple[PackageIndex, PackageIndex]) -> list[IndexSource]:
    page, index = places
    return [IndexSource("links", page.links_url, flat=True), IndexSource("pypi", index.url)]


async def test_what_a_page_has_comes_from_there_alone(
    places: tuple[PackageIndex, PackageIndex], tmp_path: Path
) -> None:
    async with IndexClient(sources(places), Cache(tmp_path), {}) as client:
        ours = await client.project("ours")
        public = await client.project("public")
        assert isinstance(ours, StoredProject)
        (artifact, _) = ours.artifacts(0)
        known = await client.metadata(ours, 0, artifact)
    assert (ours.index, ours.versions) == ("links", ("1.0",))
    assert isinstance(public, StoredProject)
    assert public.index == "pypi"
    assert isinstance(known, CoreMetadata)
    assert known.requires_dist == ("public",)
    assert places[1].count("ours") == 0
    assert places[0].count("links.html") == 1, "one page for all names"
    offline = OfflineIndex(sources(places), Cache(tmp_path), {})
    again = offline.project("ours")
    assert isinstance(again, StoredProject)
    assert again.versions == ("1.0",)
    assert isinstance(offline.metadata(again, 0, artifact), CoreMetadata)


async def test_a_page_that_is_gone_hands_nothing_over_to_the_index(
    places: tuple[PackageIndex, PackageIndex], tmp_path: Path
) -> None:
    places[0].behave("/links.html", hostile.answer(404))
    async with IndexClient(sources(places), Cache(tmp_path), {}) as client:
        with pytest.raises(IndexFailure, match="404"):
            await client.project("ours")
    assert places[1].requests == []


async def test_a_page_is_not_taken_for_the_index_at_its_address(
    places: tuple[PackageIndex, PackageIndex], tmp_path: Path
) -> None:
    """The cache keeps what a page has apart from what an index of the same URL has."""
    flat = [IndexSource("a", places[1].url, flat=True)]
    async with IndexClient(flat, Cache(tmp_path), {}) as client:
        assert isinstance(await client.project("public"), Skipped)
    async with IndexClient([IndexSource("a", places[1].url)], Cache(tmp_path), {}) as client:
        assert isinstance(await client.project("public"), StoredProject)


@pytest.mark.parametrize("on_disk", [True, False])
async def test_files_of_a_folder_are_hashed_and_read(tmp_path: Path, *, on_disk: bool) -> None:
    wheel = make_wheel("ours", "1.0", requires=["public>=2"])
    sdist = make_sdist("ours", "0.9", requires=["public"])
    contents = {
        f"vendor/my wheels/{each.filename}": each.content
        for each in (wheel, sdist, make_wheel("other", "1.0"))
    } | {"vendor/my wheels/notes-1.txt": b"", "vendor/my wheels/ours-2.0.tar.gz": b"no archive"}
    if on_disk:
        for path, content in contents.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
        (tmp_path / "vendor/my wheels/ours-7.0-py3-none-any.whl").symlink_to("/etc/passwd")
    files = DiskFiles(tmp_path) if on_disk else MappingFiles(contents)
    source = IndexSource("vendor", "vendor/my wheels", flat=True)
    async with IndexClient([source], Cache(tmp_path / "cache"), {}, files=files) as client:
        ours = await client.project("ours")
        assert isinstance(ours, StoredProject)
        assert ours.versions == ("2.0", "1.0", "0.9")
        known = [await client.metadata(ours, at, ours.artifacts(at)[0]) for at in range(3)]
        assert isinstance(await client.project("missing"), Skipped)
    (artifact,) = ours.artifacts(1)
    assert artifact.url == f"vendor/my wheels/{wheel.filename}"
    assert artifact.hashes == {"sha256": hashlib.sha256(wheel.content).hexdigest()}
    assert artifact.size == len(wheel.content)
    broken, of_wheel, of_sdist = known
    assert isinstance(broken, Skipped)
    assert isinstance(of_wheel, CoreMetadata)
    assert of_wheel.requires_dist == ("public>=2",)
    assert isinstance(of_sdist, CoreMetadata)
    offline = OfflineIndex([source], Cache(tmp_path / "cache"), {}, files=files)
    again = offline.project("ours")
    assert isinstance(again, StoredProject)
    assert offline.metadata(again, 1, artifact) == of_wheel


async def test_no_folder_outside_of_the_project_is_read(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "wheels").mkdir()
    (tmp_path / "project/out").symlink_to("../wheels")
    files = DiskFiles(tmp_path / "project")
    for folder in ("../wheels", "/tmp", "out", "missing"):
        source = IndexSource("vendor", folder, flat=True)
        async with IndexClient([source], Cache(tmp_path / "cache"), {}, files=files) as client:
            with pytest.raises(IndexFailure):
                await client.project("ours")


def test_offline_says_that_a_page_was_never_read(tmp_path: Path) -> None:
    source = IndexSource("links", "https://links.example/page.html", flat=True)
    with pytest.raises(OfflineError, match="ours on https://links"):
        OfflineIndex([source], Cache(tmp_path), {}).project("ours")


def test_files_are_sorted_by_the_projects_that_they_may_be_of() -> None:
    names = ("a_B-1.0-py3-none-any.whl", "a-b-1.0.tar.gz", "x.html", "-".join(["a"] * 100_000))
    files = [PageFile(name, name, "", None, None, None, None, None) for name in names]
    found = sort_files(files)
    assert [file.filename for file in found["a-b"]] == list(names[:2])
    assert len(found) < 25

"""Several indexes: the first that has the name wins, a pinned package has one only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor_core.errors import IndexFailure, InputError
from advisor_core.index import Cache, IndexClient, OfflineIndex
from advisor_core.index.project import StoredProject
from advisor_core.model import IndexSource, Skipped
from fakes import hostile
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from advisor_core.index.addresses import AddressGuard


@pytest.fixture
def indexes() -> Iterator[tuple[PackageIndex, PackageIndex]]:
    with PackageIndex() as first, PackageIndex() as second:
        first.add("ours", "1.0")
        second.add("ours", "9.9")
        second.add("public", "2.0")
        yield first, second


def sources(indexes: tuple[PackageIndex, PackageIndex]) -> list[IndexSource]:
    first, second = indexes
    return [IndexSource("first", first.url), IndexSource("second", second.url)]


async def test_the_first_index_that_has_the_name_wins(
    indexes: tuple[PackageIndex, PackageIndex], tmp_path: Path
) -> None:
    async with IndexClient(sources(indexes), Cache(tmp_path), {}) as client:
        ours = await client.project("ours")
        public = await client.project("public")
    assert isinstance(ours, StoredProject)
    assert (ours.index, ours.versions) == ("first", ("1.0",))
    assert isinstance(public, StoredProject)
    assert (public.index, public.versions) == ("second", ("2.0",))
    assert indexes[1].count("ours") == 0
    offline = OfflineIndex(sources(indexes), Cache(tmp_path), {})
    for name, online in (("ours", ours), ("public", public)):
        again = offline.project(name)
        assert isinstance(again, StoredProject)
        assert (again.index, again.versions) == (online.index, online.versions)


async def test_an_index_that_has_no_version_left_still_has_the_name(
    indexes: tuple[PackageIndex, PackageIndex], tmp_path: Path
) -> None:
    indexes[0].add_project("public")
    async with IndexClient(sources(indexes), Cache(tmp_path), {}) as client:
        public = await client.project("public")
    assert isinstance(public, StoredProject)
    assert public.versions == ()


@pytest.mark.parametrize("pinned", ["first", "second"])
async def test_a_pinned_package_is_asked_for_nowhere_else(
    indexes: tuple[PackageIndex, PackageIndex], tmp_path: Path, pinned: str
) -> None:
    pins = {"Ours": pinned, "missing": pinned}
    async with IndexClient(sources(indexes), Cache(tmp_path), pins) as client:
        ours = await client.project("ours")
        missing = await client.project("missing")
    assert isinstance(ours, StoredProject)
    assert ours.index == pinned
    asked = indexes[["first", "second"].index(pinned)]
    assert missing == Skipped(f"no index has missing; asked: {asked.url}")
    other = indexes[["second", "first"].index(pinned)]
    assert other.requests == []
    offline = OfflineIndex(sources(indexes), Cache(tmp_path), pins)
    assert offline.project("missing") == missing


@pytest.mark.parametrize("status", [400, 401, 403, 500])
async def test_an_index_that_fails_is_not_passed_over(
    indexes: tuple[PackageIndex, PackageIndex], tmp_path: Path, status: int
) -> None:
    indexes[0].behave("/simple/public/", hostile.answer(status))

    async def no_sleep(seconds: float) -> None: ...

    async with IndexClient(sources(indexes), Cache(tmp_path), {}, sleep=no_sleep) as client:
        with pytest.raises(IndexFailure, match=f"answers {status}"):
            await client.project("public")
    assert indexes[1].requests == []


def test_a_pin_to_no_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no index has this name: 'typo'") as caught:
        OfflineIndex([IndexSource("one", "https://one.test")], Cache(tmp_path), {"p": "typo"})
    assert caught.value.faults[0].hint == "known: one"


def refuse(*refused: str) -> AddressGuard:
    def guard(url: str, address: str) -> str | None:
        return f"{address} is private" if address in refused else None

    return guard


async def test_a_refused_address_is_never_connected_to(tmp_path: Path) -> None:
    with PackageIndex() as index:
        index.add("package", "1.0")
        for host in ("127.0.0.1", "localhost"):
            url = index.url.replace("127.0.0.1", host)
            async with IndexClient(
                [IndexSource("inside", url)],
                Cache(tmp_path),
                {},
                allow_address=refuse("127.0.0.1", "::1"),
            ) as client:
                with pytest.raises(IndexFailure, match=r"refused: (127\.0\.0\.1|::1) is private"):
                    await client.project("package")
        assert index.requests == []


async def test_a_redirect_to_a_refused_address_is_not_followed(tmp_path: Path) -> None:
    with PackageIndex() as outside, PackageIndex() as inside:
        inside.add("package", "1.0")
        target = inside.url.replace("127.0.0.1", "127.0.0.2")
        outside.behave("/simple/package/", hostile.redirect(f"{target}/package/"))
        async with IndexClient(
            [IndexSource("outside", outside.url)],
            Cache(tmp_path),
            {},
            allow_address=refuse("127.0.0.2"),
        ) as client:
            with pytest.raises(IndexFailure, match=r"refused: 127\.0\.0\.2 is private"):
                await client.project("package")
        assert inside.requests == []


async def test_an_allowed_address_is_connected_to(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def guard(url: str, address: str) -> str | None:
        seen.append((url, address))
        return None

    with PackageIndex() as index:
        index.add("package", "1.0")
        url = index.url.replace("127.0.0.1", "localhost")
        async with IndexClient(
            [IndexSource("index", url)], Cache(tmp_path), {}, allow_address=guard
        ) as client:
            assert isinstance(await client.project("package"), StoredProject)
    assert (f"{url}/package", "127.0.0.1") in seen

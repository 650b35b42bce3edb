"""A metadata file that may not be there is not waited for: mirrors take seconds to answer 404."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from advisor_core.errors import IndexFailure
from advisor_core.index import Cache, IndexClient
from advisor_core.index.project import StoredProject
from advisor_core.index.race import race
from advisor_core.index.transport import Limits
from advisor_core.model import IndexSource
from advisor_core.releases import CoreMetadata
from fakes.hostile import silent
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from fakes.package_index import Request

NAMES = [f"package{number}" for number in range(24)]


async def late(request: Request, response: web.Response) -> web.StreamResponse:
    """Answer after more than the patience used here."""
    await asyncio.sleep(0.05)
    return response


async def requirements(client: IndexClient, name: str) -> tuple[str, ...]:
    project = await client.project(name)
    assert isinstance(project, StoredProject)
    known = await client.metadata(project, 0, project.artifacts(0)[0])
    assert isinstance(known, CoreMetadata)
    return known.requires_dist


async def read_all(index: PackageIndex, folder: Path, limits: Limits) -> None:
    source = IndexSource("fake", index.url)
    async with IndexClient([source], Cache(folder), {}, limits=limits) as client:
        found = await asyncio.gather(*(requirements(client, name) for name in NAMES))
    assert found == [("dependency>=1",)] * len(NAMES)


async def test_metadata_files_that_never_answer_keep_nobody_waiting(tmp_path: Path) -> None:
    """Seen as stalls of three seconds: a mirror asked its own source for files it did not have."""
    with PackageIndex(profile="mirror") as index:
        for name in NAMES:
            index.add(name, "1.0", requires=["dependency>=1"])
            index.behave(index.file_path(f"{name}-1.0-py3-none-any.whl.metadata"), silent())
        # Waiting for a single one of them would end the run with an IndexFailure.
        await read_all(index, tmp_path, Limits(idle_seconds=600, request_seconds=10, attempts=1))
        # Past three the host is known for it; a few more are on their way then.
        assert index.count(".metadata") <= 3 + 12


async def test_a_host_that_is_only_far_away_is_not_asked_twice_for_long(tmp_path: Path) -> None:
    with PackageIndex(profile="mirror") as index:
        for name in NAMES:
            index.add(name, "1.0", requires=["dependency>=1"])
            for suffix in ("", ".metadata"):
                path = index.file_path(f"{name}-1.0-py3-none-any.whl{suffix}")
                index.behave(path, late)
        limits = Limits(patience_seconds=0.01)
        await read_all(index, tmp_path, limits)
        assert index.count(".metadata") == len(NAMES)
        assert index.count(".whl") - index.count(".metadata") < 20


async def test_a_file_that_comes_late_counts_when_there_are_no_parts(tmp_path: Path) -> None:
    with PackageIndex(profile="mirror") as index:
        for name in NAMES:
            index.add(name, "1.0", requires=["dependency>=1"])
            wheel = index.file_path(f"{name}-1.0-py3-none-any.whl")
            index.behave(f"{wheel}.metadata", late)
            index.behave(wheel, refuse)
        await read_all(index, tmp_path, Limits(patience_seconds=0.01))


async def refuse(request: Request, response: web.Response) -> web.StreamResponse:
    response.set_status(403)
    return response


async def value(found: bytes | None) -> bytes | None:
    return found


async def failure(text: str) -> bytes | None:
    raise IndexFailure(text)


async def forever() -> bytes | None:
    await asyncio.Event().wait()
    raise AssertionError


async def slow(found: bytes | None) -> bytes | None:
    await asyncio.sleep(0.02)
    return found


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (lambda: value(b"1"), forever, b"1"),
        (lambda: slow(b"1"), forever, b"1"),
        (forever, lambda: value(b"2"), b"2"),
        (lambda: value(None), lambda: value(b"2"), b"2"),
        (lambda: value(None), lambda: value(None), None),
        (lambda: failure("1"), lambda: value(b"2"), b"2"),
        (lambda: slow(b"1"), lambda: failure("2"), b"1"),
        (lambda: slow(b"1"), lambda: value(None), b"1"),
    ],
)
async def test_the_first_thing_found_is_the_answer(first, second, expected) -> None:  # type: ignore[no-untyped-def]
    finish = await race(first(), second, patience_seconds=0.001)
    assert finish.value == expected


@pytest.mark.parametrize("second", [lambda: failure("2"), lambda: value(None)])
async def test_the_first_way_s_error_is_told_when_nothing_is_found(second) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(IndexFailure, match="1"):
        await race(failure("1"), second, patience_seconds=0.001)


async def test_the_second_way_s_error_is_told_when_the_first_gives_nothing() -> None:
    with pytest.raises(IndexFailure, match="2"):
        await race(value(None), lambda: failure("2"), patience_seconds=0.001)

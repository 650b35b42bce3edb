"""When a page is asked for again, and what a run that was killed leaves to the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from advisor_core.errors import OfflineError
from advisor_core.index import Cache, IndexClient, OfflineIndex, ProgressState
from advisor_core.index.project import StoredProject
from advisor_core.model import IndexSource, Skipped
from fakes import hostile
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = "/simple/package/"


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with PackageIndex() as started:
        started.add("package", "1.0")
        yield started


async def versions(index: PackageIndex, cache: Cache, **options: Any) -> tuple[str, ...]:
    async with IndexClient([IndexSource("fake", index.url)], cache, {}, **options) as client:
        project = await client.project("package")
    assert isinstance(project, StoredProject)
    return project.versions


def aged(folder: Path, seconds: float) -> Cache:
    """Return the cache as it will be some time from now."""
    (page,) = folder.glob("index-*/*/package/page")
    return Cache(folder, clock=lambda: page.stat().st_mtime + seconds)


@pytest.mark.parametrize(
    ("cache_control", "age", "asked"),
    [
        (None, 599, 1),
        (None, 601, 2),
        ("max-age=60", 59, 1),
        ("max-age=60, public", 61, 2),
        ("public, max-age=3600", 3599, 1),
        ("max-age=0", 1, 2),
        ("no-cache, max-age=600", 1, 2),
        ("max-age=999999999999", 86399, 1),
        ("max-age=999999999999", 86401, 2),
        ("max-age=many", 599, 1),
        (None, -5, 2),
    ],
)
async def test_a_page_is_fresh_as_long_as_its_index_says(
    index: PackageIndex, tmp_path: Path, cache_control: str | None, age: float, asked: int
) -> None:
    body = index.page_html("package").encode()
    headers = {"Content-Type": "text/html"}
    if cache_control is not None:
        headers["Cache-Control"] = cache_control
    index.behave(PAGE, hostile.answer(200, body, headers))
    await versions(index, Cache(tmp_path))
    assert await versions(index, aged(tmp_path, age)) == ("1.0",)
    assert index.count(PAGE) == asked


async def test_what_must_not_be_stored_is_not(index: PackageIndex, tmp_path: Path) -> None:
    body = index.page_html("package").encode()
    headers = {"Content-Type": "text/html", "Cache-Control": "no-store"}
    index.behave(PAGE, hostile.answer(200, body, headers))
    assert await versions(index, Cache(tmp_path)) == ("1.0",)
    with pytest.raises(OfflineError):
        OfflineIndex([IndexSource("fake", index.url)], Cache(tmp_path), {}).project("package")


async def test_how_long_pages_are_fresh_can_be_set(tmp_path: Path) -> None:
    with PackageIndex(profile="mirror") as index:
        index.add("package", "1.0")
        await versions(index, Cache(tmp_path), fresh_seconds=5)
        index.add("package", "2.0")
        assert await versions(index, aged(tmp_path, 4)) == ("1.0",)
        assert await versions(index, aged(tmp_path, 6)) == ("2.0", "1.0")


async def test_an_unchanged_page_is_not_sent_again(index: PackageIndex, tmp_path: Path) -> None:
    await versions(index, Cache(tmp_path))
    assert await versions(index, aged(tmp_path, 1000)) == ("1.0",)
    assert "if-none-match" in index.requests[1].headers
    assert await versions(index, aged(tmp_path, 0)) == ("1.0",)
    assert index.count(PAGE) == 2
    index.add("package", "2.0")
    assert await versions(index, Cache(tmp_path), refresh=True) == ("2.0", "1.0")
    assert index.count(PAGE) == 3


async def test_a_date_is_a_validator_too(index: PackageIndex, tmp_path: Path) -> None:
    date = "Mon, 01 Jan 2024 00:00:00 GMT"
    headers = {"Content-Type": "text/html", "Last-Modified": date}
    index.behave(PAGE, hostile.answer(200, index.page_html("package").encode(), headers))
    await versions(index, Cache(tmp_path))
    index.behave(PAGE, hostile.answer(304))
    assert await versions(index, Cache(tmp_path), refresh=True) == ("1.0",)
    assert index.requests[1].headers["if-modified-since"] == date


async def test_an_index_without_validators_is_asked_plainly(tmp_path: Path) -> None:
    with PackageIndex(profile="mirror") as index:
        index.add("package", "1.0")
        await versions(index, Cache(tmp_path))
        await versions(index, Cache(tmp_path), refresh=True)
        assert not any(header.startswith("if-") for header in index.requests[1].headers)


async def test_an_absence_is_remembered_and_asked_about_again(
    index: PackageIndex, tmp_path: Path
) -> None:
    source = IndexSource("fake", index.url)
    for _ in range(2):
        async with IndexClient([source], Cache(tmp_path), {}) as client:
            assert isinstance(await client.project("new"), Skipped)
    assert index.count("new") == 1
    index.add("new", "1.0")
    async with IndexClient([source], Cache(tmp_path), {}, refresh=True) as client:
        assert isinstance(await client.project("new"), StoredProject)


async def test_offline_answers_however_old_they_are(index: PackageIndex, tmp_path: Path) -> None:
    await versions(index, Cache(tmp_path))
    old = OfflineIndex([IndexSource("fake", index.url)], aged(tmp_path, 10**9), {})
    project = old.project("package")
    assert isinstance(project, StoredProject)
    with pytest.raises(
        OfflineError, match=r"metadata of package 1\.0 is not in the cache"
    ) as caught:
        old.metadata(project, 0, project.artifacts(0)[0])
    assert caught.value.hint == "run once without --offline"


async def test_progress_is_told(index: PackageIndex, tmp_path: Path) -> None:
    class Watcher:
        seen = 0

        def update(self, state: ProgressState) -> None:
            self.seen += 1
            assert state.projects_done <= state.projects_asked

    watcher = Watcher()
    source = IndexSource("fake", index.url)
    async with IndexClient([source], Cache(tmp_path), {}, progress=watcher) as client:
        project = await client.project("package")
        assert isinstance(project, StoredProject)
        await client.metadata(project, 0, project.artifacts(0)[0])
        state = client.state
    assert watcher.seen >= 4
    assert (state.projects_done, state.metadata_done, state.requests) == (1, 1, 2)
    assert state.bytes_received > 0


KILLED = """
import asyncio, sys
from advisor_core.index import Cache, IndexClient
from advisor_core.model import IndexSource

async def main():
    async with IndexClient([IndexSource("fake", sys.argv[1])], Cache(sys.argv[2]), {}) as client:
        tasks = [client.expect_project(f"package{number}") for number in range(200)]
        for number, done in enumerate(asyncio.as_completed(tasks)):
            await done
            if number == 20:
                print("going", flush=True)

asyncio.run(main())
"""


def kill_a_run(index: PackageIndex, cache: Path) -> None:
    """Start a run and kill it while it is at work."""
    command = [sys.executable, "-c", KILLED, index.url, str(cache)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"going\n"
        os.kill(child.pid, signal.SIGKILL)


async def test_a_killed_run_is_completed_by_the_next(tmp_path: Path) -> None:
    with PackageIndex() as index:
        for number in range(200):
            index.add(f"package{number}", "1.0")
        index.behave("/simple/package199/", hostile.silent())
        kill_a_run(index, tmp_path)
        index.behave("/simple/package199/", None)
        source = IndexSource("fake", index.url)
        async with IndexClient([source], Cache(tmp_path), {}) as client:
            for number in range(200):
                project = await client.project(f"package{number}")
                assert isinstance(project, StoredProject)
                assert project.versions == ("1.0",)
    offline = OfflineIndex([source], Cache(tmp_path), {})
    assert all(isinstance(offline.project(f"package{n}"), StoredProject) for n in range(200))

"""The cache folder: whole files or none, other processes, and folders that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from advisor_core.errors import IndexFailure
from advisor_core.index.build import build_entry, releases_of
from advisor_core.index.cache import Cache
from advisor_core.index.page import Page, PageFile
from advisor_core.index.project import StoredProject
from advisor_core.model import Artifact, Skipped
from advisor_core.releases import CoreMetadata

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "https://index.test/simple"
SHA = "ab" * 32
ARTIFACT = Artifact(
    "p-1.0-py3-none-any.whl", "https://f.test/p-1.0-py3-none-any.whl", {"sha256": SHA}
)
METADATA = CoreMetadata("p", "1.0", ("a>=1", "b; extra == 'x'"), ">=3.8", ("x",))


def entry(*versions: str, index: str = INDEX, name: str = "p") -> bytes:
    files = [
        PageFile(
            f"{name}-{version}-py3-none-any.whl",
            f"https://f.test/{name}-{version}-py3-none-any.whl",
            f"sha256={SHA}",
            *(None,) * 5,
        )
        for version in versions
    ]
    page = Page(None, files, "active")
    releases = releases_of(page, name=name, page_url=f"{index}/{name}/")
    return build_entry(releases, index=index, name=name, fresh_seconds=600)


def opened(cache: Cache, name: str = "p") -> StoredProject | None:
    cached = cache.read_page(INDEX, name)
    return None if cached is None else StoredProject(cached.head, "index", cached.locate)


def page_file(folder: Path) -> Path:
    (found,) = folder.glob("index-2/*/p/page")
    return found


def test_what_was_written_is_read(tmp_path: Path) -> None:
    Cache(tmp_path).write_page(INDEX, "p", entry("1.0", "2.0"))
    Cache(tmp_path).write_metadata(INDEX, "p", ARTIFACT, METADATA)
    project = opened(Cache(tmp_path))
    assert project is not None
    assert project.versions == ("2.0", "1.0")
    assert project.artifacts(1) == (ARTIFACT,)
    assert Cache(tmp_path).read_metadata(INDEX, "p", ARTIFACT) == METADATA


def test_a_page_knows_when_its_index_last_vouched_for_it(tmp_path: Path) -> None:
    Cache(tmp_path, clock=lambda: 1000).write_page(INDEX, "p", entry("1.0"))
    Cache(tmp_path, clock=lambda: 2000).renew_page(INDEX, "p")
    cached = Cache(tmp_path, clock=lambda: 2500).read_page(INDEX, "p")
    assert cached is not None
    assert (cached.seen_at, cached.age_seconds) == (2000, 500)


def test_a_large_entry_is_read(tmp_path: Path) -> None:
    versions = [f"{number}.0" for number in range(6000)]
    Cache(tmp_path).write_page(INDEX, "p", entry(*versions))
    project = opened(Cache(tmp_path))
    assert project is not None
    assert len(project.versions) == 6000
    assert project.artifacts(5999)[0].filename == "p-0.0-py3-none-any.whl"


def test_nothing_is_read_from_an_empty_folder(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "missing")
    assert cache.read_page(INDEX, "p") is None
    assert cache.read_metadata(INDEX, "p", ARTIFACT) is None
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../p", "p/q", "P", "p\0q", "é", "-", "x" * 300])
def test_a_name_that_is_none_is_never_a_path(tmp_path: Path, name: str) -> None:
    cache = Cache(tmp_path / "cache")
    cache.write_page(INDEX, name, entry("1.0"))
    assert cache.read_page(INDEX, name) is None
    assert list(tmp_path.rglob("page")) == []


@pytest.mark.parametrize("damage", [b"", b"x", None])
def test_a_damaged_entry_counts_as_missing_and_is_written_anew(
    tmp_path: Path, damage: bytes | None
) -> None:
    Cache(tmp_path).write_page(INDEX, "p", entry("1.0"))
    path = page_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] if damage is None else damage)
    assert Cache(tmp_path).read_page(INDEX, "p") is None
    Cache(tmp_path).write_page(INDEX, "p", entry("1.0"))
    assert opened(Cache(tmp_path)) is not None


def test_damaged_metadata_counts_as_missing(tmp_path: Path) -> None:
    Cache(tmp_path).write_metadata(INDEX, "p", ARTIFACT, METADATA)
    (path,) = tmp_path.glob("index-2/*/p/*.meta")
    path.write_bytes(path.read_bytes().replace(b"a>=1", b"a>=2"))
    assert Cache(tmp_path).read_metadata(INDEX, "p", ARTIFACT) is None


def test_metadata_of_another_file_of_that_name_counts_as_missing(tmp_path: Path) -> None:
    Cache(tmp_path).write_metadata(INDEX, "p", ARTIFACT, METADATA)
    other = Artifact(ARTIFACT.filename, ARTIFACT.url, {"sha256": "cd" * 32})
    assert Cache(tmp_path).read_metadata(INDEX, "p", other) is None


def test_a_reason_is_kept_as_one(tmp_path: Path) -> None:
    Cache(tmp_path).write_metadata(INDEX, "p", ARTIFACT, Skipped("it is dynamic"))
    assert Cache(tmp_path).read_metadata(INDEX, "p", ARTIFACT) == Skipped("it is dynamic")


def test_indexes_are_kept_apart_even_in_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor_core.index.cache._folder_name", lambda _: "same")
    Cache(tmp_path).write_page(INDEX, "p", entry("1.0"))
    assert Cache(tmp_path).read_page("https://other.test/simple", "p") is None
    assert Cache(tmp_path).read_page(INDEX, "p") is not None


def test_an_entry_replaced_since_its_head_was_read_still_gives_the_release(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.write_page(INDEX, "p", entry("1.0", "2.0"))
    project = opened(cache)
    gone = opened(cache)
    cache.write_page(INDEX, "p", entry("0.5", "1.0", "3.0"))
    assert project is not None
    assert gone is not None
    assert project.artifacts(1) == (ARTIFACT,)
    with pytest.raises(IndexFailure, match=r"p 2\.0 cannot be read"):
        gone.artifacts(0)


def test_many_writers_and_readers_see_whole_entries_only(tmp_path: Path) -> None:
    entries = [entry(*(f"{n}.0" for n in range(count))) for count in (1, 50, 500)]
    Cache(tmp_path).write_page(INDEX, "p", entries[0])
    seen: list[StoredProject | None] = []

    def write(content: bytes) -> None:
        for _ in range(50):
            Cache(tmp_path).write_page(INDEX, "p", content)

    def read() -> None:
        seen.extend(opened(Cache(tmp_path)) for _ in range(200))

    threads = [threading.Thread(target=write, args=(content,)) for content in entries]
    threads += [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 400
    assert {0 if project is None else len(project.versions) for project in seen} <= {1, 50, 500}
    assert list((tmp_path / "index-2/.new").iterdir()) == []


def test_a_folder_that_cannot_be_written_costs_one_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    warnings: list[str] = []
    cache = Cache(tmp_path / "file", warn=warnings.append)
    cache.write_page(INDEX, "p", entry("1.0"))
    cache.write_metadata(INDEX, "p", ARTIFACT, METADATA)
    cache.renew_page(INDEX, "p")
    assert warnings == [
        f"answers of the index are not cached: {tmp_path / 'file'}: not a directory"
    ]
    assert cache.read_page(INDEX, "p") is None


FULL_DISK = """
import resource, signal, sys
from advisor_core.index.cache import Cache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
cache = Cache(sys.argv[1], warn=print)
cache.write_page("https://index.test/simple", "p", sys.stdin.buffer.read())
print(cache.read_page("https://index.test/simple", "p"))
"""


def test_a_full_disk_leaves_no_part_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path],
        input=entry(*(f"{number}.0" for number in range(100))),
        capture_output=True,
        check=True,
        timeout=60,
    )
    warning, read = done.stdout.decode().splitlines()
    assert warning == f"answers of the index are not cached: {tmp_path}: file too large"
    assert read == "None"
    assert list((tmp_path / "index-2/.new").iterdir()) == []


def test_what_a_killed_run_left_is_removed_a_day_later(tmp_path: Path) -> None:
    new = tmp_path / "index-2/.new"
    new.mkdir(parents=True)
    (new / "old").write_bytes(b"part")
    (new / "recent").write_bytes(b"part")
    os.utime(new / "old", (1_000_000, 1_000_000))
    Cache(tmp_path, clock=lambda: (new / "recent").stat().st_mtime).write_page(
        INDEX, "p", entry("1.0")
    )
    assert list(new.iterdir()) == [new / "recent"]


def test_the_index_vouches_anew(tmp_path: Path) -> None:
    now = 2_000_000_000.0
    Cache(tmp_path).write_page(INDEX, "p", entry("1.0"))
    cache = Cache(tmp_path, clock=lambda: now)
    cache.renew_page(INDEX, "p")
    cache.renew_page(INDEX, "missing")
    cached = cache.read_page(INDEX, "p")
    assert cached is not None
    assert cached.age_seconds == 0


def test_backups_are_told_to_leave_the_folder_out(tmp_path: Path) -> None:
    Cache(tmp_path).write_page(INDEX, "p", entry("1.0"))
    assert (tmp_path / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172")

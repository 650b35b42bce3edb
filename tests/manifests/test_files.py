from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from advisor_core.errors import InputError
from advisor_core.manifests import DiskFiles, MappingFiles, find_manifest, read_manifest

if TYPE_CHECKING:
    from pathlib import Path


def message_of(files: DiskFiles, path: str) -> str:
    with pytest.raises(InputError) as caught:
        files.read(path)
    return str(caught.value)


def test_disk_reads_regular_files_and_knows_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"x")
    files = DiskFiles(tmp_path)
    assert files.read("sub/../sub/./a") == b"x"
    assert files.read("b") is None
    assert files.read("sub/a/below-a-file") is None


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", "sub/../../a", "a\0b", "a\\b", "", "a\nb"])
def test_paths_outside_the_project_are_refused(tmp_path: Path, path: str) -> None:
    for files in (DiskFiles(tmp_path), MappingFiles({})):
        with pytest.raises(InputError, match="project"):
            files.read(path)


def test_link_inside_the_project_is_followed_and_one_out_of_it_is_not(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("x")
    (project / "a").write_text("inside")
    (project / "good").symlink_to("a")
    (project / "bad").symlink_to(outside / "secret")
    (project / "folder").symlink_to(outside)
    (project / "dangling").symlink_to("nowhere")
    files = DiskFiles(project)
    assert files.read("good") == b"inside"
    assert "bad: a symbolic link leaves the project" in message_of(files, "bad")
    assert "a symbolic link leaves the project" in message_of(files, "folder/secret")
    assert "dangling: a symbolic link to nothing" in message_of(files, "dangling")


def test_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    assert message_of(DiskFiles(tmp_path), "a").startswith("a: ")


def test_fifo_and_folder_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    files = DiskFiles(tmp_path)
    assert "fifo: not a regular file" in message_of(files, "fifo")
    assert "folder: not a regular file" in message_of(files, "folder")


def test_reading_stops_at_the_size_limit(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(50_000_000)
    assert "large: larger than 5 MB: 50000000 bytes" in message_of(DiskFiles(tmp_path), "large")


def test_manifests_are_found_in_the_order_of_kinds() -> None:
    contents = {
        "Pipfile": b"",
        "pyproject.toml": b"[project]\nname = 'p'",
        "requirements.in": b"",
        "requirements.txt": b"",
    }
    found = []
    while contents:
        path = find_manifest(MappingFiles(contents))
        assert path is not None
        found.append(path)
        del contents[path]
    assert found == ["Pipfile", "pyproject.toml", "requirements.in", "requirements.txt"]
    assert find_manifest(MappingFiles({})) is None


def test_pyproject_that_configures_tools_only_is_no_manifest() -> None:
    files = MappingFiles({"a/pyproject.toml": b"[tool.x]\ny = 1", "a/requirements.txt": b"x"})
    assert find_manifest(files, "a") == "a/requirements.txt"


def test_two_manifests_of_one_kind_are_refused() -> None:
    with pytest.raises(
        InputError, match="pipfile: a second manifest of one kind: Pipfile exists too"
    ):
        find_manifest(MappingFiles({"Pipfile": b"1", "pipfile": b"2"}))


def test_manifest_that_is_missing_or_of_no_kind_is_told() -> None:
    with pytest.raises(InputError, match="no such file"):
        read_manifest(MappingFiles({}), "Pipfile")
    with pytest.raises(InputError, match="not a manifest by its name"):
        read_manifest(MappingFiles({"setup.py": b""}), "setup.py")

"""The compiled form says what the YAML says, and never what it said before."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from advisor_core.pipeline.prescriptions import compiled, load
from advisor_core.pipeline.prescriptions.compiled import CompiledLibrary, load_compiled
from advisor_core.pipeline.prescriptions.load import load_prescriptions

if TYPE_CHECKING:
    from pathlib import Path

    from advisor_core.pipeline.prescriptions.library import MemoryLibrary

UNIT = """
units:
  steps:
  - name: {name}
    type: step
    should_include: {{adviser_pipeline: true, dependencies: {{boots: [LabelsBoot]}}}}
    match: {{package_version: {{name: flask, version: "<{version}"}}}}
    run: {{score: -0.5}}
"""
LONG_AGO = time.time_ns() - 10**12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "prescriptions"
    (made / "deep").mkdir(parents=True)
    write(made / "a.yaml", "First", 1)
    write(made / "deep" / "b.yml", "Second", 2)
    (made / "broken.yaml").write_text("units: {steps: [{name: Third}]}")
    os.utime(made / "broken.yaml", ns=(LONG_AGO, LONG_AGO))
    return made


def write(path: Path, name: str, version: int, *, touched: int = LONG_AGO) -> None:
    path.write_text(UNIT.format(name=name, version=version))
    os.utime(path, ns=(touched, touched))


def open_compiled(folder: Path) -> CompiledLibrary | MemoryLibrary:
    return load_compiled([folder], own=False, cache_folder=folder.parent / "cache")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a test are as old as the test: trust their times at once."""
    monkeypatch.setattr(compiled, "_SETTLED_NANOSECONDS", -(10**12))


def specifiers(library: CompiledLibrary | MemoryLibrary) -> list[str]:
    return [unit.matches[0].releases[0].specifier for unit in library.units("flask")]


@pytest.mark.usefixtures("settled")
def test_the_compiled_form_says_what_the_files_say(folder):
    read = load_prescriptions([folder], own=False)
    open_compiled(folder)
    opened = open_compiled(folder)
    assert isinstance(opened, CompiledLibrary)
    assert opened.units("flask") == list(read.units("flask"))
    assert opened.failures == read.failures
    assert (opened.count, opened.titles, opened.keys) == (read.count, read.titles, read.keys)
    assert opened.units("absent") == ()


@pytest.mark.usefixtures("settled")
def test_a_changed_file_is_read_again(folder):
    open_compiled(folder)
    write(folder / "a.yaml", "First", 3, touched=LONG_AGO + 1)
    assert specifiers(open_compiled(folder)) == ["<3", "<2"]


@pytest.mark.usefixtures("settled")
def test_a_file_more_or_less_is_noticed(folder):
    open_compiled(folder)
    write(folder / "c.yaml", "Fourth", 4)
    assert specifiers(open_compiled(folder)) == ["<1", "<4", "<2"]
    (folder / "a.yaml").unlink()
    assert specifiers(open_compiled(folder)) == ["<4", "<2"]


def test_times_of_files_touched_just_now_are_not_trusted(folder):
    write(folder / "a.yaml", "First", 1, touched=time.time_ns())
    open_compiled(folder)
    write(folder / "a.yaml", "First", 3, touched=(folder / "a.yaml").stat().st_mtime_ns)
    assert specifiers(open_compiled(folder)) == ["<3", "<2"]


def test_touched_files_with_the_same_contents_are_not_read_as_yaml_again(folder, monkeypatch):
    open_compiled(folder)

    def refuse(*_arguments: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(load, "read_prescriptions", refuse)
    os.utime(folder / "a.yaml")
    assert isinstance(open_compiled(folder), CompiledLibrary)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("damage", ["cut", "head", "units", "empty", "other"])
def test_a_damaged_compiled_form_is_not_believed(folder, damage):
    open_compiled(folder)
    (file,) = (folder.parent / "cache").iterdir()
    content = bytearray(file.read_bytes())
    if damage == "cut":
        del content[-5:]
    elif damage == "head":
        content[30:40] = b"\xff" * 10
    elif damage == "units":
        content[-5:] = b"\xff" * 5
    elif damage == "empty":
        content.clear()
    else:
        content[:5] = b"other"
    file.write_bytes(content)
    assert specifiers(open_compiled(folder)) == ["<1", "<2"]


@pytest.mark.usefixtures("settled")
def test_other_built_in_units_make_another_compiled_form(folder):
    open_compiled(folder)
    (unit, *_) = open_compiled(folder).units("flask")
    assert unit.needs[0].times == 0
    known = [("boots", "LabelsBoot")]
    library = load_compiled(
        [folder], own=False, built_in=known, cache_folder=folder.parent / "cache"
    )
    (unit, *_) = library.units("flask")
    assert (unit.needs, unit.built_in_needs) == ((), (("boots", "LabelsBoot"),))


def test_a_cache_that_cannot_be_written_changes_nothing(folder):
    (folder.parent / "cache").write_text("a file, not a folder")
    assert specifiers(open_compiled(folder)) == ["<1", "<2"]


@pytest.mark.usefixtures("settled")
def test_a_form_of_another_layout_is_made_anew(folder, monkeypatch):
    open_compiled(folder)
    assert isinstance(open_compiled(folder), CompiledLibrary)
    monkeypatch.setattr(compiled, "_describe_layout", lambda: [("Unit", ("name",))])
    assert not isinstance(open_compiled(folder), CompiledLibrary)
    assert isinstance(open_compiled(folder), CompiledLibrary)

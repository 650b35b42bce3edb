"""The lock that a project has is the one that is written, by its own tool where that can be had."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from advisor_core.cli.main import main
from advisor_core.project_tools.tools import ProjectTools
from fakes.package_index import PackageIndex

PYPROJECT = (
    '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["a"]\n'
)

WRITES = """\
import os, sys
assert "lock" in sys.argv, sys.argv
seed = open("poetry.lock").read()
assert 'name = "a"' in seed and 'version = "1.0"' in seed, seed
assert 'name = "winonly"' in seed and 'version = "0.5"' in seed, seed
open("poetry.lock", "w").write('''
[[package]]
name = "a"
version = "VERSION"
groups = ["main"]
files = []

[metadata]
content-hash = "1"
''')
"""

BEFORE = '[[package]]\nname = "winonly"\nversion = "0.5"\n\n[metadata]\nlock-version = "2.1"\n'


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("a", "1.0")
        yield index


@pytest.fixture
def project(tmp_path, monkeypatch, index):
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    source = f'[[tool.poetry.source]]\nname = "local"\nurl = "{index.url}"\n'
    (folder / "pyproject.toml").write_text(PYPROJECT + source)
    (folder / "poetry.lock").write_text(BEFORE)
    return folder


def install_poetry(tmp_path, version):
    program = tmp_path / "bin" / "poetry"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!{sys.executable}\n{WRITES.replace('VERSION', version)}")
    program.chmod(0o755)


def test_lock_of_poetry_is_written_by_poetry_and_keeps_what_thoth_does_not_decide(
    project, tmp_path, capfd
):
    install_poetry(tmp_path, "1.0")
    assert main(["lock"]) == 0
    assert 'content-hash = "1"' in capfd.readouterr().out
    assert main(["lock", "-o", "poetry.lock"]) == 0
    assert 'content-hash = "1"' in (project / "poetry.lock").read_text()


def test_tool_that_locks_another_version_is_told_and_nothing_is_written(project, tmp_path, capfd):
    install_poetry(tmp_path, "0.9")
    assert main(["lock", "-o", "poetry.lock"]) == 2
    assert "a: 1.0 was decided, 0.9 is locked" in capfd.readouterr().err
    assert (project / "poetry.lock").read_text() == BEFORE


def test_lock_whose_tool_is_missing_is_left_alone_and_pylock_is_offered(project, capfd):
    assert main(["lock"]) == 0
    said = capfd.readouterr()
    assert 'lock-version = "1.0"' in said.out
    assert (
        "poetry.lock: poetry is not installed here, so this is pylock.toml with the same versions"
        in said.err
    )
    assert main(["lock", "-o", "poetry.lock"]) == 2
    assert "thoth lock --format pylock" in capfd.readouterr().err


def test_repository_that_would_be_fetched_is_refused_before_the_tool_is_run(
    project, tmp_path, capfd
):
    install_poetry(tmp_path, "1.0")
    text = (project / "pyproject.toml").read_text()
    extra = '[tool.poetry.group.x.dependencies]\nb = {git = "https://example.org/b.git"}\n'
    (project / "pyproject.toml").write_text(text + extra)
    assert main(["lock"]) == 2
    assert "`git` cannot be resolved against an index: 'b'" in capfd.readouterr().err


def test_refusal_names_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ProjectTools().refusal("pdm") == "pdm is not installed here"
    assert ProjectTools(refusal="no network").refusal("uv") == "no network"
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}/bin")
    assert ProjectTools().refusal("uv") is None


def advise(index, tmp_path, monkeypatch, *words):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    database = f"sqlite:///{tmp_path}/knowledge.db"
    return main(["advise", "--db", database, *words])


def test_advice_is_about_the_lock_that_is_there_and_written_by_its_tool(
    project, tmp_path, index, monkeypatch, capfd
):
    install_poetry(tmp_path, "1.0")
    assert advise(index, tmp_path, monkeypatch, "--write", "--json") == 0, capfd.readouterr().err
    assert 'content-hash = "1"' in (project / "poetry.lock").read_text()
    assert not (project / "pylock.toml").exists()


def test_advice_is_given_where_the_tool_fails(project, tmp_path, index, monkeypatch, capfd):
    install_poetry(tmp_path, "0.9")
    assert advise(index, tmp_path, monkeypatch, "--write", "--json") == 0
    assert "0.9 is locked; this is about pylock.toml" in capfd.readouterr().err
    assert (project / "poetry.lock").read_text() == BEFORE
    assert b"lock-version" in (project / "pylock.toml").read_bytes()

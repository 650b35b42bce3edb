"""`thoth lock --format uv`: uv itself writes, constrained to Thoth's versions, and accepts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor_core.cli.main import main
from advisor_core.lockfiles.formats import read_lock
from fakes.package_index import PackageIndex

PLATFORM = ["--python", f"3.{sys.version_info.minor}", "--platform", "manylinux_2_28_x86_64"]


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("alpha", "1.0", requires=["beta>=1", "winonly; sys_platform == 'win32'"])
        index.add("alpha", "2.0", requires=["beta<2"])
        index.add("beta", "1.0")
        index.add("beta", "2.0")
        index.add("winonly", "1.0", wheels=("py3-none-win_amd64",))
        yield index


@pytest.fixture
def project(tmp_path, monkeypatch, index):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["alpha"]\n\n[dependency-groups]\ndev = ["beta"]\n\n'
        f'[[tool.uv.index]]\nname = "local"\nurl = "{index.url}/"\ndefault = true\n'
    )
    return tmp_path


def uv_accepts(project):
    done = subprocess.run(
        ["uv", "lock", "--check", "--no-cache"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode == 0, done.stderr


def lock(index, *arguments):
    return main(["lock", *PLATFORM, "--index-url", index.url, "--format", "uv", *arguments])


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["", "alpha<2\n", "beta<2\n"])
def test_uv_accepts_the_lock_with_the_versions_that_thoth_decided(project, index, limit):
    (project / "constraints.txt").write_text(limit)
    assert lock(index, "-o", "uv.lock") == 0
    accepted, said = uv_accepts(project)
    assert accepted, said
    locked = read_lock("uv", (project / "uv.lock").read_bytes(), "uv.lock")["default"]
    decided = read_lock("pylock", pylock(index), "pylock.toml")["default"]
    assert {name: locked[name] for name in decided} == decided


def pylock(index):
    assert main(["lock", *PLATFORM, "--index-url", index.url, "-o", "pylock.toml"]) == 0
    return Path("pylock.toml").read_bytes()


@pytest.mark.slow
def test_lock_that_is_there_moves_to_the_decided_version_and_verifies(project, index, capsys):
    (project / "constraints.txt").write_text("alpha<2\n")
    assert lock(index, "-o", "uv.lock") == 0
    assert b'name = "alpha"\nversion = "1.0"' in (project / "uv.lock").read_bytes()
    (project / "constraints.txt").write_text("")
    assert lock(index, "-o", "uv.lock") == 0
    assert b'name = "alpha"\nversion = "2.0"' in (project / "uv.lock").read_bytes()
    assert main(["verify", *PLATFORM, "--index-url", index.url]) == 0
    assert "uv.lock: " in capsys.readouterr().out
    again = (project / "uv.lock").read_bytes()
    assert lock(index, "-o", "uv.lock") == 0
    assert (project / "uv.lock").read_bytes() == again


@pytest.mark.slow
def test_nothing_is_built(project, index, capsys):
    index.add("hidden", "1.0", wheels=(), sdist="dynamic")
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(
        text.replace('["beta"]', "[\"hidden; sys_platform == 'win32'\"]")
    )
    assert lock(index) == 2
    assert "hidden" in capsys.readouterr().err


def test_tool_that_is_not_installed_is_named_with_the_way_out(project, index, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(project))
    assert lock(index) == 2
    said = capsys.readouterr().err
    assert "uv.lock: uv is not installed here, and nothing else writes it" in said
    assert "thoth lock --format pylock -o pylock.toml" in said

"""`thoth lock --format uv`: uv itself writes, constrained to Thoth's versions, and accepts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor_core.cli.main import main
from advisor_core.errors import BudgetExceededError, InputError
from advisor_core.lockfiles.formats import read_lock
from advisor_core.project_tools.child import ToolFailure, run_tool
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
    (project / "pyproject.toml").write_text(text.replace('["beta"]', '["hidden"]'))
    assert lock(index) == 2
    assert "hidden" in capsys.readouterr().err


def test_tool_that_is_not_installed_is_named_with_the_way_out(project, index, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(project))
    assert lock(index) == 2
    said = capsys.readouterr().err
    assert "uv: not installed" in said
    assert "thoth lock --format pylock -o pylock.toml" in said


def tool(folder, text):
    """Put a program `uv` on the path that does what `text` says in Python."""
    program = folder / "bin" / "uv"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport os, sys\n{text}\n")
    program.chmod(0o755)
    return str(program)


def test_child_has_nothing_of_ours_in_its_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PRIVATE_KEY", "secret")
    monkeypatch.setenv("UV_INDEX_LOCAL_PASSWORD", "secret")
    program = tool(tmp_path, "open('out', 'w').write(repr(sorted(os.environ)) + os.getcwd())")
    said = run_tool([program], {"a/b": b"1"}, "out", settings={"X_TOOL": "1"}).decode()
    names, _, folder = said.partition("]")
    assert set(names.strip("[").replace("'", "").split(", ")) <= {
        "HOME",
        "LC_ALL",
        "LC_CTYPE",
        "PATH",
        "TMPDIR",
        "XDG_CONFIG_DIRS",
        "XDG_CONFIG_HOME",
        "X_TOOL",
    }
    assert not Path(folder).exists()


def test_what_a_failing_tool_says_is_told(tmp_path):
    program = tool(tmp_path, "sys.exit('no solution: ' + 'x' * 9000)")
    with pytest.raises(ToolFailure, match="wrote no out") as caught:
        run_tool([program], {"a": b""}, "out", settings={})
    assert len(str(caught.value)) < 5000
    assert "pylock" in caught.value.hint


def test_tool_that_takes_too_long_is_stopped(tmp_path):
    program = tool(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(BudgetExceededError, match=r"within 0\.5 s"):
        run_tool([program], {"a": b""}, "out", settings={}, timeout_seconds=0.5)


def test_file_outside_the_project_is_not_written(tmp_path):
    with pytest.raises(InputError, match="leaves the project"):
        run_tool([sys.executable], {"../escape": b""}, "out", settings={})

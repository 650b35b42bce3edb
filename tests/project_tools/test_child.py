"""Running a tool: nothing of ours reaches it, it writes in its own folder alone, and builds nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from advisor_core.errors import InputError, ToolFailure
from advisor_core.project_tools import sandbox
from advisor_core.project_tools.child import run_tool


def tool(folder, text):
    """Put a program `uv` on the path that does what `text` says in Python."""
    program = folder / "bin" / "uv"
    program.parent.mkdir(parents=True)
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
        "PWD",  # bubblewrap sets it
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
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
    with pytest.raises(ToolFailure, match=r"within 0\.5 s"):
        run_tool([program], {"a": b""}, "out", settings={}, timeout_seconds=0.5)


def test_file_outside_the_project_is_not_written(tmp_path):
    with pytest.raises(InputError, match="leaves the project"):
        run_tool([sys.executable], {"../escape": b""}, "out", settings={})


@pytest.mark.parametrize(
    "started",
    [
        "subprocess.run(['git', 'clone', 'https://example.org'])",
        "subprocess.run([sys.executable, '/x/pyproject_hooks/_in_process/_in_process.py', 'build_wheel'])",
        "subprocess.run([sys.executable, '-m', 'virtualenv', 'x'])",
        "subprocess.run(f'{sys.executable} setup.py egg_info', shell=True)",
        "os.system('true')",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
    ],
)
def test_tool_in_python_starts_no_build(tmp_path, started):
    program = tool(tmp_path, f"import subprocess\n{started}\nopen('out', 'w').write('built')")
    with pytest.raises(ToolFailure, match="run code of a package or project"):
        run_tool([program], {"a": b""}, "out", settings={})


@pytest.mark.parametrize("options", ["'-Ic'", "'-I', '-W', 'ignore', '-c'"])
def test_tool_may_ask_a_python_what_it_is(tmp_path, options):
    asked = f"subprocess.run([sys.executable, {options}, 'print(1)'], check=True)"
    program = tool(tmp_path, f"import subprocess\n{asked}\nopen('out', 'w').write('x')")
    assert run_tool([program], {"a": b""}, "out", settings={}) == b"x"


def test_bubblewrap_hides_the_home_folder_but_what_the_tool_is_made_of(tmp_path, monkeypatch):
    home = tmp_path / "home"
    own = home / "tools" / "poetry"
    (own / "bin").mkdir(parents=True)
    program = own / "bin" / "poetry"
    program.write_text(f"#!{own}/bin/python3.11\n")
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(sandbox, "_bubblewrap", lambda: "/usr/bin/bwrap")
    words = sandbox.wrap_command([str(program), "lock"], tmp_path / "s", tmp_path / "s" / "p")
    assert words[0] == "/usr/bin/bwrap"
    assert words[-3:] == ["--", str(program), "lock"]
    text = " ".join(words)
    assert f"--tmpfs {home} " in text
    assert f"--ro-bind {own} {own} " in text
    assert "--unshare-all --share-net --die-with-parent" in text
    assert f"--bind {tmp_path}/s {tmp_path}/s --chdir {tmp_path}/s/p" in text


def test_without_bubblewrap_the_tool_is_run_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox, "_bubblewrap", lambda: None)
    assert sandbox.wrap_command(["uv", "lock"], tmp_path, tmp_path) == ["uv", "lock"]


def test_bubblewrap_that_is_not_allowed_namespaces_is_not_used(monkeypatch, tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(sandbox.shutil, "which", lambda _name: str(refusing))
    assert sandbox._bubblewrap.__wrapped__() is None

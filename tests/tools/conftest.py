"""The real tools: from `pip install .[tools]`, or from the folder that THOTH_TOOLS names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.package_index import PackageIndex

FOLDER = os.environ.get("THOTH_TOOLS") or str(Path(sys.executable).parent)


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("alpha", "1.0", requires=["beta>=1", "winonly; sys_platform == 'win32'"])
        index.add("alpha", "2.0", requires=["beta<3"], extras=["fast"])
        index.add("beta", "1.0")
        index.add("beta", "2.0", sdist="static")
        index.add("gamma", "1.0")
        index.add("winonly", "1.0", wheels=("py3-none-win_amd64",))
        index.add("hidden", "1.0", wheels=(), sdist="dynamic")
        yield index


@pytest.fixture
def path(monkeypatch):
    """Put the tools on PATH."""
    own = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join((FOLDER, own, os.environ["PATH"])))


@pytest.fixture
def run_tool_by_hand(path, tmp_path):
    """Run a command as a person would, with an empty home; give its exit code and what it said."""

    def run(*command, folder=".", **settings):
        assert shutil.which(command[0]), f"not installed: {command[0]}; pip install .[tools]"
        home = tmp_path / "person"
        home.mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def project(tmp_path, monkeypatch, path):
    """Give an empty folder that is the current one."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    return folder

"""The same pins as uv and pipenv on the real index. Off by default: `pytest -m online`."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from advisor_core.index.access import DEFAULT_INDEX_URL

pytestmark = [pytest.mark.online, pytest.mark.timeout(600)]

SETS = {
    "S1": ["tensorflow", "flask"],
    "S2": ["flask"],
    "S6": ["pandas", "scikit-learn", "matplotlib", "fastapi", "sqlalchemy"],
}
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def run(*command: str, cwd: Path, **environment: str) -> str:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PIP_", "UV_", "PIPENV_", "THOTH_", "VIRTUAL_ENV"))
    }
    kept |= {"PIP_CONFIG_FILE": os.devnull, **environment}
    done = subprocess.run(
        command, cwd=cwd, env=kept, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def ours(folder: Path, *options: str) -> dict[str, str]:
    command = [sys.executable, "-m", "advisor_core.cli", "lock", "--json", "--python", PYTHON]
    answer = json.loads(
        run(*command, *options, cwd=folder, THOTH_CACHE_DIR=str(folder.parent / "cache"))
    )
    assert answer["engine"] == "c"
    return answer["packages"]


@pytest.mark.parametrize("name", SETS)
def test_pins_equal_those_of_uv(name, tmp_path):
    (tmp_path / "requirements.in").write_text("".join(f"{line}\n" for line in SETS[name]))
    text = run(
        shutil.which("uv") or "uv",
        *("pip", "compile", "requirements.in", "--quiet", "--no-config", "--no-annotate"),
        *("--no-header", "--python-version", PYTHON, "--only-binary", ":all:"),
        *("--python-platform", "x86_64-manylinux_2_28", "--cache-dir", str(tmp_path / "uv")),
        cwd=tmp_path,
    )
    pins = dict(line.partition(";")[0].strip().split("==") for line in text.splitlines())
    options = ["--platform", "manylinux_2_28_x86_64", "--only-binary", ":all:"]
    assert ours(tmp_path, *options) == pins


@pytest.mark.parametrize("name", SETS)
def test_pins_equal_those_of_pipenv(name, tmp_path):
    packages = "".join(f'{line} = "*"\n' for line in SETS[name])
    source = f'[[source]]\nname = "pypi"\nurl = "{DEFAULT_INDEX_URL}"\nverify_ssl = true\n'
    (tmp_path / "Pipfile").write_text(f"{source}\n[packages]\n{packages}")
    # pipenv resolves for the machine it runs on.
    library, level = platform.libc_ver()
    if library != "glibc":
        pytest.skip("pipenv would resolve for another C library")
    tag = f"manylinux_{level.replace('.', '_')}_{platform.machine()}"
    pins = ours(tmp_path, "--platform", tag, "--python", platform.python_version())
    pipenv = str(Path(sys.executable).parent / "pipenv")
    run(
        *(pipenv, "lock", "--python", sys.executable),
        cwd=tmp_path,
        WORKON_HOME=str(tmp_path / "venvs"),
        PIPENV_IGNORE_VIRTUALENVS="1",
        PIPENV_CACHE_DIR=str(tmp_path / "pipenv"),
    )
    lock = json.loads((tmp_path / "Pipfile.lock").read_text())
    theirs = {name: entry["version"].removeprefix("==") for name, entry in lock["default"].items()}
    assert pins == theirs

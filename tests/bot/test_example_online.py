"""The example on the real package index: what the README promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.online, pytest.mark.timeout(600)]

BRANCH = "thoth/update/pipfile-lock"
PROGRAMS = Path(sys.executable).parent


def run(*command, cwd, **environment):
    words = [str(word) for word in command]
    finished = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_the_examples_lock_is_accepted_by_pipenv_and_installs_with_its_hashes(tmp_path):
    example = tmp_path / "example"
    told = run(PROGRAMS / "thoth-bot", "local", "--example", example, "--json", cwd=tmp_path)
    (request,) = json.loads(told)["pull_requests"]
    checkout = tmp_path / "checkout"
    run("git", "clone", "--quiet", "--branch", BRANCH, example, checkout, cwd=tmp_path)
    pipenv = {"WORKON_HOME": str(tmp_path / "venvs"), "PIPENV_NOSPIN": "1"}

    run(PROGRAMS / "pipenv", "verify", cwd=checkout, **pipenv)
    pins = run(PROGRAMS / "pipenv", "requirements", "--hash", cwd=checkout, **pipenv)
    (tmp_path / "requirements.txt").write_text(pins)
    uv = PROGRAMS / "uv"
    run(uv, "venv", "--quiet", "--python", "3.11", tmp_path / "venv", cwd=tmp_path)
    options = [
        "--quiet",
        "--dry-run",
        "--require-hashes",
        "--no-deps",
        "--python",
        tmp_path / "venv",
    ]
    run(uv, "pip", "install", *options, "-r", tmp_path / "requirements.txt", cwd=tmp_path)

    assert request["branch"] == BRANCH
    assert pins.count("--hash=sha256:") > 100

"""The served App with the real package index: what GitHub shows afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.app_process import AppProcess, wait_until

pytestmark = [pytest.mark.online, pytest.mark.timeout(600)]

PROGRAMS = Path(sys.executable).parent

BRANCH = "thoth/update/pipfile-lock"

PIPFILE = """\
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true

[packages]
flask = "*"
requests = {version = ">=2.31", extras = ["socks"]}

[dev-packages]
pytest = "*"

[requires]
python_version = "3.11"
"""


def test_signed_push_leads_to_exactly_one_right_pull_request_from_the_real_index(
    github, tmp_path, database_url, is_idle
):
    settings = {
        # Where this runs, the way to the index may lead through a relay at a private address.
        "THOTH_ALLOWED_INDEXES": "pypi.org files.pythonhosted.org",
    }
    app = AppProcess(
        tmp_path / "app", github, "https://pypi.org/simple", database_url, settings=settings
    )
    github.webhook_url = app.webhook_url
    repository = github.add_repository("octo/hello", files={"README.md": "hello"})
    with app:
        app.wait_ready()
        github.install(repository)
        repository.push("main", {"Pipfile": PIPFILE})
        github.settle()
        wait_until(lambda: repository.pull_requests, timeout_seconds=300, what=app.log()[-3000:])
        wait_until(is_idle, timeout_seconds=60, what="never idle")
    (pull_request,) = repository.pull_requests
    assert (pull_request.state, pull_request.changed_files) == ("open", ["Pipfile.lock"])
    lockfile = repository.branch(BRANCH).files["Pipfile.lock"]
    locked = json.loads(lockfile)
    assert {"flask", "requests", "pysocks", "werkzeug"} <= locked["default"].keys()
    assert "pytest" in locked["develop"]
    # Judges that know nothing of Thoth: pipenv takes it, and uv would install it by its hashes.
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "Pipfile").write_text(PIPFILE)
    (checkout / "Pipfile.lock").write_text(lockfile)
    pipenv = {"WORKON_HOME": str(tmp_path / "venvs"), "PIPENV_NOSPIN": "1"}
    run(PROGRAMS / "pipenv", "verify", cwd=checkout, **pipenv)
    pins = run(PROGRAMS / "pipenv", "requirements", "--dev", "--hash", cwd=checkout, **pipenv)
    (tmp_path / "requirements.txt").write_text(pins)
    uv = PROGRAMS / "uv"
    run(uv, "venv", "--quiet", "--python", "3.11", tmp_path / "venv", cwd=tmp_path)
    options = ("--dry-run", "--require-hashes", "--no-deps", "--python", tmp_path / "venv")
    run(uv, "pip", "install", *options, "-r", tmp_path / "requirements.txt", cwd=tmp_path)


def run(*command, cwd, **environment):
    words = [str(word) for word in command]
    environment = {**os.environ, **environment}
    ran = subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout

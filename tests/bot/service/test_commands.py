"""The commands as a person meets them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from bot.store.service import ServiceStore
from fakes.app_process import AppProcess, wait_until

SIMPLE = "https://pypi.org/simple"


def run(folder, *arguments, **environment):
    finished = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return finished.returncode, finished.stdout, finished.stderr


def test_every_wrong_setting_is_told_in_one_message(tmp_path):
    (tmp_path / ".env").write_text("PRIVATE_KEY=nonsense\nPORT=high\n")
    code, _, told = run(tmp_path, "serve", APP_ID="x")
    assert code == 2
    assert all(name in told for name in ("APP_ID", "WEBHOOK_SECRET", "PRIVATE_KEY", "PORT"))
    assert "nonsense" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", ["web", "worker"])
def test_web_and_worker_apart_say_that_they_need_postgresql(tmp_path, github, command):
    code, _, told = run(
        tmp_path,
        command,
        APP_ID="1",
        PRIVATE_KEY=github.private_key,
        WEBHOOK_SECRET="quiet",
    )
    assert code == 2
    assert "needs PostgreSQL" in told
    assert "thoth-bot serve" in told


def test_migrate_and_receive_work_without_a_server(tmp_path, database_url):
    assert run(tmp_path, "migrate", DATABASE_URL=database_url)[0] == 0
    payload = {
        "installation": {"id": 7},
        "repository": {"id": 42, "full_name": "octo/hello", "default_branch": "main"},
        "ref": "refs/heads/main",
    }
    (tmp_path / "push.json").write_text(json.dumps(payload))
    code, told, _ = run(tmp_path, "receive", "push", "push.json", DATABASE_URL=database_url)
    assert (code, "update:42" in told) == (0, True)
    store = ServiceStore.open(database_url)
    assert store.deliveries.counts() == {"stored": 1}
    store.close()
    assert run(tmp_path, "receive", "push", "none.json", DATABASE_URL=database_url)[0] == 2


def test_setup_mode_answers_only_whom_the_log_gave_the_token(tmp_path, github):
    unset = dict.fromkeys(("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"), "")
    app = AppProcess(tmp_path, github, SIMPLE, f"sqlite:///{tmp_path}/x.db", settings=unset)
    with app:
        wait_until(lambda: "token=" in app.log(), timeout_seconds=60, what="no token in the log")
        token = re.search(r"token=([\w-]+)", app.log())[1]
        base = f"http://127.0.0.1:{app.port}"

        def status(path):
            try:
                with urllib.request.urlopen(base + path, timeout=10) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                return error.code
            except OSError:
                return None

        wait_until(lambda: status("/ping") == 200, timeout_seconds=60, what="not serving")
        assert status("/setup?token=wrong") == 403
        assert status(f"/setup?token={token}") == 200
        assert status(f"/setup?token={token}") == 403
        assert status("/readyz") == 404


def test_setup_says_how_to_make_the_app_with_a_form_filled_in(tmp_path):
    code, told, _ = run(tmp_path, "setup", "--address", "https://t.example", "--organization", "o")
    assert code == 0
    assert "https://github.com/organizations/o/settings/apps/new?name=Thoth" in told
    assert "webhook_url=https%3A%2F%2Ft.example%2Fapi%2Fgithub%2Fwebhooks" in told
    assert "contents=write" in told


def test_setup_refuses_an_address_that_is_none(tmp_path):
    code, _, told = run(tmp_path, "setup", "--address", "t.example")
    assert code == 2
    assert "--address: not an address: 't.example'" in told

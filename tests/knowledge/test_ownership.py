"""One owner of a SQLite file, and messages that name it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from advisor_core.errors import StoreError
from advisor_core.knowledge import AdvisoryImport, Store
from advisor_core.knowledge.ownership import announce, own, owner_of


def test_a_second_owner_is_refused_and_told_the_first(tmp_path):
    path = tmp_path / "new" / "thoth.db"
    with own(path, "thoth-bot serve"):
        assert owner_of(path) == f"thoth-bot serve (process {os.getpid()})"
        with pytest.raises(
            StoreError, match=rf"in use by thoth-bot serve \(process {os.getpid()}\)"
        ):
            own(path, "other").__enter__()
        with announce(path, "thoth kb import"):
            assert "thoth-bot serve" in owner_of(path)
    assert owner_of(path) is None
    with own(path, "next"):
        assert "next" in owner_of(path)


def test_a_killed_owner_owns_nothing(tmp_path):
    path = tmp_path / "thoth.db"
    code = (
        "import pathlib, time\nfrom advisor_core.knowledge.ownership import own\n"
        f"with own(pathlib.Path({str(path)!r}), 'serve'):\n    print('mine', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"mine\n"
        assert owner_of(path) == f"serve (process {child.pid})"
        child.send_signal(signal.SIGKILL)
        child.wait(30)
    assert owner_of(path) is None


def test_who_waits_for_the_lock_is_told_for_whom(tmp_path):
    path = tmp_path / "thoth.db"
    with Store.open(f"sqlite:///{path}", busy_timeout_seconds=0.05) as store:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with announce(path, "thoth kb import-osv"), pytest.raises(StoreError) as caught:
            store.record_advisories(AdvisoryImport("test", [], 0, 1))
        other.close()
    assert f"locked (by thoth kb import-osv (process {os.getpid()}))" in str(caught.value)


def test_where_no_file_can_be_made_nobody_owns(tmp_path):
    (tmp_path / "file").write_text("no folder")
    path = tmp_path / "file" / "thoth.db"
    with announce(path, "kb"):
        assert owner_of(path) is None
    assert owner_of(tmp_path / "thoth.db") is None


def test_the_owner_file_is_not_written_through_a_link(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("keep me")
    (tmp_path / "thoth.db.owner").symlink_to(secret)
    with announce(tmp_path / "thoth.db", "kb"):
        pass
    assert secret.read_text() == "keep me"

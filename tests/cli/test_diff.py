"""`thoth diff` compares what two lockfiles pin, whatever their formats are."""

from __future__ import annotations

import json

import pytest

from advisor_core.cli.diff import run
from advisor_core.errors import InputError

OLD = "a==1 --hash=sha256:" + "0" * 64 + "\nb==1\n"
PIPFILE_LOCK = json.dumps(
    {
        "_meta": {"hash": {"sha256": "0" * 64}, "pipfile-spec": 6, "requires": {}, "sources": []},
        "default": {"a": {"version": "==2"}, "c": {"version": "==1"}},
        "develop": {"d": {"version": "==1"}},
    }
)


@pytest.fixture
def locks(tmp_path, monkeypatch):
    (tmp_path / "requirements.txt").write_text(OLD)
    (tmp_path / "Pipfile.lock").write_text(PIPFILE_LOCK)
    monkeypatch.chdir(tmp_path)


def test_changes_are_one_line_each(locks, capsys):
    assert run(["requirements.txt", "Pipfile.lock"]) == 0
    assert capsys.readouterr().out == "~ a 1 -> 2\n- b 1\n+ c 1\n+ d 1 (develop)\n"


def test_equal_locks_have_none(locks, capsys):
    run(["requirements.txt", "requirements.txt"])
    assert capsys.readouterr().out == "no difference\n"


def test_json_has_every_change(locks, capsys):
    run(["requirements.txt", "Pipfile.lock", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "ok"
    assert answer["changes"][0] == {"package": "a", "category": "default", "old": "1", "new": "2"}
    assert len(answer["changes"]) == 4


@pytest.mark.parametrize("path", ["missing.txt", "setup.cfg"])
def test_what_is_no_lockfile_is_named(locks, path):
    with pytest.raises(InputError, match=path):
        run(["requirements.txt", path])

"""What the two commands do with wrong words, with signals, and with an output that fails."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from advisor_core.cli.write import write_atomically
from advisor_core.errors import InputError
from fakes import hostile
from fakes.package_index import PackageIndex

PLATFORM = ["--python", "3.11", "--platform", "manylinux_2_28_x86_64"]

MODULES = {"thoth": "advisor_core.cli", "thoth-bot": "bot"}


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("a", "1.0")
        index.add("b", "1.0")
        yield index


@pytest.fixture
def environment(tmp_path, index):
    return {
        **os.environ,
        "THOTH_CACHE_DIR": str(tmp_path / "cache"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "THOTH_INDEX_URL": index.url,
    }


@pytest.fixture
def run(tmp_path, environment):
    def run(program, *arguments, stdout=subprocess.PIPE):
        return subprocess.run(
            [sys.executable, "-m", MODULES[program], *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=stdout,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("thoth", ["--json"]),
        ("thoth", ["lokc", "--json"]),
        ("thoth", ["lock", "--json", "--format", "poetry"]),
        ("thoth", ["lock", "--json", "one.in", "two.in"]),
        ("thoth", ["lock", "--json", "one.in", "-r", "two.in"]),
        ("thoth", ["lock", "--json", "--index-url", ""]),
        ("thoth", ["lock", "--json", "--only-binary", ":none:"]),
        ("thoth-bot", ["local", "--json", "--frobnicate"]),
        ("thoth-bot", ["local", "--json", ".", "--example", "folder"]),
        ("thoth-bot", ["--json"]),
    ],
)
def test_wrong_words_are_one_json_object_with_a_hint(run, program, words):
    done = run(program, *words)
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert answer["status"] == "error"
    assert answer["message"]
    assert answer["hint"]
    assert "hint" not in answer["message"]
    assert b"Traceback" not in done.stderr


def test_options_cannot_be_abbreviated_since_scripts_would_break_with_the_next_option(run):
    done = run("thoth", "lock", "--jso")
    assert done.returncode == 2
    assert b"unrecognized arguments: --jso" in done.stderr


def test_all_requirements_files_count_however_r_is_written(run, tmp_path):
    (tmp_path / "one.in").write_text("a\n")
    (tmp_path / "two.in").write_text("b\n")
    for words in (["-r", "one.in", "two.in"], ["-r", "one.in", "-r", "two.in"]):
        done = run("thoth", "lock", *PLATFORM, *words, "--json")
        assert json.loads(done.stdout)["packages"] == {"a": "1.0", "b": "1.0"}


def test_a_name_that_is_no_text_is_told_in_json_that_is(run):
    done = run("thoth", "lock", "--json", b"\xff.in")
    assert done.returncode == 2
    assert "no such file" in json.loads(done.stdout)["message"]


def test_a_device_is_written_to_and_never_replaced(run, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    done = run("thoth", "lock", *PLATFORM, "-o", "/dev/stdout")
    assert done.returncode == 0, done.stderr
    assert b"a==1.0" in done.stdout
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(str(pipe), b"text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_is_no_file_to_write(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(str(tmp_path), b"text")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["--help"], ["lock"], ["lock", "--json"], ["lock", "x", "--json"]]
)
def test_output_that_cannot_be_written_is_said_on_stderr(run, tmp_path, words):
    (tmp_path / "requirements.in").write_text("a\n")
    with Path("/dev/full").open("wb") as full:
        done = run("thoth", *words, stdout=full)
    assert done.returncode == 2
    assert b"standard output: cannot be written: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("program", "words", "sent"),
    [
        ("thoth", ["lock"], signal.SIGINT),
        ("thoth", ["advise"], signal.SIGTERM),
        ("thoth-bot", ["local", "."], signal.SIGINT),
    ],
)
def test_an_interruption_is_exit_130_and_one_json_object(
    program, words, sent, tmp_path, environment, index, git_repository
):
    asked = threading.Event()

    async def behave(request, response):
        asked.set()
        return await hostile.silent()(request, response)

    index.behave(index.page_path("a"), behave)
    child = subprocess.Popen(
        [sys.executable, "-m", MODULES[program], *words, "--json"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert asked.wait(60)
    child.send_signal(sent)
    stdout, stderr = child.communicate(timeout=30)
    assert child.returncode == 130
    assert json.loads(stdout)["status"] == "error"
    assert b"Traceback" not in stderr


def test_the_command_by_hand_writes_what_the_branch_holds(run, tmp_path, git_repository):
    """Also with THOTH_INDEX_URL, which is this machine's way to the index and in no lockfile."""
    told = json.loads(run("thoth-bot", "local", ".", "--json").stdout)["pull_requests"][0]
    by_hand = re.search(r"^thoth (.* (-o requirements.txt|--write))$", told["body"], re.MULTILINE)
    assert by_hand is not None
    done = run("thoth", *by_hand[1].split())
    assert done.returncode == 0, done.stderr
    locked = (tmp_path / "requirements.txt").read_text()
    assert locked == told["files"]["requirements.txt"]
    assert "--index-url" not in locked


@pytest.fixture
def git_repository(tmp_path):
    """`tmp_path` as a repository with a committed manifest."""
    (tmp_path / "requirements.in").write_text("a\n")
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words in (["init", "-q"], ["add", "requirements.in"], [*identity, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)

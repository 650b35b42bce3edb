"""The example repository, and the command line around it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import plette
import pytest

from advisor_core.errors import InputError
from bot.__main__ import main
from bot.local import example
from fakes.advisor import FakeAdvisor


def git(folder, *arguments):
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_example_is_a_clean_repository_with_a_valid_old_lock(tmp_path):
    folder = example.make_example(tmp_path / "example")

    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "symbolic-ref", "HEAD") == "refs/heads/main"
    with (folder / "Pipfile").open() as file:
        pipfile = plette.Pipfile.load(file)
    lock = json.loads((folder / "Pipfile.lock").read_text())
    assert sorted(pipfile["packages"]._data) == ["flask", "tensorflow"]
    assert lock["_meta"]["hash"]["sha256"] == pipfile.get_hash().value
    assert lock["default"]["tensorflow"]["version"] == "==2.16.2"
    assert all(
        each["version"].startswith("==") and each["hashes"] for each in lock["default"].values()
    )


def test_the_example_is_made_once_and_then_taken_as_it_is(tmp_path):
    folder = example.make_example(tmp_path / "a" / "example")
    head = git(folder, "rev-parse", "HEAD")
    (folder / "Pipfile").write_text("changed")

    assert example.make_example(folder) == folder
    assert git(folder, "rev-parse", "HEAD") == head
    assert (folder / "Pipfile").read_text() == "changed"


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()

    assert (example.make_example(tmp_path / "empty") / "Pipfile").exists()


def test_a_folder_with_something_else_is_never_touched(tmp_path):
    (tmp_path / "mine").write_text("x")

    with pytest.raises(InputError, match="not empty, and not the example"):
        example.make_example(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_making_the_example_killed_in_the_middle_leaves_nothing_there(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(example, "_fill", lambda _: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            example.make_example(tmp_path / "example")

    assert not (tmp_path / "example").exists()
    assert (example.make_example(tmp_path / "example") / "Pipfile").exists()


def test_running_on_the_example_twice_changes_nothing(run, tmp_path):
    advisor = FakeAdvisor({"tensorflow": "2.20.0", "flask": "3.1.2"})
    folder = str(tmp_path / "example")

    first = run(advisor_for_pipenv(advisor), example=folder)
    second = run(advisor_for_pipenv(advisor), example=folder)

    assert first.code == 0
    assert first.data["repository"] == folder
    assert second.data == first.data
    assert f"example repository: {folder}" in first.err


def advisor_for_pipenv(advisor):
    """The fake reads its own lock format: hide the example's real lock from it."""

    def propose(files):
        files.seen["Pipfile.lock"] = None
        return advisor(files)

    return propose


def test_help_answers_without_importing_the_advisor():
    code = (
        "import sys, runpy; sys.argv = ['thoth-bot', 'local', '--help']\n"
        "try: runpy.run_module('bot', run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not [name for name in sys.modules if name.startswith(('advisor_core', 'aiohttp'))]"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert "--example [DIR]" in ran.stdout
    assert "--json" in ran.stdout


def test_an_interrupt_ends_the_program_while_the_resolver_is_at_work(person):
    code = (
        "import sys, threading\n"
        "from bot import __main__\n"
        "from bot.local import command\n"
        "def propose(files, **options):\n"
        "    print('at work', flush=True)\n"
        "    threading.Event().wait()\n"
        "command.advise = propose\n"
        "sys.exit(__main__.main(['local', sys.argv[1]]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(person.folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "at work\n"

    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert err == "interrupted; the next run goes on from here\n"


def test_a_repository_and_the_example_together_are_a_usage_error(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["local", ".", "--example", "x"])

    assert ended.value.code == 2
    assert "name a repository or --example, not both" in capsys.readouterr().err


def test_an_interrupt_ends_with_130_and_says_how_to_go_on(monkeypatch, capsys):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.local.command.run_local", interrupted)

    assert main(["local", "."]) == 130
    assert "interrupted; the next run goes on from here" in capsys.readouterr().err

"""`thoth lock` as a person runs it, against the fake index."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from fakes.package_index import PackageIndex

PLATFORM = ["--python", "3.11", "--platform", "manylinux_2_28_x86_64"]


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("a", "1.0", requires=["b<2"])
        index.add("a", "2.0", requires=["b>=1"])
        index.add("b", "1.0")
        index.add("b", "2.0")
        yield index


@pytest.fixture
def thoth(tmp_path):
    """Run `thoth` in a child process, in `tmp_path`, with a cache of its own."""

    def run(*arguments, pure=False):
        environment = {
            **os.environ,
            "THOTH_CACHE_DIR": str(tmp_path / "cache"),
            "THOTH_PURE": "1" if pure else "",
        }
        return subprocess.run(
            [sys.executable, "-m", "advisor_core.cli", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
        )

    return run


def lock(thoth, index, *arguments, **options):
    return thoth("lock", *PLATFORM, "--index-url", index.url, *arguments, **options)


def test_requirements_are_locked_with_hashes_on_stdout(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    done = lock(thoth, index)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "a==2.0" in text
    assert "b==2.0" in text
    assert text.count("--hash=sha256:") >= 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "requirements.in"]


def test_json_is_the_only_thing_on_stdout(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a<2\n")
    answer = json.loads(lock(thoth, index, "--json").stdout)
    assert answer["status"] == "ok"
    assert answer["packages"] == {"a": "1.0", "b": "1.0"}
    assert answer["engine"] == "c"


def test_second_run_needs_no_network(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    first = lock(thoth, index)
    asked = index.count()
    second = lock(thoth, index, "--offline")
    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert index.count() == asked


def test_offline_without_a_cache_says_what_is_missing(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    done = lock(thoth, index, "--offline", "--json")
    assert done.returncode == 3
    answer = json.loads(done.stdout)
    assert answer["status"] == "error"
    assert "a" in answer["message"]


def test_no_stack_is_exit_1_with_the_lines_at_fault(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("b>=2\na<2\n")
    done = lock(thoth, index, "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["status"] == "unsatisfiable"
    assert "requirements.in:1: b>=2" in answer["message"]
    assert "requirements.in:2: a<2" in answer["message"]
    assert "a 1.0 requires b <2" in answer["message"]


@pytest.mark.parametrize(
    ("files", "arguments", "words"),
    [
        ({}, [], "no manifest found"),
        ({"requirements.in": "a>>1\nb==\n"}, [], "requirements.in:2"),
        ({"requirements.in": "a\n"}, ["--exclude-newer", "soon"], "not a date"),
        ({"requirements.in": "a\n"}, ["--frobnicate"], "--frobnicate"),
        ({"Pipfile": "[packages\n"}, [], "Pipfile"),
    ],
)
def test_wrong_input_is_exit_2_with_the_place(thoth, index, tmp_path, files, arguments, words):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = lock(thoth, index, *arguments, "--json")
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert answer["status"] == "error"
    assert words in answer["message"]
    assert b"Traceback" not in done.stderr


def test_index_that_is_down_is_exit_3(thoth, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    done = thoth("lock", *PLATFORM, "--index-url", "http://127.0.0.1:9/simple")
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


def test_output_file_is_replaced_whole_and_kept_when_locking_fails(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    (tmp_path / "out.txt").write_text("old\n")
    failed = lock(thoth, index, "-o", "out.txt", "-r", "missing.in")
    assert failed.returncode == 2
    assert (tmp_path / "out.txt").read_text() == "old\n"
    done = lock(thoth, index, "-o", "out.txt")
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    assert "a==2.0" in (tmp_path / "out.txt").read_text()


def test_pipfile_categories_share_versions(thoth, index, tmp_path):
    (tmp_path / "Pipfile").write_text(
        f'[[source]]\nname = "local"\nurl = "{index.url}"\nverify_ssl = false\n'
        '[packages]\na = "<2"\n[dev-packages]\nb = "*"\n'
    )
    done = lock(thoth, index)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["default"]["b"]["version"] == "==1.0"
    assert answer["develop"]["b"]["version"] == "==1.0"


def test_pylock_is_written_for_pyproject(thoth, index, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\ndependencies = ["a"]\n'
    )
    done = lock(thoth, index)
    assert done.returncode == 0, done.stderr
    assert b'lock-version = "1.0"' in done.stdout


def test_twin_is_never_used_silently(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    done = lock(thoth, index, "--json", pure=True)
    assert json.loads(done.stdout)["engine"] == "python"
    assert b"pure Python engine" in done.stderr
    assert b"engine: python" in thoth("--version", pure=True).stdout
    assert b"engine: c" in thoth("--version").stdout


def test_offline_lock_imports_neither_aiohttp_nor_sqlmodel(index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    program = (
        "import sys; from advisor_core.cli.main import main; code = main(sys.argv[1:]);"
        "heavy = {'aiohttp', 'sqlmodel', 'asyncio', 'packaging', 'msgspec', 'numpy', 'rich', 'yaml',"
        "'json', 'shutil'};"
        "sys.stderr.write('heavy:' + ','.join(sorted(heavy & set(sys.modules)))); sys.exit(code)"
    )
    environment = {**os.environ, "THOTH_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", program, "lock", *PLATFORM, "--index-url", index.url]
    for offline in ([], ["--offline"]):
        done = subprocess.run(
            [*command, *offline], cwd=tmp_path, env=environment, capture_output=True, check=True
        )
    assert done.stderr.endswith(b"heavy:")


def test_what_was_inferred_or_has_no_effect_is_noted_on_stderr(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    (tmp_path / ".python-version").write_text("3.12\n")
    (tmp_path / ".thoth.yaml").write_text(
        "host: thoth.example\nruntime_environments: [{name: a, python_version: 3.11}]\n"
    )
    done = thoth("lock", "--index-url", index.url)
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode().splitlines() == [
        "thoth: note: .thoth.yaml: accepted, but without effect: `host` (line 1)",
        "thoth: note: .python-version:1 says Python 3.12, .thoth.yaml:2 says 3.11: 3.11 is used",
    ]


def test_a_faulty_configuration_stops_with_every_line_and_writes_nothing(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    (tmp_path / ".thoth.yaml").write_text("hots: x\nruntime_environments: 3\n")
    done = thoth("lock", "--index-url", index.url, "-o", "requirements.txt")
    assert done.returncode == 2
    assert b".thoth.yaml:1: unknown key: 'hots'" in done.stderr
    assert b".thoth.yaml:2: `runtime_environments` must be a list" in done.stderr
    assert not (tmp_path / "requirements.txt").exists()
    assert index.count() == 0


def test_password_of_an_index_reaches_no_lockfile(thoth, index, tmp_path):
    secret = index.url.replace("http://", "http://user:hunter2@")
    (tmp_path / "Pipfile").write_text('[packages]\na = "*"\n')
    for form in ("pipfile", "pylock", "requirements"):
        done = thoth("lock", *PLATFORM, "--index-url", secret, "--format", form)
        assert done.returncode == 0, done.stderr
        assert b"hunter2" not in done.stdout + done.stderr


def test_kept_vcs_entry_keeps_its_locked_commit(thoth, index, tmp_path):
    (tmp_path / "Pipfile").write_text(
        '[packages]\na = "*"\nv = {git = "https://git.example/v.git"}\n'
    )
    commit = "0123456789abcdef0123456789abcdef01234567"
    old = {
        "_meta": {"hash": {"sha256": "0"}, "pipfile-spec": 6, "requires": {}, "sources": []},
        "default": {"v": {"git": "https://git.example/v.git", "ref": commit}},
        "develop": {},
    }
    (tmp_path / "Pipfile.lock").write_text(json.dumps(old))
    done = lock(thoth, index)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["default"]["v"]["ref"] == commit


def test_broken_lockfile_does_not_stop_locking_anew(thoth, index, tmp_path):
    (tmp_path / "requirements.in").write_text("a\n")
    (tmp_path / "requirements.txt").write_bytes(b"\xff\x00broken")
    done = lock(thoth, index, "-o", "requirements.txt")
    assert done.returncode == 0, done.stderr
    assert "a==2.0" in (tmp_path / "requirements.txt").read_text()

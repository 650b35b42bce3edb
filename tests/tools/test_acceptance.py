"""pip, uv and pipenv accept and would install exactly what we wrote."""

from __future__ import annotations

import json
import re
import sys

import pytest

from advisor_core.cli.main import main
from advisor_core.lockfiles.formats import format_of, read_lock
from fakes.distributions import make_wheel
from fakes.package_index import PackageIndex

pytestmark = pytest.mark.tools

PLATFORM = ["--python", f"3.{sys.version_info.minor}", "--platform", "manylinux_2_28_x86_64"]
PYPROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["alpha"]\n'


@pytest.fixture
def lock(project, index):
    def run(manifest, text, name):
        (project / manifest).write_text(text)
        words = ["lock", manifest, *PLATFORM, "--index-url", index.url, "-o", name]
        assert main([*words, "--format", format_of(name)]) == 0
        return read_lock(format_of(name), (project / name).read_bytes(), name)["default"]

    return run


def would_install(said):
    """Return what pip says it would install."""
    found = re.search(r"Would install (.*)", said)
    return dict(each.rsplit("-", 1) for each in found[1].split()) if found else {}


def test_pip_takes_requirements_with_hashes(lock, index, run_tool_by_hand):
    locked = lock("requirements.in", "alpha\n", "requirements.txt")
    code, said = run_tool_by_hand(
        "pip", "install", "--dry-run", "--ignore-installed", "--require-hashes", "--no-cache-dir",
        "--index-url", index.url, "-r", "requirements.txt",
    )  # fmt: skip
    assert code == 0, said
    assert would_install(said) == locked


def test_pip_takes_pylock(lock, run_tool_by_hand):
    locked = lock("pyproject.toml", PYPROJECT, "pylock.toml")
    code, said = run_tool_by_hand(
        "pip", "install", "--dry-run", "--ignore-installed", "--no-cache-dir", "-r", "pylock.toml"
    )
    assert code == 0, said
    assert would_install(said) == locked


@pytest.mark.parametrize("name", ["requirements.txt", "pylock.toml"])
def test_uv_would_sync_to_what_is_locked(lock, index, run_tool_by_hand, tmp_path, name):
    locked = lock("pyproject.toml", PYPROJECT, name)
    assert run_tool_by_hand("uv", "venv", "-q", "-p", sys.executable, str(tmp_path / "v"))[0] == 0
    code, said = run_tool_by_hand(
        "uv", "pip", "sync", "--dry-run", "--no-cache", "--default-index", index.url, name,
        VIRTUAL_ENV=str(tmp_path / "v"),
    )  # fmt: skip
    assert code == 0, said
    assert dict(re.findall(r"^ \+ (\S+)==(\S+)", said, re.MULTILINE)) == locked


def test_pipenv_verifies_and_syncs(lock, index, run_tool_by_hand, tmp_path):
    source = f'[[source]]\nname = "local"\nurl = "{index.url}"\nverify_ssl = false\n'
    locked = lock("Pipfile", f'{source}\n[packages]\nalpha = "*"\n', "Pipfile.lock")
    settings = {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_PYTHON": sys.executable}
    code, said = run_tool_by_hand("pipenv", "verify", **settings)
    assert code == 0, said
    code, said = run_tool_by_hand("pipenv", "sync", **settings)
    assert code == 0, said
    code, said = run_tool_by_hand("pipenv", "run", "pip", "list", "--format", "json", **settings)
    listed = json.loads(said[said.index("[") : said.rindex("]") + 1])
    installed = {each["name"]: each["version"] for each in listed}
    assert {name: installed[name] for name in locked} == locked


@pytest.mark.parametrize("command", ["pip-compile", "uv"])
def test_compiling_again_over_our_file_changes_nothing_but_the_header(
    lock, index, project, run_tool_by_hand, command
):
    lock("requirements.in", "alpha\n", "requirements.txt")
    before = (project / "requirements.txt").read_text()
    words = {
        "pip-compile": ("pip-compile", "-q", "--generate-hashes", "-i", index.url, "requirements.in"),
        "uv": ("uv", "pip", "compile", "-q", "--generate-hashes", "--no-cache", "--default-index",
               index.url, "requirements.in", "-o", "requirements.txt"),
    }  # fmt: skip
    code, said = run_tool_by_hand(*words[command])
    assert code == 0, said
    after = (project / "requirements.txt").read_text()

    def body(text):
        return [line for line in text.splitlines() if line and not line.startswith(("#", "-"))]

    assert body(after) == body(before)


def vendor(project):
    """Put a wheel that requires `beta` into a folder of the project."""
    wheel = make_wheel("ours", "1.0", requires=["beta"])
    (project / "vendor").mkdir()
    (project / "vendor" / wheel.filename).write_bytes(wheel.content)


def test_pip_takes_files_of_a_folder_and_of_a_page_of_links(lock, index, project, run_tool_by_hand):
    vendor(project)
    with PackageIndex() as page:
        page.add("linked", "3.0")
        text = f"-f vendor\n-f {page.links_url}\nours\nlinked\n"
        locked = lock("requirements.in", text, "requirements.txt")
        code, said = run_tool_by_hand(
            "pip", "install", "--dry-run", "--ignore-installed", "--require-hashes",
            "--no-cache-dir", "--index-url", index.url, "-r", "requirements.txt",
        )  # fmt: skip
    assert code == 0, said
    assert would_install(said) == locked == {"beta": "2.0", "linked": "3.0", "ours": "1.0"}


def test_pip_takes_a_pylock_with_a_file_of_the_project(lock, index, project, run_tool_by_hand):
    vendor(project)
    text = (
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["ours"]\n'
        '[tool.uv]\nfind-links = ["vendor"]\n'
    )
    locked = lock("pyproject.toml", text, "pylock.toml")
    code, said = run_tool_by_hand(
        "pip", "install", "--dry-run", "--ignore-installed", "--no-cache-dir", "-r", "pylock.toml"
    )
    assert code == 0, said
    assert would_install(said) == locked


def test_uv_locks_what_a_flat_index_has(index, project, run_tool_by_hand, monkeypatch):
    with PackageIndex() as page:
        page.add("linked", "3.0", requires=["beta"])
        (project / "pyproject.toml").write_text(
            '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
            f'dependencies = ["linked"]\n[tool.uv]\nfind-links = ["{page.links_url}"]\n'
            f'[[tool.uv.index]]\nurl = "{index.url}"\ndefault = true\n'
        )
        assert main(["lock", *PLATFORM, "--format", "uv", "-o", "uv.lock"]) == 0
        locked = read_lock("uv", (project / "uv.lock").read_bytes(), "uv.lock")["default"]
        code, said = run_tool_by_hand("uv", "lock", "--check", "--no-cache")
        assert main(["verify", "--lockfile", "uv.lock"]) == 0
    assert code == 0, said
    assert locked == {"beta": "2.0", "linked": "3.0"}

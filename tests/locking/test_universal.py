"""One pylock.toml for several environments: each gets what it would get alone."""

from __future__ import annotations

import json
import tomllib

import pytest
from packaging.pylock import Pylock
from packaging.tags import Tag

from advisor_core.cli.main import main
from advisor_core.environment.declaration import (
    EnvironmentDeclaration,
    Sourced,
    make_environment,
)
from advisor_core.errors import InputError
from advisor_core.lockfiles.pylock_universal import environment_markers
from fakes.package_index import PackageIndex

ENVIRONMENTS = """\
runtime_environments:
  - {name: old, python_version: '3.11', operating_system: {name: ubi, version: '9'}}
  - {name: new, python_version: '3.13', operating_system: {name: ubi, version: '9'}}
"""
PROJECT = """\
[project]
name = "shop"
version = "1"
dependencies = ["alpha", "beta", "shared"]
[project.optional-dependencies]
more = ["gamma"]
[dependency-groups]
dev = ["delta"]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / ".thoth.yaml").write_text(ENVIRONMENTS)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("alpha", "1.0")
        index.add("alpha", "2.0", requires_python=">=3.12", requires=["only-new"])
        index.add("beta", "1.0", requires=["backport; python_version < '3.12'"])
        index.add("shared", "3.0")
        index.add("gamma", "1.0")
        index.add("gamma", "2.0", requires_python=">=3.12")
        index.add("delta", "1.0", requires=["beta"])
        index.add("only-new", "1.0")
        index.add("backport", "1.0")
        yield index


def lock(index, capsys, *words):
    code = main(["lock", "--json", "--index-url", index.url, *words])
    return code, json.loads(capsys.readouterr().out)


def selected(text, name, declared, **chosen):
    """Return what PEP 751 has an installer take from a lock in an environment."""
    environment = dict(declared.markers)
    tags = [Tag(*each.split("-")) for each in declared.tags]
    found = Pylock.from_dict(tomllib.loads(text)).select(
        environment=environment, tags=tags, **chosen
    )
    return {str(package.name): str(package.version) for package, _ in found}


def declared(name, python, platform="manylinux_2_34_x86_64"):
    return make_environment(
        EnvironmentDeclaration(name, Sourced(python, "x"), Sourced(platform, "x"))
    )


def test_each_environment_gets_what_it_would_get_alone(project, index, capsys):
    code, answer = lock(index, capsys, "--universal")
    assert code == 0
    text = answer["lockfile"]
    for name, python in (("old", "3.11"), ("new", "3.13")):
        code, alone = lock(index, capsys, "--python", python)
        assert code == 0
        assert answer["by_environment"][name] == alone["packages"]
        everything = selected(
            text, name, declared(name, python), extras=["more"], dependency_groups=["dev"]
        )
        assert everything == alone["packages"]
        default = selected(text, name, declared(name, python))
        assert default == alone["categories"]["default"]
    assert answer["by_environment"]["old"]["alpha"] == "1.0"
    assert answer["by_environment"]["new"]["alpha"] == "2.0"


def test_release_that_all_choose_is_one_entry_without_a_marker(project, index, capsys):
    _, answer = lock(index, capsys, "--universal")
    packages = tomllib.loads(answer["lockfile"])["packages"]
    entries = {
        name: [each for each in packages if each["name"] == name] for name in ("shared", "alpha")
    }
    assert [each.get("marker") for each in entries["shared"]] == [None]
    assert [(each["version"], each["marker"]) for each in entries["alpha"]] == [
        ("1.0", 'python_version == "3.11"'),
        ("2.0", 'python_version == "3.13"'),
    ]
    assert tomllib.loads(answer["lockfile"])["environments"] == [
        'python_version == "3.11"',
        'python_version == "3.13"',
    ]


def test_without_it_all_get_the_stack_that_fits_all(project, index, capsys):
    code, answer = lock(index, capsys, "--format", "pylock")
    assert (code, answer["packages"]["alpha"], answer["by_environment"]) == (0, "1.0", {})


def test_lock_again_gives_the_same_bytes_and_verifies(project, index, capsys):
    words = ["lock", "--index-url", index.url, "--universal", "-o", "pylock.toml"]
    assert main(words) == 0
    first = (project / "pylock.toml").read_bytes()
    assert main(words) == 0
    assert (project / "pylock.toml").read_bytes() == first
    assert main(["verify", "--index-url", index.url]) == 0, capsys.readouterr()


def test_environment_without_a_stack_is_named(project, index, capsys):
    text = PROJECT.replace('"alpha"', '"alpha>=2"')
    (project / "pyproject.toml").write_text(text)
    code, answer = lock(index, capsys, "--universal")
    assert (code, answer["status"]) == (1, "unsatisfiable")
    assert "in the environment 'old'" in answer["message"]


def test_one_environment_or_another_format_is_told(project, index, capsys):
    code, answer = lock(index, capsys, "--universal", "--format", "requirements")
    assert (code, "--universal" in answer["message"]) == (2, True)


def test_environments_that_no_marker_tells_apart_are_refused():
    pair = [declared("a", "3.12"), declared("b", "3.12", "manylinux_2_17_x86_64")]
    with pytest.raises(InputError, match="no marker tells"):
        environment_markers(pair, "pyproject.toml")


def test_only_variables_that_differ_are_in_the_markers():
    found = environment_markers(
        [
            declared("a", "3.12"),
            declared("b", "3.12", "win_amd64"),
            declared("c", "3.12", "manylinux_2_34_aarch64"),
        ],
        "pyproject.toml",
    )
    assert found["a"] == 'sys_platform == "linux" and platform_machine == "x86_64"'
    assert found["b"] == 'sys_platform == "win32" and platform_machine == "AMD64"'

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.pylock import Pylock

from advisor_core.errors import InputError
from advisor_core.lockfiles.pylock import read_pylock, render_pylock
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.model import Environment, Manifest
from fakes.package_index import PackageIndex
from fakes.stacks import make_pin, make_stack, served_files

PYPROJECT = b'[project]\nname = "p"\nrequires-python = ">=3.9"\ndependencies = ["alpha"]\n'


def manifest() -> Manifest:
    return read_manifest(MappingFiles({"pyproject.toml": PYPROJECT}), "pyproject.toml")


def test_uv_installs_exactly_what_the_lock_pins(tmp_path: Path) -> None:
    with PackageIndex() as index:
        wheels = ("py3-none-any", "cp39-abi3-win_amd64")
        alpha = served_files(index, index.add("alpha", "1.5", wheels=wheels, sdist="static"))
        beta = served_files(index, index.add("beta", "2.7", requires_python=">=3.8"))
        stack = make_stack(
            make_pin("alpha", "1.5", artifacts=alpha),
            make_pin("beta", "2.7", artifacts=beta, required_by=[("alpha", "beta")]),
        )
        lock = tmp_path / "pylock.toml"
        lock.write_bytes(render_pylock(manifest(), {"default": stack}))
        environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        uv = Path(sys.executable).parent / "uv"
        options = (
            "--no-config",
            "--no-cache",
            "--python",
            sys.executable,
            "--target",
            tmp_path / "x",
        )
        command = (str(uv), "pip", "install", *map(str, options), "-r", str(lock))
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "x").glob("*.dist-info")) == [
        "alpha-1.5.dist-info",
        "beta-2.7.dist-info",
    ]


def test_other_categories_are_dependency_groups() -> None:
    stacks = {
        "default": make_stack(make_pin("alpha", "1.5")),
        "develop": make_stack(make_pin("alpha", "1.5"), make_pin("beta", "2.7")),
        "docs": make_stack(make_pin("gamma", "1"), make_pin("beta", "2.7")),
    }
    lock = render_pylock(manifest(), stacks)
    document = tomllib.loads(lock.decode())
    assert document["dependency-groups"] == ["develop", "docs"]
    assert [package.get("marker") for package in document["packages"]] == [
        None,
        "'develop' in dependency_groups or 'docs' in dependency_groups",
        "'docs' in dependency_groups",
    ]
    assert read_pylock(lock) == {
        "default": {"alpha": "1.5"},
        "develop": {"beta": "2.7"},
        "docs": {"beta": "2.7", "gamma": "1"},
    }


def test_lock_for_one_environment_names_it() -> None:
    environment = Environment(
        name="only",
        python="3.11.7",
        markers={"python_version": "3.11", "sys_platform": "linux", "platform_machine": "x86_64"},
        tags={},
    )
    stacks = {"default": make_stack(make_pin("alpha", "1.5"))}
    lock = Pylock.from_dict(
        tomllib.loads(render_pylock(manifest(), stacks, environment=environment).decode())
    )
    assert [str(marker) for marker in lock.environments or ()] == [
        'platform_machine == "x86_64" and python_version == "3.11" and sys_platform == "linux"'
    ]
    assert str(lock.requires_python) == ">=3.9"


def test_reader_reports_every_fault_with_its_line() -> None:
    text = b'lock-version = "9"\n[[packages]]\nversion = "1"\n'
    text += b'[[packages]]\nname = "a"\nversion = "x"\n'
    with pytest.raises(InputError) as caught:
        read_pylock(text)
    assert [fault.place for fault in caught.value.faults] == [
        "pylock.toml: lock-version",
        "pylock.toml:2",
        "pylock.toml:4",
    ]

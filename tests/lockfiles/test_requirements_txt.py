from __future__ import annotations

import ensurepip
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from advisor_core.errors import IndexFailure, InputError
from advisor_core.lockfiles.requirements_txt import read_requirements_lock, render_requirements
from advisor_core.manifests import MappingFiles, read_manifest
from fakes.package_index import PackageIndex
from fakes.stacks import made_up_file, make_pin, make_stack, served_files

if TYPE_CHECKING:
    from advisor_core.model import Manifest


def manifest_of(**files: str) -> Manifest:
    contents = {
        name.replace("_", "."): text.encode()
        for name, text in ({"requirements_in": ""} | files).items()
    }
    return read_manifest(MappingFiles(contents), "requirements.in")


def stock_pip() -> dict[str, str]:
    """The environment in which `python -m pip` is the pip that comes with Python, unconfigured."""
    (wheel,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return kept | {"PYTHONPATH": str(wheel), "PIP_CONFIG_FILE": os.devnull}


def run_pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    options = ("--dry-run", "--ignore-installed", "--no-cache-dir", "--disable-pip-version-check")
    command = (sys.executable, "-m", "pip", "install", *options, *arguments)
    return subprocess.run(command, env=stock_pip(), capture_output=True, text=True, check=False)


@pytest.fixture
def index():
    with PackageIndex() as served:
        yield served


def served_lock(index: PackageIndex) -> bytes:
    extra = served_files(
        index, index.add("flask-thing", "2.0", requires=["jinja>=3", "click; extra == 'cli'"])
    )
    jinja = served_files(index, index.add("jinja", "3.1", wheels=(), sdist="static"))
    click = served_files(
        index, index.add("click", "8.1", wheels=("py3-none-any", "cp39-abi3-win_amd64"))
    )
    manifest = manifest_of(requirements_in=f"--index-url {index.url}\nflask-thing[cli]>=1\n")
    stack = make_stack(
        make_pin("flask-thing", "2.0", artifacts=extra, extras=("cli",)),
        make_pin("jinja", "3.1", artifacts=jinja, required_by=[("flask-thing", "jinja>=3")]),
        make_pin("click", "8.1", artifacts=click, required_by=[("flask-thing", "click")]),
    )
    return render_requirements(manifest, {"default": stack})


def test_pip_accepts_the_lock_with_hashes_required(index: PackageIndex, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_bytes(served_lock(index))
    done = run_pip("--require-hashes", "-r", str(lock))
    assert done.returncode == 0, done.stderr
    assert "Would install click-8.1 flask-thing-2.0 jinja-3.1" in done.stdout


def test_pip_refuses_the_lock_when_a_hash_is_of_another_file(
    index: PackageIndex, tmp_path: Path
) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_bytes(re.sub(rb"sha256:\w+", b"sha256:" + b"0" * 64, served_lock(index)))
    done = run_pip("-r", str(lock))
    assert done.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr


def test_lock_is_laid_out_as_pip_compile_does() -> None:
    manifest = manifest_of(
        requirements_in="--index-url https://example.org/simple\n--extra-index-url https://${TOKEN}@b.example/simple\n"
        "--only-binary numpy\nflask\n-c limits.txt\n-r more.in\n",
        limits_txt="jinja2<4\n",
        more_in="flask>1\n",
    )
    sdist, wheel = made_up_file("flask-3.0.tar.gz"), made_up_file("flask-3.0-py3-none-any.whl")
    stack = make_stack(
        make_pin("jinja2", "3.1", required_by=[("flask", "Jinja2>=3"), ("babel", "jinja2")]),
        make_pin("flask", "3.0", artifacts=(sdist, wheel)),
        make_pin("babel", "2.0", required_by=[("flask", "babel")], extras=("x", "y")),
    )
    first, second = sorted((sdist.hashes["sha256"], wheel.hashes["sha256"]))
    babel = stack.pins["babel"].artifacts[0].hashes["sha256"]
    jinja2 = stack.pins["jinja2"].artifacts[0].hashes["sha256"]
    assert render_requirements(manifest, {"default": stack}).decode() == (
        "# Locked by Thoth. To lock again: thoth lock -r requirements.in --format requirements\n"
        "--index-url https://example.org/simple\n"
        "--extra-index-url https://${TOKEN}@b.example/simple\n"
        "--only-binary numpy\n"
        "\n"
        "babel[x,y]==2.0 \\\n"
        f"    --hash=sha256:{babel}\n"
        "    # via flask\n"
        "flask==3.0 \\\n"
        f"    --hash=sha256:{first} \\\n"
        f"    --hash=sha256:{second}\n"
        "    # via\n"
        "    #   -r more.in\n"
        "    #   -r requirements.in\n"
        "jinja2==3.1 \\\n"
        f"    --hash=sha256:{jinja2}\n"
        "    # via\n"
        "    #   -c limits.txt\n"
        "    #   babel\n"
        "    #   flask\n"
    )


def test_package_of_some_environments_only_has_their_marker() -> None:
    stack = make_stack(
        make_pin("flask", "3.0", environments=("linux", "windows")),
        make_pin(
            "colorama",
            "0.4",
            environments=("windows",),
            required_by=[("flask", "colorama; sys_platform == 'win32'")],
        ),
    )
    lock = render_requirements(manifest_of(requirements_in="flask\n"), {"default": stack}).decode()
    assert 'colorama==0.4 ; sys_platform == "win32" \\\n' in lock
    assert "flask==3.0 \\\n" in lock


def test_pin_without_any_hash_is_an_index_failure() -> None:
    stack = make_stack(make_pin("flask", "3.0", artifacts=()))
    with pytest.raises(IndexFailure, match=r"flask 3\.0: `main` gives no sha256"):
        render_requirements(manifest_of(), {"default": stack})


def test_categories_that_pin_one_package_differently_are_refused() -> None:
    stacks = {
        name: make_stack(make_pin("a", version)) for name, version in (("x", "1"), ("y", "2"))
    }
    with pytest.raises(InputError, match="two categories pin a differently: 1, 2"):
        render_requirements(manifest_of(), stacks)


def test_line_endings_of_the_lock_before_are_kept() -> None:
    stacks = {"default": make_stack(make_pin("a", "1"))}
    lock = render_requirements(manifest_of(), stacks, b"# x\r\n\r\na>=1\r\n")
    assert lock.count(b"\r\n") == lock.count(b"\n") == 4
    updated = render_requirements(manifest_of(), stacks, b"# x\r\na==0 --hash=sha256:00\r\n")
    assert updated.count(b"\r\n") == updated.count(b"\n") == 3


def test_reader_gives_normalized_names_and_versions() -> None:
    text = b'A_b[x]==1.0.0 ; python_version > "3" \\\n  --hash=sha256:00\n# note\nc===2\n-e .\n'
    assert read_requirements_lock(text) == {"default": {"a-b": "1.0.0", "c": "2"}}


def test_reader_reports_every_line_that_is_not_pinned() -> None:
    with pytest.raises(InputError) as caught:
        read_requirements_lock(b"a>=1\nb==1\nc\n%%%\nd==1.*\n-r other.txt\n")
    places = [fault.place for fault in caught.value.faults]
    assert places == [f"requirements.txt:{line}" for line in (1, 3, 4, 5, 6)]

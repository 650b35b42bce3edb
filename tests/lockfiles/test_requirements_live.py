"""A requirements.txt that uv made and Thoth brought up to date, judged by uv and by its difference."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor_core.cli.main import main
from fakes.package_index import PackageIndex

pytestmark = pytest.mark.slow

MINOR = f"3.{sys.version_info.minor}"


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("alpha", "1.0", requires=["beta", "colour; sys_platform == 'win32'"])
        index.add("beta", "1.0", sdist="static")
        index.add("colour", "1.0")
        index.add("gamma", "1.0", requires=["beta"], extras=["x"])
        yield index


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "requirements.in").write_text("alpha\ngamma[x]>=1\n")
    return tmp_path


def uv(index, *arguments):
    program = str(Path(sys.executable).with_name("uv"))
    environment = {"PATH": os.environ["PATH"], "HOME": str(Path.cwd()), "UV_NO_CACHE": "1"}
    done = subprocess.run(
        [program, *arguments, "--index-url", index.url, "--quiet"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def compile_with_uv(index, style):
    uv(index, "pip", "compile", "requirements.in", "-o", "requirements.txt", *style)


def lock(index):
    platform = ["--python", MINOR, "--platform", "manylinux_2_28_x86_64", "--index-url", index.url]
    assert main(["lock", *platform, "-o", "requirements.txt"]) == 0
    assert main(["verify", *platform]) == 0
    return Path("requirements.txt").read_text()


STYLES = {
    "hashes": ["--generate-hashes"],
    "plain": [],
    "line": ["--annotation-style", "line"],
    "line and hashes": ["--annotation-style", "line", "--generate-hashes"],
    "bare": ["--no-annotate", "--no-header", "--generate-hashes", "--emit-index-url"],
    "with extras": ["--no-strip-extras", "--generate-hashes"],
    "index annotation": ["--emit-index-annotation"],
}


@pytest.mark.parametrize("style", STYLES)
def test_what_uv_compiled_is_left_byte_for_byte(project, index, style):
    compile_with_uv(index, STYLES[style])
    before = Path("requirements.txt").read_text()
    assert lock(index) == before


@pytest.mark.parametrize("style", STYLES)
def test_one_new_release_is_written_as_uv_would(project, index, style):
    compile_with_uv(index, STYLES[style])
    index.add("beta", "2.0", sdist="static")
    ours = lock(index)
    uv_upgrades = [*STYLES[style], "--upgrade-package", "beta"]
    compile_with_uv(index, uv_upgrades)
    theirs = Path("requirements.txt").read_text()
    assert [row for row in ours.splitlines() if not row.startswith("#")] == [
        row for row in theirs.splitlines() if not row.startswith("#")
    ]


def test_uv_installs_what_was_brought_up_to_date(project, index):
    compile_with_uv(index, STYLES["hashes"])
    index.add("beta", "2.0")
    lock(index)
    arguments = ("--dry-run", "--require-hashes", "--target", "there", "requirements.txt")
    uv(index, "pip", "sync", *arguments)

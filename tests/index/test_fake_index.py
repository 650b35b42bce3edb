"""The fake package index is good enough for the real installers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from typing import Literal

UV = Path(sys.executable).with_name("uv")


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PIP_", "UV_", "PIPENV_", "VIRTUAL_ENV"))
    }
    environment |= {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", **variables}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=90
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fill(index: PackageIndex) -> None:
    index.add("Simple.Lib", "1.0", requires=["dependency1"])
    index.add("Simple.Lib", "2.0", requires=["dependency1>=1", "dependency2; extra == 'more'"])
    index.add("dependency1", "1.0", sdist="static")
    index.add("dependency1", "2.0", yanked="broken")
    index.add("dependency2", "1.0", wheels=(), sdist="dynamic")


@pytest.mark.parametrize("profile", ["pypi", "mirror"])
@pytest.mark.parametrize("formats", [("json", "html"), ("html",), ("json",)])
def test_uv_compiles_from_it(
    tmp_path: Path,
    profile: Literal["pypi", "mirror"],
    formats: tuple[Literal["json", "html"], ...],
) -> None:
    (tmp_path / "requirements.in").write_text("simple-lib[more]\n")
    with PackageIndex(profile=profile, formats=formats) as index:
        fill(index)
        out = run(
            *(UV, "pip", "compile", "--no-cache", "--no-header", "--no-annotate"),
            *("--default-index", index.url, "--generate-hashes", "requirements.in"),
            cwd=tmp_path,
        )
    assert "simple-lib==2.0" in out
    assert "dependency1==1.0" in out
    assert "dependency2==1.0" in out
    assert out.count("--hash=sha256:") == 4


def test_pip_installs_wheels_and_sdists_from_it(tmp_path: Path) -> None:
    run(UV, "venv", "-q", "--seed", "-p", sys.executable, "venv", cwd=tmp_path)
    with PackageIndex() as index:
        fill(index)
        run(
            *(tmp_path / "venv/bin/python", "-m", "pip", "install", "--no-cache-dir"),
            *("--index-url", index.url, "simple-lib[more]"),
            cwd=tmp_path,
        )
    code = "import simple_lib, dependency2; print(simple_lib.__version__, dependency2.__version__)"
    assert run(tmp_path / "venv/bin/python", "-c", code, cwd=tmp_path) == "2.0 1.0\n"


def test_pipenv_locks_from_it(tmp_path: Path) -> None:
    with PackageIndex(profile="mirror") as index:
        fill(index)
        (tmp_path / "Pipfile").write_text(
            f'[[source]]\nname = "fake"\nurl = "{index.url}"\nverify_ssl = false\n'
            '[packages]\nsimple-lib = "*"\n'
        )
        run(
            *(sys.executable, "-m", "pipenv", "lock"),
            cwd=tmp_path,
            PIPENV_IGNORE_VIRTUALENVS="1",
            PIPENV_CACHE_DIR=str(tmp_path / "cache"),
            WORKON_HOME=str(tmp_path / "venvs"),
            PIPENV_NOSPIN="1",
        )
    lock = (tmp_path / "Pipfile.lock").read_text()
    assert '"version": "==2.0"' in lock
    assert lock.count("sha256:") == 1 + 2

"""Every file that the program reads from its own folders is part of what is installed."""

from __future__ import annotations

import fnmatch
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_data_file_of_a_package_is_installed():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"][
        "package-data"
    ]
    listed = subprocess.run(
        ["git", "ls-files", "advisor_core", "bot"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    data = [path for path in listed if not path.endswith(".py")]
    assert data
    for path in data:
        package, _, inside = path.partition("/")
        kinds = [pattern.removeprefix("**/") for pattern in patterns[package]]
        assert any(fnmatch.fnmatch(Path(inside).name, kind) for kind in kinds), path

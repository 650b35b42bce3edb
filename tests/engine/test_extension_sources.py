"""The extension is built from every C file, and its core knows nothing of Python."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTENSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"][
    "ext-modules"
][0]


def files(pattern: str) -> list[str]:
    return sorted(
        path.relative_to(ROOT).as_posix()
        for folder in ("core", "binding")
        for path in (ROOT / "ext" / folder).glob(pattern)
    )


def test_every_source_is_built() -> None:
    assert sorted(EXTENSION["sources"]) == files("*.c")


def test_every_header_causes_a_rebuild() -> None:
    assert sorted(EXTENSION["depends"]) == files("*.h")


def test_core_knows_nothing_of_python_and_never_ends_the_process() -> None:
    forbidden = re.compile(r"Python\.h|\bPy[A-Z_]|\b(?:abort|exit|_exit|raise|printf|fprintf)\(")
    for name in files("*.[ch]"):
        if name.startswith("ext/core/"):
            assert not forbidden.search((ROOT / name).read_text()), name


def test_c_files_stay_readable() -> None:
    assert {n for n in files("*.[ch]") if len((ROOT / n).read_text().splitlines()) > 800} == set()

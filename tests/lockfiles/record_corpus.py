"""Writes `tests/data/corpus/tools.txt` anew: what the real tools write for small projects.

    THOTH_TOOLS=FOLDER python tests/lockfiles/record_corpus.py

Run by hand when a tool's format changes; the tests only read the file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.corpus import CORPUS, join_corpus
from fakes.package_index import PackageIndex

PROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["alpha", "gamma[fast]"]

[project.optional-dependencies]
more = ["delta<2"]

[dependency-groups]
dev = ["beta", {include-group = "lint"}]
lint = ["epsilon"]

[[tool.uv.index]]
name = "local"
url = "URL"
default = true

[[tool.poetry.source]]
name = "local"
url = "URL"

[[tool.pdm.source]]
name = "pypi"
url = "URL"
"""

SMALL = PROJECT.replace('"alpha", "gamma[fast]"', '"beta"')
REQUIREMENTS = "alpha\ngamma[fast]  # why\n"
PIPFILE = (
    '[[source]]\nname = "local"\nurl = "URL"\nverify_ssl = false\n\n[packages]\nalpha = "*"\n\n'
    '[dev-packages]\nepsilon = "*"\n'
)

COMPILE = ("pip-compile", "-q", "--no-emit-index-url", "requirements.in", "-i", "URL")
TO_TXT = ("-o", "requirements.txt")
UV_COMPILE = ("uv", "pip", "compile", "-q", "requirements.in", "--default-index", "URL")

RUNS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("pip-compile", COMPILE, "requirements.txt"),
    ("pip-compile-hashes", (*COMPILE, "--generate-hashes"), "requirements.txt"),
    ("pip-compile-line", (*COMPILE, "--annotation-style=line"), "requirements.txt"),
    ("pip-compile-bare", (*COMPILE, "--no-annotate", "--no-header"), "requirements.txt"),
    ("pip-compile-strip", (*COMPILE, "--strip-extras"), "requirements.txt"),
    (
        "pip-compile-index",
        ("pip-compile", "-q", "requirements.in", "-i", "URL"),
        "requirements.txt",
    ),
    ("uv-compile", (*UV_COMPILE, *TO_TXT), "requirements.txt"),
    (
        "uv-compile-hashes",
        (*UV_COMPILE, "--generate-hashes", *TO_TXT),
        "requirements.txt",
    ),
    (
        "uv-compile-line",
        (*UV_COMPILE, "--annotation-style=line", *TO_TXT),
        "requirements.txt",
    ),
    (
        "uv-compile-universal",
        (*UV_COMPILE, "--universal", *TO_TXT),
        "requirements.txt",
    ),
    (
        "uv-compile-index",
        (*UV_COMPILE, "--emit-index-url", *TO_TXT),
        "requirements.txt",
    ),
    ("uv-compile-pylock", (*UV_COMPILE, "-o", "pylock.toml"), "pylock.toml"),
    ("uv-lock", ("uv", "lock", "-q"), "uv.lock"),
    ("uv-export", ("uv", "export", "-q", *TO_TXT), "requirements.txt"),
    (
        "uv-export-all",
        ("uv", "export", "-q", "--all-extras", "--no-hashes", *TO_TXT),
        "requirements.txt",
    ),
    (
        "uv-export-pylock",
        ("uv", "export", "-q", "--format", "pylock.toml", "-o", "pylock.toml"),
        "pylock.toml",
    ),
    ("poetry-lock", ("poetry", "lock", "-q"), "poetry.lock"),
    ("pdm-lock", ("pdm", "lock", "-q"), "pdm.lock"),
    ("pdm-lock-all", ("pdm", "lock", "-q", "-G", ":all"), "pdm.lock"),
    ("pdm-lock-static", ("pdm", "lock", "-q", "-S", "static_urls"), "pdm.lock"),
    ("pdm-lock-direct", ("pdm", "lock", "-q", "-S", "direct_minimal_versions"), "pdm.lock"),
    ("pipenv-lock", ("pipenv", "lock"), "Pipfile.lock"),
    ("pip-lock", ("pip", "lock", "-q", "-r", "requirements.in", "-i", "URL"), "pylock.toml"),
)


def main() -> None:
    found: list[tuple[str, str]] = []
    with PackageIndex() as index:
        index.add("alpha", "1.0", requires=["beta>=1", "winonly; sys_platform == 'win32'"])
        index.add("beta", "1.0", sdist="static", requires_python=">=3.8")
        index.add("gamma", "1.0", extras=["fast"], requires=["delta; extra == 'fast'"])
        index.add("delta", "1.0")
        index.add("epsilon", "2.0", requires=["beta"])
        index.add("winonly", "1.0", wheels=("py3-none-win_amd64",))
        for name, command, result in RUNS:
            for kind, project in (("", PROJECT), ("-small", SMALL)):
                is_project = "requirements.in" not in command and command[0] != "pipenv"
                if kind and not is_project:
                    continue
                text = record(index.url, project, command, result)
                found.append((f"{name}{kind}/{result}", text))
    (CORPUS / "tools.txt").write_text(join_corpus(found))


def record(url: str, project: str, command: tuple[str, ...], result: str) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name, "p"), Path(name, "home")
        folder.mkdir()
        home.mkdir()
        (folder / "pyproject.toml").write_text(project.replace("URL", f"{url}/"))
        (folder / "requirements.in").write_text(REQUIREMENTS)
        if command[0] == "pipenv":
            (folder / "pyproject.toml").unlink()
            (folder / "Pipfile").write_text(PIPFILE.replace("URL", url))
        path = f"{os.environ['THOTH_TOOLS']}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {
            "PATH": path,
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "POETRY_VIRTUALENVS_CREATE": "false",
            "PDM_USE_VENV": "0",
            "PDM_PYTHON": sys.executable,
            "PDM_CHECK_UPDATE": "0",
        }
        words = [word.replace("URL", f"{url}/") for word in command]
        subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True)
        text = (folder / result).read_text()
    # The port, the paths and the time of the recording are nobody's business.
    text = text.replace(url.removesuffix("/simple"), "http://127.0.0.1:8080")
    text = text.replace(name, "/tmp/project")
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", text)


if __name__ == "__main__":
    main()

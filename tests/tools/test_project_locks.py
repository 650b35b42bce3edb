"""What uv, Poetry and PDM wrote for us they accept, with the versions that Thoth decided."""

from __future__ import annotations

import sys

import pytest

from advisor_core.cli.main import main
from advisor_core.lockfiles.formats import TOOL_FORMATS, read_lock

pytestmark = pytest.mark.tools

PLATFORM = ["--python", f"3.{sys.version_info.minor}", "--platform", "manylinux_2_28_x86_64"]

PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["alpha"]

[project.optional-dependencies]
more = ["gamma"]

[dependency-groups]
dev = ["beta"]
"""

INDEXES = {
    "uv": '\n[[tool.uv.index]]\nname = "local"\nurl = "{url}"\ndefault = true\n',
    "poetry": '\n[[tool.poetry.source]]\nname = "local"\nurl = "{url}"\n',
    "pdm": '\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{url}"\n',
}

CHECKS = {
    "uv": ("uv", "lock", "--check", "--no-cache"),
    "poetry": ("poetry", "check", "--lock"),
    "pdm": ("pdm", "lock", "--check"),
}


@pytest.fixture(params=sorted(INDEXES))
def tool(request, project, index):
    text = PYPROJECT + INDEXES[request.param].format(url=index.url)
    (project / "pyproject.toml").write_text(text)
    return request.param


def lock(tool, project, limits=""):
    (project / "constraints.txt").write_text(limits)
    name = TOOL_FORMATS[tool]
    assert main(["lock", *PLATFORM, "-o", name]) == 0
    return read_lock(tool, (project / name).read_bytes(), name)


@pytest.mark.parametrize("limits", ["", "alpha<2\n", "beta<2\n"])
def test_tool_accepts_the_lock_with_the_decided_versions(tool, project, limits, run_tool_by_hand):
    locked = lock(tool, project, limits)
    code, said = run_tool_by_hand(*CHECKS[tool])
    assert code == 0, said
    assert main(["lock", *PLATFORM, "--format", "pylock", "-o", "pylock.toml"]) == 0
    decided = read_lock("pylock", (project / "pylock.toml").read_bytes(), "pylock.toml")
    assert {name: locked["default"][name] for name in decided["default"]} == decided["default"]
    flat = {name: version for each in locked.values() for name, version in each.items()}
    assert {name: flat[name] for name in ("gamma", "beta")} == {
        "gamma": "1.0",
        "beta": "1.0" if limits == "beta<2\n" else "2.0",
    }


def test_lock_moves_with_the_decision_and_stays_as_it_is_without_one(tool, project):
    assert lock(tool, project, "alpha<2\n")["default"]["alpha"] == "1.0"
    assert lock(tool, project)["default"]["alpha"] == "2.0"
    again = (project / TOOL_FORMATS[tool]).read_bytes()
    lock(tool, project)
    assert (project / TOOL_FORMATS[tool]).read_bytes() == again


def test_package_for_another_platform_keeps_the_version_that_the_lock_had(tool, project, index):
    lock(tool, project, "alpha<2\n")
    index.add("winonly", "2.0", wheels=("py3-none-win_amd64",))
    locked = lock(tool, project)["default"]
    assert "winonly" not in locked
    locked = lock(tool, project, "beta<2\nalpha<2\n")["default"]
    assert (locked["winonly"], locked["beta"]) == ("2.0", "1.0")
    index.add("winonly", "3.0", wheels=("py3-none-win_amd64",))
    locked = lock(tool, project, "alpha<2\n")["default"]
    assert (locked["winonly"], locked["beta"]) == ("2.0", "2.0")


def test_nothing_is_built(tool, project, capfd):
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(
        text.replace('["gamma"]', '["gamma", "hidden; sys_platform == \'win32\'"]')
    )
    assert main(["lock", *PLATFORM, "-o", TOOL_FORMATS[tool]]) == 2
    said = capfd.readouterr().err
    assert f"{tool} wrote no {TOOL_FORMATS[tool]}" in said
    assert not (project / TOOL_FORMATS[tool]).exists()


def test_verify_accepts_the_lock(tool, project, capfd):
    lock(tool, project)
    assert main(["verify", *PLATFORM]) == 0, capfd.readouterr()

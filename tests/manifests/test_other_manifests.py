"""conda's environment.yml, setup.cfg and scripts (PEP 723) are read, and their pins moved."""

from __future__ import annotations

import sys

import pytest

from advisor_core.cli.main import main
from advisor_core.manifests.pins import has_pins, move_pins, without_pins
from fakes.package_index import PackageIndex

CONDA = """\
name: shop
channels: [conda-forge]
dependencies:
  - python=3.11.4
  - numpy>=1.20   # conda's
  - pip
  - pip:
      - -r base.txt
      - "flask[async]==2.0"   # ours
      - --extra-index-url https://e.org/simple
      - -e .
      - jinja2==3.0; python_version < "3.13"
"""

SETUP = """\
[metadata]
name = shop
[options]
python_requires = >=3.9
install_requires =
    flask>=2  # web
    # a comment
    click==8.0 ; sys_platform == "win32"
[options.extras_require]
Test_More =
    pytest==7.0
docs = sphinx
[tool:pytest]
addopts = -q
"""

SCRIPT = """\
#!/usr/bin/env python
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "requests==2.0",  # pinned
#   "rich",
# ]
#
# [[tool.uv.index]]
# url = "https://e.org/simple"
# ///
print("# /// script is only a text here")
"""


def rows(manifest):
    return {
        category.name: [(each.requirement.name, each.origin.line) for each in category.requirements]
        for category in manifest.categories
    }


def test_pip_section_of_an_environment_is_read(read):
    manifest = read({"environment.yml": CONDA, "base.txt": "six\n"})
    assert rows(manifest) == {"default": [("six", 1), ("flask", 9), ("jinja2", 12)]}
    assert manifest.python_version == "3.11.4"
    assert [each.url for each in manifest.sources][1] == "https://e.org/simple"


def test_setup_cfg_is_read_with_its_extras(read):
    manifest = read({"setup.cfg": SETUP}, everything=True)
    assert rows(manifest) == {
        "default": [("flask", 6), ("click", 8)],
        "test-more": [("pytest", 11)],
        "docs": [("sphinx", 12)],
    }
    assert manifest.requires_python == ">=3.9"
    assert rows(read({"setup.cfg": SETUP})).keys() == {"default"}


def test_block_of_a_script_is_read(read):
    manifest = read({"tool.py": SCRIPT})
    assert rows(manifest) == {"default": [("requests", 5), ("rich", 6)]}
    assert manifest.requires_python == ">=3.11"
    assert manifest.sources[0].url == "https://e.org/simple"


@pytest.mark.parametrize(
    ("path", "text", "faults"),
    [
        ("environment.yml", "a: 1\n", ["environment.yml: has no list `dependencies`"]),
        ("environment.yml", "dependencies:\n  - pip: x\n", ["environment.yml:2: `pip` is no list"]),
        (
            "environment.yml",
            "dependencies:\n  - pip:\n    - a b\n    - git+https://e.org/x\n",
            [
                "environment.yml:3: not a PEP 508 requirement: 'a b'",
                "environment.yml:4: cannot be pinned with hashes: 'git+https://e.org/x'",
            ],
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n  a b\npython_requires = x\n",
            [
                "setup.cfg:3: not a PEP 508 requirement: 'a b'",
                "setup.cfg:4: not a PEP 440 specifier: 'x'",
            ],
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires = file: req.txt\n",
            ["setup.cfg:2: computed when the project is built, which is not done: 'file: req.txt'"],
        ),
        ("x.py", "print()\n", ["x.py: no block `# /// script`"]),
        (
            "x.py",
            "# /// script\n# dependencies = []\n",
            ["x.py: the block that begins on line 1 does not end"],
        ),
        (
            "x.py",
            "# /// script\n# dependencies = [\n#   'a b']\n# ///\n",
            ["x.py:3: not a PEP 508 requirement: 'a b'"],
        ),
        ("x.py", "# /// script\n# ///\n\n" * 2, ["x.py: a second block, on line 4"]),
    ],
)
def test_faults_name_their_line(faults_of, path, text, faults):
    assert faults_of({path: text}) == faults


@pytest.mark.parametrize(
    ("path", "text", "versions", "changes"),
    [
        ("environment.yml", CONDA, {"flask": "3.0"}, [("]==2.0", "]==3.0")]),
        ("setup.cfg", SETUP, {"click": "9", "flask": "3"}, [("click==8.0", "click==9")]),
        ("tool.py", SCRIPT, {"requests": "2.31", "rich": "1"}, [("==2.0", "==2.31")]),
        (
            "requirements.txt",
            "a==1.0\naa==1.0 # a==1.0\nb[x] == 1 \\\n  ; python_version > '3'\nc>=1\n",
            {"a": "2", "b": "2.1", "c": "3"},
            [("a==1.0\naa", "a==2\naa"), ("b[x] == 1 ", "b[x] == 2.1 ")],
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["a==1", "ab==1"]\n',
            {"ab": "2"},
            [("ab==1", "ab==2")],
        ),
    ],
)
def test_only_the_pins_that_moved_change(read, path, text, versions, changes):
    manifest = read({path: text, "base.txt": "six\n"} if "base.txt" in text else {path: text})
    assert has_pins(manifest)
    wanted = text
    for before, after in changes:
        wanted = wanted.replace(before, after, 1)
    assert move_pins(manifest, versions)[path].decode() == wanted
    assert not has_pins(without_pins(manifest))


def test_pins_with_hashes_and_pins_that_stay_are_left_alone(read):
    text = f"a==1 --hash=sha256:{'0' * 64}\nb==1\n"
    assert move_pins(read({"requirements.txt": text}), {"a": "2", "b": "1"}) == {}


def test_command_moves_the_pins_of_an_environment(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    with PackageIndex() as index:
        index.add("flask", "2.0", extras=["async"])
        index.add("flask", "2.1", extras=["async"], requires=["jinja2<3.1"])
        index.add("jinja2", "3.0")
        index.add("jinja2", "3.1")
        text = CONDA.replace("      - -r base.txt\n", "").replace("https://e.org/simple", index.url)
        (tmp_path / "environment.yml").write_text(text)
        words = ["lock", "environment.yml", "--index-url", index.url, "--format", "manifest"]
        assert main([*words, "--python", f"3.{sys.version_info.minor}"]) == 0
    assert capsys.readouterr().out == text.replace("[async]==2.0", "[async]==2.1")


@pytest.mark.parametrize("line", ["a" + " " * 200_000, " " * 100_000 + "a", "[" * 200_000, "#" * 9])
def test_lines_of_setup_cfg_are_read_in_linear_time(read, line):
    """A fuzzer's file of 76 kB took 9 s."""
    text = f"[options]\n{line}x\ninstall_requires = flask\n"
    assert rows(read({"setup.cfg": text})) == {"default": [("flask", 3)]}

"""One requirement of a pyproject.toml is edited; every other byte stays."""

from __future__ import annotations

import difflib

import pytest

from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.manifests.pyproject_edit import set_specifier

TEXT = """\
# ours
[project]
name = "shop"  # the name
dependencies = [
    "a<2", 'b<2',   # two on a line
  "c[x, y] ~= 1.0 ; python_version < '3.12'",  # why
    "d (>=1)",
    'e',
]

[project.optional-dependencies]
"web.site" = ["f<2"]

[dependency-groups]
dev = [ {include-group = "lint"}, "g==1.*" ]
lint = ["h"]

[tool.poetry.group."x.y".dependencies]
i = "^1.2"    # caret
j = { version = '~2', extras = ["z"] }

[tool.uv]
dev-dependencies = ["k>1"]
"""


def edited(package, specifier, text=TEXT):
    manifest = read_manifest(
        MappingFiles({"pyproject.toml": text.encode()}), "pyproject.toml", everything=True
    )
    (declared, *_) = (
        each
        for category in manifest.categories
        for each in category.requirements
        if each.requirement.name == package
    )
    changed = set_specifier(text.encode(), declared, specifier)
    return None if changed is None else changed.decode()


@pytest.mark.parametrize(
    ("package", "specifier", "before", "after"),
    [
        ("a", ">=2", '"a<2", ', '"a>=2", '),
        ("b", ">=3", "'b<2',   # two", "'b>=3',   # two"),
        ("b", "", "'b<2',   # two", "'b',   # two"),
        ("c", ">=2", "c[x, y] ~= 1.0 ; py", "c[x, y] >=2 ; py"),
        ("c", "", "c[x, y] ~= 1.0 ; py", "c[x, y] ; py"),
        ("d", ">=2,<3", "d (>=1)", "d (>=2,<3)"),
        ("d", "", '"d (>=1)"', '"d"'),
        ("e", "==1", "'e'", "'e==1'"),
        ("f", ">=2", '"f<2"', '"f>=2"'),
        ("g", "==2.*", '"g==1.*"', '"g==2.*"'),
        ("h", "<1", '"h"', '"h<1"'),
        ("i", ">=1.2", '"^1.2"    # caret', '">=1.2"    # caret'),
        ("j", "", "version = '~2', e", "version = '*', e"),
        ("k", ">=1", '"k>1"', '"k>=1"'),
    ],
)
def test_only_that_requirement_changes(package, specifier, before, after):
    assert edited(package, specifier) == TEXT.replace(before, after)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_ends_and_byte_order_mark_stay(line_end):
    text = "\ufeff" + TEXT.replace("\n", line_end)
    changed = edited("a", ">=9", text)
    assert changed == text.replace('"a<2"', '"a>=9"')


def test_one_line_of_the_file_differs():
    lines = list(difflib.ndiff(TEXT.splitlines(), edited("g", "<9").splitlines()))
    assert [line[:2] for line in lines if line[0] in "+-"] == ["- ", "+ "]


def test_requirement_that_moved_since_it_was_read_is_left_alone():
    manifest = read_manifest(MappingFiles({"pyproject.toml": TEXT.encode()}), "pyproject.toml")
    declared = manifest.categories[0].requirements[0]
    other = TEXT.replace('"a<2", ', '"z", "a<2", ')
    assert set_specifier(other.encode(), declared, ">=1") is None
    assert set_specifier(b"[project]\n", declared, ">=1") is None

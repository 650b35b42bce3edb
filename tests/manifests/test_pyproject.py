from __future__ import annotations

import pytest

from advisor_core.model import Requirement

EXTRAS = """\
[project]
name = "My.Project"
requires-python = ">= 3.9"
dependencies = [
    "flask>=2",  # comment
    'click; sys_platform == "win32"',
]

[project.optional-dependencies]
Test_Extra = ["pytest"]
all = ["my_project[test-extra, docs]", "my-project[docs]"]
docs = [
    "sphinx"]

[dependency-groups]
lint = ["ruff", {include-group = "Typing"}]
typing = ["mypy==1.*"]
"""


def rows(manifest) -> dict[str, list[str]]:
    return {
        category.name: [
            f"{declared.requirement.name}@{declared.origin.line}"
            for declared in category.requirements
        ]
        for category in manifest.categories
    }


def test_only_dependencies_are_read_unless_asked(read) -> None:
    manifest = read({"pyproject.toml": EXTRAS})
    assert rows(manifest) == {"default": ["flask@5", "click@6"]}
    assert manifest.requires_python == ">=3.9"
    assert manifest.categories[0].requirements[1].requirement == Requirement(
        "click", marker='sys_platform == "win32"'
    )


def test_extras_and_groups_become_categories_with_what_they_include(read) -> None:
    manifest = read({"pyproject.toml": EXTRAS}, extras=("all",), groups=("lint", "typing"))
    assert rows(manifest) == {
        "default": ["flask@5", "click@6"],
        "all": ["sphinx@13", "pytest@10"],
        "lint": ["ruff@16", "mypy@17"],
        "typing": ["mypy@17"],
    }


def test_dynamic_dependencies_are_refused(faults_of) -> None:
    text = '[project]\nname = "p"\ndynamic = [\n"version",\n"dependencies"]\n'
    assert faults_of({"pyproject.toml": text}) == [
        "pyproject.toml:5: dependencies are computed by the build backend, which is not run"
    ]


def test_all_faults_are_reported_together(faults_of) -> None:
    text = (
        '[project]\nname = "p"\nrequires-python = "three"\n'
        'dependencies = [\n"a b",\n3,\n"c @ https://e.org/c.zip"]\n'
        '[project.optional-dependencies]\nx = ["p[x]", "p[none]"]\nX = []\n'
        '[dependency-groups]\ng = [{include-group = "h"}]\nh = [{include-group = "g"}, {a = 1}]\n'
        'bad = "x"\n'
    )
    assert faults_of({"pyproject.toml": text}, extras=("x", "y"), groups=("g", "bad")) == [
        "pyproject.toml:10: a second key of this name: 'X'",
        "pyproject.toml:3: not a PEP 440 specifier: 'three'",
        "pyproject.toml:5: not a PEP 508 requirement: 'a b'",
        "pyproject.toml:6: not a string: 3",
        "pyproject.toml:7: a direct URL cannot be resolved against an index: 'c @ https://e.org/c.zip'",
        "pyproject.toml: project.optional-dependencies: no such key: 'y'",
        "pyproject.toml:13: it includes itself: 'g'",
        "pyproject.toml:13: not an include: {'a': 1}",
        "pyproject.toml:14: not an array: 'x'",
    ]


def test_groups_that_include_each_other_many_times_are_read_once(read) -> None:
    groups = ["g0 = ['a']"]
    groups += [
        f"g{n} = [{{include-group = 'g{n - 1}'}}, {{include-group = 'g{n - 1}'}}]"
        for n in range(1, 40)
    ]
    manifest = read(
        {"pyproject.toml": "[dependency-groups]\n" + "\n".join(groups)}, groups=("g39",)
    )
    assert len(manifest.categories[1].requirements) == 1


def test_deep_chains_of_groups_are_refused(faults_of) -> None:
    groups = ["g0 = ['a']"] + [f"g{n} = [{{include-group = 'g{n - 1}'}}]" for n in range(1, 500)]
    text = "[dependency-groups]\n" + "\n".join(groups)
    assert "nested more than 64 deep" in faults_of({"pyproject.toml": text}, groups=("g499",))[0]


@pytest.mark.parametrize("name", ["project", "dependency-groups"])
def test_wrong_types_at_the_top_are_faults(faults_of, name: str) -> None:
    assert faults_of({"pyproject.toml": f"{name} = 1"}) == ["pyproject.toml:1: not a table: 1"]


def test_everything_is_every_extra_and_group_and_names_that_clash_are_told_apart(read) -> None:
    text = EXTRAS.replace('lint = ["ruff"', 'docs = ["my-project[docs]", "furo"]\nlint = ["ruff"')
    manifest = read({"pyproject.toml": text}, everything=True)
    assert rows(manifest) == {
        "default": ["flask@5", "click@6"],
        "test-extra": ["pytest@10"],
        "all": ["sphinx@13", "pytest@10"],
        "extra:docs": ["sphinx@13"],
        "docs": ["sphinx@13", "furo@16"],
        "lint": ["ruff@17", "mypy@18"],
        "typing": ["mypy@18"],
    }
    assert [each.name for each in manifest.categories if each.is_extra] == [
        "test-extra",
        "all",
        "extra:docs",
    ]


POETRY = """\
[tool.poetry]
name = "shop"

[tool.poetry.dependencies]
python = "^3.11"
flask = "^2.0"
requests = {version = "~2.31", extras = ["socks"], python = "<3.13", platform = "linux"}
torch = {version = "*", source = "gpu"}
redis = {version = ">=4", optional = true}
numpy = [{version = "<2", python = "<3.12"}, {version = ">=2", python = ">=3.12"}]
local = {path = "libs/local", develop = true}

[tool.poetry.extras]
cache = ["redis"]

[tool.poetry.dev-dependencies]
black = "*"

[tool.poetry.group.test]
include-groups = ["dev"]

[tool.poetry.group.test.dependencies]
pytest = {version = "^8", allow-prereleases = true}

[[tool.poetry.source]]
name = "gpu"
url = "https://gpu.example.org/simple"
priority = "explicit"
"""


def test_tables_of_poetry_are_read(read) -> None:
    local = '[project]\nname = "local"\ndependencies = ["six"]\n'
    manifest = read({"pyproject.toml": POETRY, "libs/local/pyproject.toml": local}, everything=True)
    assert rows(manifest) == {
        "default": [
            "flask@6",
            "requests@7",
            "torch@8",
            "numpy@10",
            "numpy@10",
            "local@11",
            "six@3",
        ],
        "cache": ["redis@9"],
        "dev": ["black@17"],
        "test": ["pytest@23", "black@17"],
    }
    assert manifest.requires_python == ">=3.11,<4.0"
    found = {each.requirement.name: each for each in manifest.categories[0].requirements}
    assert found["requests"].requirement == Requirement(
        "requests",
        ("socks",),
        ">=2.31,<2.32",
        "(python_version < '3.13') and (sys_platform == 'linux')",
    )
    assert found["torch"].index == "gpu"
    assert found["local"].kept == {"path": "libs/local"}
    assert found["local"].knows_requirements
    assert [(source.name, source.explicit) for source in manifest.sources] == [
        ("pypi", False),
        ("gpu", True),
    ]
    assert [each.is_extra for each in manifest.categories] == [False, True, False, False]


def test_faults_of_poetrys_tables_are_told_with_their_lines(faults_of) -> None:
    text = (
        '[tool.poetry.dependencies]\npython = "three"\na = "^x"\nb = {git = "https://e.org/b"}\n'
        'c = 3\nd = {version = 3}\n[[tool.poetry.source]]\nname = "x"\nurl = "nothing"\n'
    )
    assert faults_of({"pyproject.toml": text}) == [
        "pyproject.toml:2: not a range of Pythons: 'three'",
        "pyproject.toml:3: not a requirement: \"not a version constraint: '^x'\"",
        "pyproject.toml:4: `git` cannot be resolved against an index: 'b'",
        "pyproject.toml:5: not a version or a table: 3",
        "pyproject.toml:6: not a requirement: 'not a version: 3'",
        "pyproject.toml:9: not the address of an index: 'nothing'",
    ]


def test_groups_of_pdm_and_uv_before_pep_735_are_read(read) -> None:
    text = (
        '[project]\nname = "p"\ndependencies = ["a"]\n[dependency-groups]\ndev = ["b"]\n'
        '[tool.pdm.dev-dependencies]\nTest = ["c", "-e file:///x#egg=x"]\n'
        '[tool.uv]\ndev-dependencies = ["d"]\nconstraint-dependencies = ["a<2"]\n'
    )
    manifest = read({"pyproject.toml": text}, everything=True)
    assert rows(manifest) == {"default": ["a@3"], "dev": ["b@5", "d@9"], "test": ["c@7"]}
    assert [each.text for each in manifest.categories[0].constraints] == ["a<2"]


def test_indexes_of_uv_come_in_its_order_and_explicit_ones_have_only_what_names_them(read) -> None:
    text = (
        '[project]\nname = "p"\ndependencies = ["torch", "mine"]\n'
        '[[tool.uv.index]]\nname = "main"\nurl = "https://main.example.org/simple"\ndefault = true\n'
        '[[tool.uv.index]]\nname = "corp"\nurl = "https://corp.example.org/simple"\n'
        '[[tool.uv.index]]\nname = "cpu"\nurl = "https://pt.example.org/cpu"\nexplicit = true\n'
        '[tool.uv.sources]\ntorch = [{index = "cpu", marker = "sys_platform == \'linux\'"}]\n'
        'mine = {path = "../outside"}\n'
    )
    manifest = read({"pyproject.toml": text})
    assert [(each.name, each.explicit) for each in manifest.sources] == [
        ("corp", False),
        ("cpu", True),
        ("main", False),
    ]
    torch, mine = manifest.categories[0].requirements
    assert (torch.index, torch.kept) == ("cpu", None)
    assert (mine.index, mine.kept) == (None, {"path": "../outside"})
    assert manifest.index_choices == {"torch": (("cpu", "sys_platform == 'linux'", None),)}


def test_pypi_is_asked_after_other_indexes_of_uv_and_before_those_of_pdm(read) -> None:
    uv = (
        '[project]\nname = "p"\n[[tool.uv.index]]\nname = "corp"\nurl = "https://c.example.org/s"\n'
    )
    pdm = uv.replace("tool.uv.index", "tool.pdm.source") + 'include_packages = ["Mine", "x-*"]\n'
    assert [each.name for each in read({"pyproject.toml": uv}).sources] == ["corp", "pypi"]
    manifest = read({"pyproject.toml": pdm})
    assert [each.name for each in manifest.sources] == ["pypi", "corp"]
    assert manifest.index_choices == {"mine": (("corp", None, None),)}

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

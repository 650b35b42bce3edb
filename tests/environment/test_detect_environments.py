from __future__ import annotations

import pytest

from advisor_core.config import read_configuration
from advisor_core.environment import (
    OperatingSystem,
    RunningInterpreter,
    detect_environments,
    make_environment,
)
from advisor_core.model import Manifest

RUNNING = RunningInterpreter("3.11.7", "linux_x86_64")


class Tree:
    """The files of a project, as a mapping."""

    def __init__(self, files):
        self.files = files

    def read(self, path):
        text = self.files.get(path)
        return text if text is None or isinstance(text, bytes) else text.encode()


def detect(files=(), *, configuration="", path="Pipfile", **manifest):
    return detect_environments(
        Tree(dict(files)),
        Manifest(path=path, kind="pipfile", categories=(), **manifest),
        read_configuration(configuration.encode()),
        running=RUNNING,
    )


def detect_one(files=(), **options):
    (declaration,) = detect(files, **options)
    return declaration


ALL = {
    ".python-version": "3.8\n",
    "runtime.txt": "python-3.9.1\n",
    "Dockerfile": "FROM python:3.13-alpine3.20\n",
}


def test_sources_are_asked_in_the_documented_order():
    declared = "runtime_environments: [{name: a, python_version: '3.7'}]"
    image = "runtime_environments: [{name: a, base_image: 'python:3.6'}]"
    requires = {"python_version": "3.10", "requires_python": "==3.12.*"}

    def python(files, **options):
        return detect_one(files, **options).python

    without = dict(ALL)
    assert python(without, configuration=declared, **requires).value == "3.7"
    assert python(without, configuration=image, **requires).value == "3.6"
    assert python(without, **requires).source == ".python-version:1"
    del without[".python-version"]
    assert python(without, **requires).source == "runtime.txt:1"
    del without["runtime.txt"]
    assert python(without, **requires).source == "Pipfile [requires]"
    del requires["python_version"]
    assert python(without, **requires).source == "Pipfile requires-python"
    del requires["requires_python"]
    assert python(without).source == "Dockerfile:1"
    del without["Dockerfile"]
    assert python(without).source == "the running interpreter"


def test_nothing_declared_is_the_running_interpreter_and_its_kind_of_machine():
    declaration = detect_one()
    assert declaration.name == "default"
    assert declaration.summary == (
        "Python 3.11.7 (the running interpreter) on "
        "manylinux_2_28_x86_64 (the kind of machine this runs on)"
    )
    assert declaration.notes == ()


def test_every_disagreement_is_noted_with_what_is_used():
    notes = detect_one(ALL, python_version="3.8.2").notes
    assert notes == (
        "runtime.txt:1 says Python 3.9.1, .python-version:1 says 3.8: 3.8 is used",
        "Dockerfile:1 says Python 3.13, .python-version:1 says 3.8: 3.8 is used",
    )


def test_a_range_that_does_not_hold_the_version_is_noted():
    notes = detect_one({".python-version": "3.8"}, requires_python=">=3.9").notes
    assert notes == (
        "Pipfile requires-python is `>=3.9`, which does not hold Python 3.8 of .python-version:1",
    )


@pytest.mark.parametrize(
    ("requires", "python"),
    [
        (">=3.9", "3.11.7"),
        (">=3.13", "3.13"),
        ("<3.10", "3.9"),
        (">=3.8,<3.9", "3.8"),
        ("~=3.12.0", "3.12"),
        ("==3.12.4", "3.12.4"),
        (">=3.11.9", "3.11"),
    ],
)
def test_a_range_is_taken_at_or_nearest_to_the_running_interpreter(requires, python):
    assert detect_one(requires_python=requires).python.value == python


def test_a_range_is_only_asked_when_no_file_names_a_version():
    declaration = detect_one({"Dockerfile": "FROM python:3.12"}, requires_python=">=3.9")
    assert (declaration.python.value, declaration.notes) == ("3.12", ())


@pytest.mark.parametrize("requires", ["nonsense", ">=4", "<3"])
def test_a_range_without_any_python_3_is_noted(requires):
    declaration = detect_one(requires_python=requires)
    assert declaration.python.value == "3.11.7"
    assert len(declaration.notes) == 1


@pytest.mark.parametrize(
    ("text", "python"),
    [("# pinned\n3.12.1\n3.11\n", "3.12.1"), ("system\n3.9\n", "3.9"), ("\ufeff3.10\r\n", "3.10")],
)
def test_the_first_cpython_version_of_the_file_counts(text, python):
    assert detect_one({".python-version": text}).python.value == python


@pytest.mark.parametrize("text", ["pypy3.10-7.3.12\n", "my-venv\n", "3.13t\n", b"\xff\xfe\x00"])
def test_a_file_without_a_cpython_version_is_noted(text):
    declaration = detect_one({".python-version": text})
    assert declaration.python.source == "the running interpreter"
    assert declaration.notes[0].startswith(".python-version: names no CPython version")


def test_the_dockerfiles_image_decides_the_platform():
    alpine = detect_one({"Dockerfile": "FROM python:3.12-alpine"})
    assert alpine.platform.value == "musllinux_1_2_x86_64"
    assert alpine.platform.source == "Dockerfile:1"
    bookworm = detect_one({"Dockerfile": "FROM --platform=linux/arm64 python:3.12-bookworm"})
    assert bookworm.platform.value == "manylinux_2_36_aarch64"
    plain = detect_one({"Dockerfile": "FROM python:3.12"})
    assert (plain.platform.value, plain.platform.source) == ("manylinux_2_28_x86_64", "the default")


def test_an_image_that_contradicts_itself_is_noted_and_ignored():
    text = "FROM --platform=linux/arm64 python:3.12-nanoserver"
    declaration = detect_one({"Dockerfile": text})
    assert declaration.platform.value == "manylinux_2_28_x86_64"
    assert "windows is not Linux" in declaration.notes[0]


def test_the_declared_operating_system_wins_over_the_dockerfile():
    configuration = "runtime_environments: [{name: a, operating_system: {name: ubi, version: 9}}]"
    declaration = detect_one(ALL, configuration=configuration)
    assert declaration.platform.value == "manylinux_2_34_x86_64"
    assert declaration.operating_system == OperatingSystem("ubi", "9")


def test_linux_without_an_operating_system_is_that_of_the_image():
    configuration = "runtime_environments: [{name: a, platform: linux-x86_64}]"
    assert detect_one(ALL, configuration=configuration).platform.value == "musllinux_1_2_x86_64"


CONFIGURATION = """
runtime_environments:
- {name: one, python_version: '3.11'}
- {name: two, python_version: '3.12', recommendation_type: stable}
"""


def test_every_declared_environment_is_found_the_default_one_first():
    declarations = detect(configuration=CONFIGURATION)
    assert [declaration.name for declaration in declarations] == ["one", "two"]
    assert [make_environment(declaration).python for declaration in declarations] == [
        "3.11",
        "3.12",
    ]
    assert declarations[1].recommendation_type == "stable"
    assert declarations[1].python.source == ".thoth.yaml:4"


def test_an_overlays_manifest_is_for_its_own_environment():
    configuration = "overlays_dir: over" + CONFIGURATION
    files = {"over/two/.python-version": "3.12.1", ".python-version": "3.11"}
    declaration = detect_one(files, configuration=configuration, path="over/two/Pipfile")
    assert (declaration.name, declaration.notes) == ("two", ())
    assert len(detect(files, configuration=configuration)) == 2


def test_a_file_beside_the_manifest_wins_over_the_projects_root():
    files = {"sub/.python-version": "3.12", ".python-version": "3.11"}
    assert detect_one(files, path="sub/Pipfile").python.source == "sub/.python-version:1"
    del files["sub/.python-version"]
    assert detect_one(files, path="sub/Pipfile").python.source == ".python-version:1"


def test_a_huge_file_is_looked_at_only_in_part():
    files = {".python-version": b"#" * 50_000_000}
    assert detect_one(files).python.source == "the running interpreter"
